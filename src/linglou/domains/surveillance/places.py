"""One threshold in one scope: which days have to be read for it, and reading what counts on them, for many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db import connection

from linglou.domains.surveillance import links, rules
from linglou.domains.surveillance.homes import homes_of
from linglou.domains.surveillance.rules import Seen
from linglou.foundation.rulebook.queries import InForce
from linglou.foundation.rulebook.rules.school import Threshold
from linglou.foundation.rulebook.rules.terms import TermDays, term_of

LATE_DAYS = 31  # what became known later than this opens nothing: it is history
OPEN_ILLNESS_DAYS = 60  # how far back somebody may have fallen ill who is ill now


@dataclass(slots=True)
class Place:
    """One threshold in one scope: the days to read, and what was read. ``place_id`` is a unit, or a person."""

    scope: str
    place_id: int
    rule: InForce
    first: date
    last: date
    seen: list[Seen] = field(default_factory=list)
    units: dict[int, int | None] = field(default_factory=dict)
    terms: Sequence[TermDays] = ()

    @property
    def threshold(self) -> Threshold:
        return self.rule.row

    def stretch(self, first: date, last: date) -> None:
        self.first, self.last = min(self.first, first), max(self.last, last)

    def bounds(self) -> tuple[date, date]:
        """What has to be read so that every window that holds a day of ``first``..``last`` is whole."""
        match self.threshold.window:
            case "term":
                return term_of(self.first, self.terms)[0], term_of(self.last, self.terms)[1]
            case "event":
                return self.first - timedelta(days=LATE_DAYS), self.last + timedelta(days=LATE_DAYS)
        reach = timedelta(days=rules.reach([self.threshold]))
        ill = any(count.currently for count in self.threshold.counts)
        return self.first - (timedelta(days=OPEN_ILLNESS_DAYS) if ill else reach), self.last + reach


def read(school_id: int, places: Sequence[Place]) -> None:
    """Fill ``seen`` and ``units`` of each, in one statement (and one for the homes of those whose threshold asks for links)."""
    bounds = [place.bounds() for place in places]
    counts = [place.threshold.counts for place in places]
    with connection.cursor() as cursor:
        cursor.execute(READ_SQL, {
            "school": school_id,
            "n": list(range(len(places))),
            "scope": [place.scope for place in places],
            "place": [place.place_id for place in places],
            "first": [first for first, _last in bounds],
            "last": [last for _first, last in bounds],
            "symptoms": [_joined(code for one in of for group in one.symptoms for code in group) for of in counts],
            "rules": [_joined(one.rule for one in of) for of in counts],
            "diseases": [_joined(disease for one in of for disease in one.diseases) for of in counts],
            "events": [_joined(one.event for one in of) for of in counts],
        })  # fmt: skip
        found = cursor.fetchall()
    linking = {n for n, of in enumerate(counts) if any(one.linked for one in of)}
    homes = homes_of((unit, room) for n, unit, room, *_rest in found if n in linking)
    for n, unit_id, room_id, linked_to, person_id, day, symptoms, rule_ids, *rest in found:
        seen = Seen(person_id, day, frozenset(symptoms), frozenset(rule_ids), *rest)
        if n in linking:
            ties = homes.ties(unit_id, room_id) | {links.contact(person_id, other) for other in linked_to}
            seen = replace(seen, ties=frozenset(ties))
        places[n].seen.append(seen)
        places[n].units[person_id] = unit_id


def _joined(codes: Iterable[str]) -> str:
    return ",".join(sorted({code for code in codes if code}))


_BRANCH = """
    SELECT p.n, o.unit_id, o.room_id, o.linked_to, o.person_id, o.day, o.symptoms, o.rule_ids, o.disease, o.event, o.event_of_id,
        o.outcome, o.until, o.acquired
    FROM planned p JOIN surveillance_occurrence o ON o.{column} = p.place AND o.day BETWEEN p.first AND p.last
    WHERE p.scope = '{scope}' AND o.school_id = %(school)s AND o.withdrawn_at IS NULL AND (
        o.symptoms && p.symptoms OR o.rule_ids && p.rules OR o.disease = ANY(p.diseases) OR o.event = ANY(p.events))
"""
_COLUMNS = {"person": "person_id", "room": "room_id", "class": "unit_id", "school": "school_id"}
READ_SQL: Any = """
    WITH planned AS MATERIALIZED (
        SELECT n, scope, place, first, last, string_to_array(symptoms, ',')::varchar[] AS symptoms,
            string_to_array(rules, ',')::varchar[] AS rules, string_to_array(diseases, ',') AS diseases,
            string_to_array(events, ',') AS events
        FROM unnest(%(n)s::int[], %(scope)s::text[], %(place)s::bigint[], %(first)s::date[], %(last)s::date[],
            %(symptoms)s::text[], %(rules)s::text[], %(diseases)s::text[], %(events)s::text[])
            AS t(n, scope, place, first, last, symptoms, rules, diseases, events)
    )
""" + " UNION ALL ".join(_BRANCH.format(scope=scope, column=column) for scope, column in _COLUMNS.items())
