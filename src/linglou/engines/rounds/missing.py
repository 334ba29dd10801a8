"""Who has neither answered nor is excused, page by page, grouped by class (or by room).

A page first asks the counters which units have anybody missing, then reads the rows of just the units that fill it: the cost is
that of units and of one page, whatever the number of people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from linglou.engines.rounds import roster
from linglou.engines.rounds.models import Asks, Attempt, ContactAttempt, Round
from linglou.foundation.people.models import Person, Tree, Unit, UnitKind
from linglou.foundation.people.queries import IN_FORCE_SQL

PAGE = 50


@dataclass(frozen=True)
class Tried:
    """One contact attempt, as the list shows it."""

    at: datetime
    result: str
    by_name: str
    note: str

    @property
    def label(self) -> str:
        return str(Attempt(self.result).label)


@dataclass
class MissingPerson:
    """``unit_name`` is the class, ``room_name`` building and room ('' without one); ``late_at`` when they answered after all,
    too late to count; ``tried`` latest first."""

    person_id: int
    name: str
    number: str
    unit_id: int
    unit_name: str
    room_name: str
    late_at: datetime | None
    tried: list[Tried] = field(default_factory=list)

    @property
    def was_reached(self) -> bool:
        return any(attempt.result == Attempt.REACHED for attempt in self.tried)


@dataclass(frozen=True)
class Page:
    """``after`` is the key of the next page, '' on the last one."""

    rows: list[MissingPerson]
    after: str


def page(round_: Round, unit: Unit, *, after: str = "", limit: int = PAGE) -> Page:
    """One page of a unit's missing people, in the order of classes (rooms) and numbers. ``after`` is what the page before gave;
    one that makes no sense starts from the beginning. Empty in a round of units."""
    if round_.asks != Asks.PEOPLE:
        return Page([], "")
    last = _last(round_, unit, after)
    unit_ids = _units(round_, unit, last, limit)
    rows = _persons(round_, unit, unit_ids, last, limit + 1)
    shown = rows[:limit]
    log(round_, [person for _group, person in shown])
    return Page([person for _group, person in shown], f"{shown[-1][0]}-{shown[-1][1].person_id}" if len(rows) > limit else "")


def within(round_: Round, paths: Sequence[str], *, limit: int) -> list[MissingPerson]:
    """Everybody missing under some paths of either tree, up to ``limit``: for the few people of one counsellor or monitor."""
    under = Q(pk__in=[])
    for path in paths:
        under |= Q(path__startswith=path)
    found: dict[int, MissingPerson] = {}
    if round_.asks == Asks.PEOPLE:
        units = list(Unit.objects.filter(under, school_id=round_.school_id).values_list("pk", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(
                WITHIN_SQL.format(roster=roster.PEOPLE_SQL), roster.parameters(round_) | {"units": units, "limit": limit}
            )
            for row in cursor.fetchall():
                found.setdefault(row[0], MissingPerson(*row))
    people = list(found.values())
    log(round_, people)
    return people


def log(round_: Round, people: Sequence[MissingPerson]) -> None:
    """Fill in what was tried for each."""
    by_id = {person.person_id: person for person in people}
    attempts = ContactAttempt.objects.filter(round_id=round_.pk, person_id__in=by_id).select_related("by")
    for attempt in attempts.order_by("-at", "-pk"):
        by_id[attempt.person_id].tried.append(Tried(attempt.at, attempt.result, attempt.by.name, attempt.note))


def also_missing(round_: Round, person_ids: Sequence[int]) -> set[int]:
    """Those of some people who are missing from (another) round: on its roster, without answer or excuse."""
    if not person_ids or round_.asks != Asks.PEOPLE:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(ALSO_SQL.format(roster=roster.PEOPLE_SQL), roster.parameters(round_) | {"ids": list(person_ids)})
        return {person_id for (person_id,) in cursor.fetchall()}


def _last(round_: Round, unit: Unit, after: str) -> dict[str, Any]:
    """The sort key of the last person shown: the unit of the page's order, and inside it room, number and id."""
    try:
        group_id, person_id = (int(part) for part in after.split("-"))
        person = Person.objects.get(pk=person_id, school_id=round_.school_id)
        group = Unit.objects.select_related("parent").get(pk=group_id, school_id=round_.school_id)
    except (ValueError, Person.DoesNotExist, Unit.DoesNotExist):
        return {
            "last_unit": 0,
            "parent_key": "",
            "parent_id": 0,
            "sort_key": "",
            "last_key": "",
            "last_number": "",
            "last_id": 0,
        }
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT u.sort_key FROM people_membership m JOIN people_unit u ON u.id = m.unit_id WHERE m.person_id = %(id)s "
            f"AND m.tree = %(tree)s AND {IN_FORCE_SQL.format(f='m')}",
            {"id": person.pk, "tree": unit.tree, "at": round_.roster_at},
        )
        row = cursor.fetchone()
    return {
        "last_unit": group.pk, "parent_key": group.parent.sort_key if group.parent else "", "parent_id": group.parent_id or 0,
        "sort_key": group.sort_key, "last_key": row[0] if row else "", "last_number": person.number, "last_id": person.pk,
    }  # fmt: skip


def _units(round_: Round, unit: Unit, last: dict[str, Any], limit: int) -> list[int]:
    """The units, in order, whose missing fill a page. A room keeps no counter: it is its own page."""
    if unit.kind == UnitKind.ROOM:
        return [unit.pk]
    values = roster.parameters(round_) | last | roster.subtree(unit.path) | {"tree": unit.tree, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(UNITS_SQL, values)
        return [unit_id for (unit_id,) in cursor.fetchall()]


def _persons(
    round_: Round, unit: Unit, unit_ids: list[int], last: dict[str, Any], limit: int
) -> list[tuple[int, MissingPerson]]:
    values = roster.parameters(round_) | last | {"units": unit_ids, "limit": limit}
    sql = RESIDENTS_SQL if unit.tree == Tree.RESIDENCE else MEMBERS_SQL
    with connection.cursor() as cursor:
        cursor.execute(sql.format(roster=roster.PEOPLE_SQL), values)
        return [(row[0], MissingPerson(*row[1:])) for row in cursor.fetchall()]


# Units of one tree with people of their own who are missing, in the order of the list, as many as fill a page. The unit that
# the page before ended in comes again and counts for nothing.
UNITS_SQL = """
    WITH here AS MATERIALIZED (
        SELECT u.id, u.parent_id, u.sort_key, c.roster - c.responded - c.excused AS missing
        FROM people_unit u
        JOIN rounds_unitcount c ON c.school_id = %(school_id)s AND c.round_id = %(round_id)s AND c.unit_id = u.id
        WHERE u.tree = %(tree)s AND u.path >= %(path)s AND u.path < %(path_end)s AND c.roster - c.responded - c.excused > 0
    ), own AS (
        SELECT h.id, coalesce(above.sort_key, '') AS parent_key, coalesce(h.parent_id, 0) AS parent_id, h.sort_key,
               CASE WHEN h.id = %(last_unit)s THEN 0 ELSE h.missing - coalesce(k.missing, 0) END AS missing
        FROM here h
        LEFT JOIN (SELECT parent_id, sum(missing) AS missing FROM here GROUP BY parent_id) k ON k.parent_id = h.id
        LEFT JOIN people_unit above ON above.id = h.parent_id
        WHERE h.missing > coalesce(k.missing, 0)
    ), ordered AS (
        SELECT id, missing, sum(missing) OVER (ORDER BY parent_key, parent_id, sort_key, id ROWS UNBOUNDED PRECEDING) AS sofar,
               row_number() OVER (ORDER BY parent_key, parent_id, sort_key, id) AS n
        FROM own
        WHERE (parent_key, parent_id, sort_key, id) >= (%(parent_key)s, %(parent_id)s, %(sort_key)s, %(last_unit)s)
    )
    SELECT id FROM ordered WHERE sofar - missing <= %(limit)s ORDER BY n LIMIT %(limit)s + 2
"""

_MISSING = """
    JOIN people_person who ON who.id = a.respondent_id
    JOIN people_unit home ON home.id = a.unit_id
    LEFT JOIN rounds_response p ON p.school_id = %(school_id)s AND p.day = %(day)s AND p.round_id = %(round_id)s
         AND p.respondent_id = a.respondent_id
    LEFT JOIN rounds_roundexcuse e ON e.school_id = %(school_id)s AND e.round_id = %(round_id)s
         AND e.respondent_id = a.respondent_id
    LEFT JOIN LATERAL (
        SELECT m.unit_id, m.place FROM people_membership m
        WHERE m.person_id = a.respondent_id AND m.tree = 'residence' AND {in_force} LIMIT 1
    ) bed ON true
    LEFT JOIN people_unit room ON room.id = bed.unit_id
    LEFT JOIN people_unit floor ON floor.id = room.parent_id
    LEFT JOIN people_unit building ON building.id = floor.parent_id
    WHERE coalesce(p.is_late, true) AND e.respondent_id IS NULL
""".format(in_force=IN_FORCE_SQL.format(f="m"))
_COLUMNS = "a.respondent_id, who.name, who.number, home.id, home.name, concat_ws(' ', building.name, room.name), p.last_at"

MEMBERS_SQL = f"""
    SELECT a.unit_id, {_COLUMNS}
    FROM unnest(%(units)s::bigint[]) WITH ORDINALITY AS page(unit_id, n)
    JOIN ({{roster}}) a ON a.unit_id = page.unit_id
    {_MISSING} AND (a.unit_id <> %(last_unit)s OR (who.number, who.id) > (%(last_number)s, %(last_id)s))
    ORDER BY page.n, who.number, who.id LIMIT %(limit)s
"""

# Of floors (or whatever in the residence tree keeps a counter) the rooms right below, and whoever belongs to the unit itself.
RESIDENTS_SQL = f"""
    SELECT page.unit_id, {_COLUMNS}
    FROM unnest(%(units)s::bigint[]) WITH ORDINALITY AS page(unit_id, n)
    JOIN people_unit lair ON lair.id = page.unit_id OR (lair.parent_id = page.unit_id AND lair.kind = 'room')
    JOIN people_membership stay ON stay.unit_id = lair.id AND {IN_FORCE_SQL.format(f="stay")}
    JOIN ({{roster}}) a ON a.respondent_id = stay.person_id
    {_MISSING} AND (page.unit_id <> %(last_unit)s
                    OR (lair.sort_key, who.number, who.id) > (%(last_key)s, %(last_number)s, %(last_id)s))
    ORDER BY page.n, lair.sort_key, who.number, who.id LIMIT %(limit)s
"""

WITHIN_SQL = f"""
    SELECT {_COLUMNS}
    FROM (
        SELECT DISTINCT stay.person_id FROM people_membership stay
        WHERE stay.unit_id = ANY(%(units)s) AND {IN_FORCE_SQL.format(f="stay")}
    ) mine
    JOIN ({{roster}}) a ON a.respondent_id = mine.person_id
    {_MISSING}
    ORDER BY home.sort_key, home.id, who.number, who.id LIMIT %(limit)s
"""

ALSO_SQL = """
    SELECT a.respondent_id
    FROM ({roster}) a
    LEFT JOIN rounds_response p ON p.school_id = %(school_id)s AND p.day = %(day)s AND p.round_id = %(round_id)s
         AND p.respondent_id = a.respondent_id
    LEFT JOIN rounds_roundexcuse e ON e.school_id = %(school_id)s AND e.round_id = %(round_id)s
         AND e.respondent_id = a.respondent_id
    WHERE a.respondent_id = ANY(%(ids)s) AND coalesce(p.is_late, true) AND e.respondent_id IS NULL
"""
