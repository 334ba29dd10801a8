"""The 辅导员 column: whom it names, where that is certain. A name that two people bear, or nobody, appoints nobody."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple

from django.db import connection

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import RosterImport

# 李明, 10023, 李明(10023), 10023 李明
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-]{2,}")
_MARKS = re.compile(r"[()（）\[\]\s、,，/]+")

# Staff in force by number or by name, and those whom this very file brings.
STAFF_SQL = """
    SELECT p.number, p.name, p.id FROM people_person p
    WHERE p.school_id = %(school_id)s AND p.kind = 'staff' AND (p.number = ANY(%(words)s) OR p.name = ANY(%(words)s))
      AND EXISTS (SELECT FROM people_membership m WHERE m.person_id = p.id AND m.superseded_at IS NULL AND m.ends_at IS NULL)
    UNION
    SELECT s.number, s.name, coalesce(s.person_id, 0) FROM people_rosterimportrow s
    WHERE s.import_id = %(import_id)s AND s.verdict = 'new' AND coalesce(nullif(s.kind, ''), s.likely_kind) = 'staff'
      AND (s.number = ANY(%(words)s) OR s.name = ANY(%(words)s))
      AND NOT EXISTS (SELECT FROM people_person p WHERE p.school_id = %(school_id)s AND p.number = s.number)
"""


class Found(NamedTuple):
    """``known`` is (key of a class, person id; 0 for a person whom the file brings); ``unknown`` and ``ambiguous`` what the
    column says of the others."""

    known: list[tuple[int, int]]
    unknown: list[str]
    ambiguous: list[str]


NOBODY = Found([], [], [])


def may_appoint(job: RosterImport, by: Actor | None) -> bool:
    """Importing a roster does not by itself give the right to appoint. The system (command line) may."""
    return by is None or by.may(Verb.APPOINT, at=[job.school.path])


def resolve(job: RosterImport) -> Found:
    """Whom the counsellor column means, for each class."""
    named: list[tuple[int, str]] = [(key, text) for key, text in job.plan.get("counsellors", [])]
    if not named:
        return NOBODY
    words = {word for _key, text in named for word in (text, *_MARKS.split(text)) if word}
    with connection.cursor() as cursor:
        cursor.execute(STAFF_SQL, {"school_id": job.school_id, "import_id": job.pk, "words": sorted(words)})
        by_number: dict[str, int] = {}
        by_name: dict[str, list[int]] = defaultdict(list)
        for number, name, person_id in cursor.fetchall():
            by_number[number] = person_id
            by_name[name].append(person_id)
    known, unknown, ambiguous = [], set(), set()
    for key, text in named:
        numbers = [by_number[word] for word in (text, *_MARKS.split(text)) if _NUMBER.fullmatch(word) and word in by_number]
        people = numbers[:1] or by_name.get(text) or next((by_name[word] for word in _MARKS.split(text) if word in by_name), [])
        if len(people) == 1:
            known.append((key, people[0]))
        else:
            (ambiguous if people else unknown).add(text)
    return Found(known, sorted(unknown), sorted(ambiguous))
