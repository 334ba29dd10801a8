"""The 辅导员 column: whom it names, where that is certain. A name that two people bear, or nobody, appoints nobody."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import rules
from linglou.foundation.people.models import RosterImport
from linglou.foundation.people.roster_import import verdicts

# 李明, 10023, 李明(10023), 10023 李明
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_\-]{2,}")
_MARKS = re.compile(r"[()（）\[\]\s、,，/]+")

# Posts that no counsellor may hold beside.
BARRED = [role.value for role in Role if rules.conflicts(Role.COUNSELLOR, [role])]

# Whom a number or a name may mean: people in force (a student, say a postgraduate, only by number), and those whom this very file
# brings. The last column says whether the person holds a post that excludes this one.
MEANT_SQL = f"""
    SELECT p.number, p.name, p.kind, p.id,
        EXISTS (SELECT FROM people_post o WHERE o.person_id = p.id AND o.role = ANY(%(barred)s) AND {verdicts.HOLDS.format(m="o")})
    FROM people_person p
    WHERE p.school_id = %(school_id)s AND p.kind = ANY(%(kinds)s)
      AND (p.number = ANY(%(words)s) OR (p.kind = 'staff' AND p.name = ANY(%(words)s)))
      AND EXISTS (SELECT FROM people_membership m WHERE m.person_id = p.id AND {verdicts.HOLDS.format(m="m")})
    UNION
    SELECT s.number, s.name, coalesce(nullif(s.kind, ''), s.likely_kind), 0, false FROM people_rosterimportrow s
    WHERE s.import_id = %(import_id)s AND s.verdict = 'new' AND coalesce(nullif(s.kind, ''), s.likely_kind) = 'staff'
      AND (s.number = ANY(%(words)s) OR s.name = ANY(%(words)s))
      AND NOT EXISTS (SELECT FROM people_person p WHERE p.school_id = %(school_id)s AND p.number = s.number)
"""


class Found(NamedTuple):
    """``known`` is (key of a class, person id; 0 for a person whom the file brings); the others are what the column says of
    those who cannot be appointed."""

    known: list[tuple[int, int]]
    unknown: list[str]
    ambiguous: list[str]
    barred: list[str]


NOBODY = Found([], [], [], [])


def may_appoint(job: RosterImport, by: Actor | None) -> bool:
    """Importing a roster does not by itself give the right to appoint. The system (command line) may."""
    if by is None:
        return True
    givers = (grant.role for grant in by.grants if grant.unit_id and job.school.path.startswith(grant.path))
    return by.may(Verb.APPOINT, at=[job.school.path]) and rules.may_give(givers, Role.COUNSELLOR)


def resolve(job: RosterImport, *, at: datetime, by: Actor | None) -> Found:
    """Whom the counsellor column means, for each class. Nobody appoints themselves."""
    named: list[tuple[int, str]] = [(key, text) for key, text in job.plan.get("counsellors", [])]
    if not named:
        return NOBODY
    words = {word for _key, text in named for word in (text, *_MARKS.split(text)) if word}
    barred: set[int] = {by.person_id} if by else set()
    by_number: dict[str, int] = {}
    by_name: dict[str, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            MEANT_SQL,
            {
                "school_id": job.school_id, "import_id": job.pk, "at": at, "words": sorted(words), "barred": BARRED,
                "kinds": sorted(rules.POSTS_FOR[Role.COUNSELLOR]),
            },
        )  # fmt: skip
        for number, name, kind, person_id, is_barred in cursor.fetchall():
            by_number[number] = person_id
            if kind == "staff":
                by_name[name].append(person_id)
            if is_barred:
                barred.add(person_id)
    found = Found([], [], [], [])
    for key, text in named:
        parts = _MARKS.split(text)
        numbers = [by_number[word] for word in (text, *parts) if _NUMBER.fullmatch(word) and word in by_number]
        people = numbers[:1] or by_name.get(text) or next((by_name[word] for word in parts if word in by_name), [])
        if len(people) != 1:
            (found.ambiguous if people else found.unknown).append(text)
        elif people[0] in barred:
            found.barred.append(text)
        else:
            found.known.append((key, people[0]))
    return Found(found.known, *(sorted(set(texts)) for texts in found[1:]))
