"""How well the whereabouts of everybody in a unit are known. Nobody is missing from it: the roster is the memberships in force, and
each person on it is known, unverified or unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db import connection

from linglou.domains.movement import rules, whereabouts
from linglou.foundation.people.models import Unit
from linglou.foundation.people.queries import IN_FORCE_SQL, subtree
from linglou.kernel import clock


@dataclass(frozen=True)
class Count:
    """One unit; ``away`` of its people are not on campus now, by what they told."""

    unit: Unit
    known: int
    unverified: int
    unknown: int
    away: int

    @property
    def roster(self) -> int:
        return self.known + self.unverified + self.unknown


@dataclass(frozen=True)
class Standing:
    """One person. ``region`` and ``place``: where they are, by what they told; None when that is not known."""

    person_id: int
    name: str
    number: str
    knowledge: str
    region: str | None
    place: str


# One row per person of the roster: who, where they stand, how well they are known (``rules.knowledge`` in SQL; a test holds the
# two together) and where they are.
PERSONS_SQL = f"""
    WITH roster AS MATERIALIZED (
        SELECT DISTINCT ON (m.person_id) m.person_id, u.path
        FROM people_membership m JOIN people_unit u ON u.id = m.unit_id
        WHERE m.school_id = %(school)s AND m.tree = 'administration' AND u.path >= %(path)s AND u.path < %(path_end)s
          AND {IN_FORCE_SQL.format(f="m")}
        ORDER BY m.person_id, u.path
    ), told AS (
        SELECT r.person_id,
               range_agg(daterange(s.from_day, s.to_day, '[]')) @> daterange(%(since)s, %(until)s, '[]') AS whole,
               bool_or(s.source = 'proxy') AS proxied,
               (array_agg(s.region ORDER BY s.from_day DESC, s.id DESC) FILTER (WHERE coalesce(s.to_day, %(until)s) >= %(until)s))[1]
                   AS region,
               (array_agg(s.place ORDER BY s.from_day DESC, s.id DESC) FILTER (WHERE coalesce(s.to_day, %(until)s) >= %(until)s))[1]
                   AS place
        FROM roster r JOIN movement_regionstay s ON s.school_id = %(school)s AND s.person_id = r.person_id
             AND s.superseded_at IS NULL AND s.from_day <= %(until)s AND (s.to_day IS NULL OR s.to_day >= %(since)s)
        GROUP BY r.person_id
    ), checked AS (
        SELECT DISTINCT ON (c.person_id) c.person_id, c.result
        FROM movement_callback c JOIN roster r USING (person_id) WHERE c.drawn_at >= %(since_moment)s
        ORDER BY c.person_id, c.drawn_at DESC, c.id DESC
    )
    SELECT r.person_id, r.path, t.region, t.place,
           CASE WHEN t.person_id IS NULL THEN 'unknown'
                WHEN NOT t.whole THEN 'unverified'
                WHEN c.person_id IS NOT NULL
                    THEN CASE WHEN c.result IN ('confirmed', 'corrected') THEN 'known' ELSE 'unverified' END
                WHEN t.proxied THEN 'unverified' ELSE 'known' END AS knowledge
    FROM roster r LEFT JOIN told t USING (person_id) LEFT JOIN checked c USING (person_id)
"""

COUNTS_SQL = f"""
    SELECT coalesce(nullif(split_part(p.path, '/', %(position)s), ''), %(unit)s)::bigint AS child,
           count(*) FILTER (WHERE knowledge = 'known'), count(*) FILTER (WHERE knowledge = 'unverified'),
           count(*) FILTER (WHERE knowledge = 'unknown'), count(*) FILTER (WHERE region <> '')
    FROM ({PERSONS_SQL}) p GROUP BY child
"""

LIST_SQL = f"""
    SELECT p.person_id, who.name, who.number, p.knowledge, p.region, coalesce(p.place, '')
    FROM ({PERSONS_SQL}) p JOIN people_person who ON who.id = p.person_id
    WHERE (%(knowledge)s = '' OR p.knowledge = %(knowledge)s)
    ORDER BY p.knowledge = 'known', p.knowledge <> 'unknown', who.number, who.id
"""


def counts(unit: Unit, *, at: datetime) -> list[Count]:
    """The units right under one (and the unit itself for those who belong to no part of it), who is least known first."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS_SQL, _values(unit, at) | {"position": unit.path.count("/") + 1, "unit": str(unit.pk)})
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    found = [Count(one, *rows[one.pk]) for one in Unit.objects.filter(pk__in=rows)]
    return sorted(found, key=lambda count: (-count.unknown, -count.unverified, count.unit.sort_key, count.unit.pk))


def total(unit: Unit, parts: list[Count]) -> Count:
    return Count(
        unit, *(sum(getattr(part, name) for part in parts) for name in ("known", "unverified", "unknown", "away"))
    )  # fmt: skip


def persons(unit: Unit, *, at: datetime, knowledge: str = "") -> list[Standing]:
    """Everybody in a unit, who is least known first; ``knowledge`` narrows it."""
    with connection.cursor() as cursor:
        cursor.execute(LIST_SQL, _values(unit, at) | {"knowledge": knowledge})
        return [Standing(*row) for row in cursor.fetchall()]


def _values(unit: Unit, at: datetime) -> dict[str, Any]:
    since, until = whereabouts.look_back(clock.day_of(at))
    return {
        "school": unit.in_school, "at": at, "since": since, "until": until, "since_moment": clock.moment(since, time.min),
        **subtree(unit.path),
    }  # fmt: skip


def knowledge_name(knowledge: str) -> str:
    return str(rules.KNOWLEDGE[knowledge])
