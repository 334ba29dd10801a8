"""Who has neither answered nor is excused, page by page, grouped by class (or by room).

A page first asks the counters which units have anybody missing, then reads the rows of just the units that fill it: the cost is
that of units and of one page, whatever the number of people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from linglou.engines.rounds import roster
from linglou.engines.rounds.models import Asks, Attempt, ContactAttempt, Round
from linglou.engines.rounds.queries import NO_CURVE
from linglou.foundation.people.models import Membership, Person, Tree, Unit, UnitKind
from linglou.foundation.people.queries import IN_FORCE_SQL, in_force

PAGE = 50


@dataclass(frozen=True)
class Tried:
    """One contact attempt, as the list shows it."""

    at: datetime
    result: str
    by_name: str
    note: str
    by_id: int | None = None

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
                WITHIN_SQL.format(roster=roster.sql(round_)), roster.parameters(round_) | {"units": units, "limit": limit}
            )
            for row in cursor.fetchall():
                found.setdefault(row[0], MissingPerson(*row))
    people = list(found.values())
    log(round_, people)
    return people


def log(round_: Round, people: Sequence[MissingPerson]) -> None:
    """Fill in what was tried for each."""
    by_id = {person.person_id: person for person in people}
    attempts = ContactAttempt.objects.filter(round_id=round_.pk, person_id__in=by_id).order_by("-at", "-pk")
    columns = ("at", "result", "by__name", "note", "by_id")
    for person_id, *tried in attempts.values_list("person_id", *columns):
        by_id[person_id].tried.append(Tried(*tried))


def also_missing(round_: Round, person_ids: Sequence[int]) -> set[int]:
    """Those of some people who are missing from (another) round: on its roster, without answer or excuse."""
    if not person_ids or round_.asks != Asks.PEOPLE:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(ALSO_SQL.format(roster=roster.sql(round_)), roster.parameters(round_) | {"ids": list(person_ids)})
        return {person_id for (person_id,) in cursor.fetchall()}


@dataclass(frozen=True)
class _Last:
    """Where the page before ended: the unit of the list's order (``line`` is its path's ids), then room, number and id."""

    unit_id: int = 0
    line: tuple[int, ...] = ()
    room_key: str = ""
    number: str = ""
    person_id: int = 0


def _last(round_: Round, unit: Unit, after: str) -> _Last:
    try:
        group_id, person_id = (int(part) for part in after.split("-"))
        number = Person.objects.values_list("number", flat=True).get(pk=person_id, school_id=round_.school_id)
        group = Unit.objects.get(pk=group_id, school_id=round_.school_id, path__startswith=unit.path)
    except (ValueError, OverflowError, Person.DoesNotExist, Unit.DoesNotExist):
        return _Last()
    home = in_force(Membership.objects.filter(person_id=person_id, tree=unit.tree), round_.roster_at)
    room_key = home.values_list("unit__sort_key", flat=True).first() or ""
    return _Last(group.pk, tuple(group.ancestor_ids), room_key, number, person_id)


@dataclass(frozen=True)
class _Node:
    unit_id: int
    kind: str
    sort_key: str
    missing: int

    @property
    def order(self) -> tuple[str, int]:
        return self.sort_key, self.unit_id


def _units(round_: Round, unit: Unit, last: _Last, limit: int) -> list[int]:
    """The units, in order, whose own missing people fill a page. A room keeps no counter: it is its own page. The unit that the
    page before ended in comes again, and counts for nothing."""
    if unit.kind == UnitKind.ROOM:
        return [unit.pk]
    values = {"school_id": round_.school_id, "round_id": round_.pk}
    root = _nodes("u.id = %(unit)s", values | {"unit": unit.pk})
    found: list[int] = []
    total = 0
    resumed = last.line[last.line.index(unit.pk) + 1 :] if last.unit_id else None
    for nodes in root.values():
        for unit_id, own in _walk(nodes[0], resumed, values | {"tree": unit.tree}, limit, {}):
            found.append(unit_id)
            total += 0 if unit_id == last.unit_id else own
            if total > limit:
                break
    return found


def _walk(
    node: _Node, resumed: Sequence[int] | None, values: dict[str, Any], limit: int, known: dict[int, list[_Node]]
) -> Iterator[tuple[int, int]]:
    """Units of a subtree that miss people of their own, with how many: a unit before its parts, those in their order. Goes down by
    the counters, so it costs what the page needs. ``resumed``: the way down to the unit to go on from; None: from the start."""
    children = [] if node.kind in NO_CURVE else known.get(node.unit_id)
    if children is None:
        children = _nodes(BELOW, values | {"parents": [node.unit_id]}).get(node.unit_id, [])
    if not resumed:
        own = node.missing - sum(child.missing for child in children)
        if own > 0 or resumed is not None:
            yield node.unit_id, own
    else:
        at = Unit.objects.values_list("sort_key", flat=True).get(pk=resumed[0])
        children = [child for child in children if child.order >= (at, resumed[0])]
    ahead: dict[int, list[_Node]] = {}
    for n, child in enumerate(children):
        if child.kind not in NO_CURVE and child.unit_id not in ahead:  # look below as many as a page may need, at once
            needed, sofar = [], 0
            for next_ in children[n:]:
                if sofar > limit:
                    break
                needed.append(next_.unit_id)
                sofar += next_.missing
            ahead |= {unit_id: [] for unit_id in needed} | _nodes(BELOW, values | {"parents": needed})
        goes_on = resumed[1:] if resumed and child.unit_id == resumed[0] else None
        yield from _walk(child, goes_on, values, limit, ahead)


def _nodes(where: str, values: dict[str, Any]) -> dict[int, list[_Node]]:
    """Units with anybody missing, by parent, in their order."""
    found: dict[int, list[_Node]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(NODES_SQL.format(where=where), values)
        for parent_id, *row in cursor.fetchall():
            found[parent_id].append(_Node(*row))
    return {parent_id: sorted(nodes, key=lambda node: node.order) for parent_id, nodes in found.items()}


def _persons(round_: Round, unit: Unit, unit_ids: list[int], last: _Last, limit: int) -> list[tuple[int, MissingPerson]]:
    where = {"last_unit": last.unit_id, "last_key": last.room_key, "last_number": last.number, "last_id": last.person_id}
    values = roster.parameters(round_) | where | {"units": unit_ids, "limit": limit}
    sql = RESIDENTS_SQL if unit.tree == Tree.RESIDENCE else MEMBERS_SQL
    with connection.cursor() as cursor:
        cursor.execute(sql.format(roster=roster.sql(round_)), values)
        return [(row[0], MissingPerson(*row[1:])) for row in cursor.fetchall()]


NODES_SQL = """
    SELECT coalesce(u.parent_id, 0), u.id, u.kind, u.sort_key, c.roster - c.responded - c.excused
    FROM people_unit u
    JOIN rounds_unitcount c ON c.school_id = %(school_id)s AND c.round_id = %(round_id)s AND c.unit_id = u.id
    WHERE {where} AND c.roster - c.responded - c.excused > 0
"""
BELOW = "u.parent_id = ANY(%(parents)s) AND u.tree = %(tree)s"

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
