"""How a round stands: reads of the counters by unit, of the curve, and, at the leaves, of the rows.

Counters and curve cost what units cost, not what people cost; rows are read only where few people are (a class, a floor, a room).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from linglou.engines.rounds import roster
from linglou.engines.rounds.models import CURVE_BIN_MINUTES, Asks, CurvePoint, Round, UnitCount
from linglou.engines.rounds.queries import NO_CURVE
from linglou.foundation.people.models import Tree, Unit, UnitKind
from linglou.foundation.people.queries import IN_FORCE_SQL


@dataclass(frozen=True)
class Count:
    """One unit in one round. ``missing`` includes whoever answered late (``late``)."""

    unit_id: int
    name: str
    kind: str
    tree: str
    roster: int
    responded: int
    excused: int
    abnormal: int
    proxied: int
    late: int

    @property
    def missing(self) -> int:
        return self.roster - self.responded - self.excused


class Standing(StrEnum):
    """How one person stands in a round."""

    RESPONDED = "responded"
    EXCUSED = "excused"
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True)
class PersonStanding:
    """``source`` and ``at`` are those of the answer, '' and None without one. Never what was answered."""

    person_id: int
    name: str
    number: str
    standing: Standing
    source: str
    at: datetime | None


@dataclass(frozen=True)
class Curve:
    """Cumulative first answers per ``CURVE_BIN_MINUTES`` since ``opens_at``; ``responded[n]`` is the sum at the end of bin n,
    up to the last bin that has one."""

    round: Round
    roster: int
    responded: tuple[int, ...]


def rounds_at(unit: Unit) -> QuerySet[Round]:
    """The rounds that ask everybody at a unit, latest first (those of a group are shown where the group is). A room's are those of
    its floor."""
    counted = UnitCount.objects.filter(school_id=unit.in_school, round_id=OuterRef("pk"), unit_id=counted_at(unit))
    return Round.objects.filter(Exists(counted), school_id=unit.school_id, group_key="").order_by("-opens_at", "-pk")


def asks_at(round_: Round, unit: Unit) -> bool:
    """Whether a round asks somebody at a unit: one look at a primary key."""
    with connection.cursor() as cursor:
        key = [round_.school_id, round_.pk, counted_at(unit)]
        cursor.execute("SELECT FROM rounds_unitcount WHERE school_id = %s AND round_id = %s AND unit_id = %s", key)
        return bool(cursor.rowcount)


def neighbours(round_: Round, unit: Unit, *, days: int) -> list[tuple[Any, ...]]:
    """The rounds that ask somebody at a unit within some days of one, in order: schedule_id, opens_at, id, title, day, closes_at."""
    values: dict[str, Any] = {"school_id": round_.school_id, "unit": counted_at(unit), "day": round_.day, "days": days}
    with connection.cursor() as cursor:
        cursor.execute(NEIGHBOURS_SQL, values)
        return list(cursor.fetchall())


def counted_at(unit: Unit) -> int:
    """The unit that keeps the counter: a room's is its floor."""
    return unit.parent_id if unit.kind == UnitKind.ROOM and unit.parent_id else unit.pk


def previous(round_: Round) -> Round | None:
    """The round before, of the same schedule (what today's curve is compared with)."""
    if round_.schedule_id is None:
        return None
    return Round.objects.filter(schedule_id=round_.schedule_id, opens_at__lt=round_.opens_at).order_by("-opens_at").first()


def counts(round_: Round, unit_ids: Sequence[int]) -> list[Count]:
    """The counters of some units that have anybody to ask, most missing first."""
    return _rows(COUNTS_SQL.format(where="u.id = ANY(%(ids)s)"), round_, ids=list(unit_ids), limit=len(unit_ids), offset=0)


def children(round_: Round, unit: Unit, *, tree: str, limit: int, offset: int = 0) -> list[Count]:
    """The units right under one that have anybody to ask, most missing first. Rooms are counted from the rows."""
    if unit.kind == UnitKind.FLOOR:
        return rooms(round_, unit)
    where = "u.parent_id = %(parent)s AND u.tree = %(tree)s"
    return _rows(COUNTS_SQL.format(where=where), round_, parent=unit.pk, tree=tree, limit=limit, offset=offset)


def rooms(round_: Round, floor: Unit) -> list[Count]:
    """The rooms of a floor, most missing first."""
    return _rows(ROOMS_SQL.format(roster=roster.sql(round_)), round_, parent=floor.pk)


def room(round_: Round, unit: Unit) -> Count:
    """One room, counted from the rows."""
    found = [count for count in _rows(ROOMS_SQL.format(roster=roster.sql(round_)), round_, parent=unit.parent_id)
             if count.unit_id == unit.pk]  # fmt: skip
    return found[0] if found else Count(unit.pk, unit.name, unit.kind, unit.tree, 0, 0, 0, 0, 0, 0)


def persons(round_: Round, unit: Unit) -> list[PersonStanding]:
    """Everybody who belongs to a leaf (class, room, department) itself, who is missing first; [] in a round of units."""
    if round_.asks != Asks.PEOPLE:
        return []
    with connection.cursor() as cursor:
        cursor.execute(PERSONS_SQL.format(roster=roster.sql(round_)), roster.parameters(round_) | {"unit": unit.pk})
        return [PersonStanding(a, b, c, Standing(d), e, f) for a, b, c, d, e, f in cursor.fetchall()]


def curve(round_: Round, unit: Unit, *, roster_size: int) -> Curve:
    """The curve of one unit: from its points, or from the rows where none are kept."""
    if unit.kind in NO_CURVE or unit.kind == UnitKind.ROOM:
        points = _points_from_rows(round_, unit)
    else:
        found = CurvePoint.objects.filter(school_id=round_.school_id, round_id=round_.pk, unit_id=unit.pk)
        points = dict(found.values_list("bin", "responded"))
    total, cumulative = 0, []
    for bin_ in range(max(points, default=-1) + 1):
        total += points.get(bin_, 0)
        cumulative.append(total)
    return Curve(round_, roster_size, tuple(cumulative))


def bin_start(round_: Round, bin_: int) -> datetime:
    return round_.opens_at + timedelta(minutes=CURVE_BIN_MINUTES * bin_)


def _points_from_rows(round_: Round, unit: Unit) -> dict[int, int]:
    if round_.asks != Asks.PEOPLE:
        return {}
    sql = (CURVE_RESIDENCE_SQL if unit.tree == Tree.RESIDENCE else CURVE_CLASS_SQL).format(roster=roster.sql(round_))
    values = {"opens_at": round_.opens_at, "seconds": CURVE_BIN_MINUTES * 60}
    values |= {f"unit_{name}": value for name, value in roster.subtree(unit.path).items()}
    with connection.cursor() as cursor:
        cursor.execute(sql, roster.parameters(round_) | values)
        return dict(cursor.fetchall())


def _rows(sql: str, round_: Round, **values: Any) -> list[Count]:
    with connection.cursor() as cursor:
        cursor.execute(sql, roster.parameters(round_) | values)
        return [Count(*row) for row in cursor.fetchall()]


NEIGHBOURS_SQL = """
    SELECT r.schedule_id, r.opens_at, r.id, r.title, r.day, r.closes_at
    FROM rounds_round r
    JOIN rounds_unitcount c ON c.school_id = r.school_id AND c.round_id = r.id AND c.unit_id = %(unit)s
    WHERE r.school_id = %(school_id)s AND r.group_key = '' AND r.state <> 'void'
      AND r.day BETWEEN %(day)s::date - %(days)s::int AND %(day)s::date + %(days)s::int
    ORDER BY r.opens_at, r.id
"""

COUNTS_SQL = """
    SELECT u.id, u.name, u.kind, u.tree, c.roster, c.responded, c.excused, c.abnormal, c.proxied, c.late
    FROM people_unit u
    JOIN rounds_unitcount c ON c.school_id = %(school_id)s AND c.round_id = %(round_id)s AND c.unit_id = u.id
    WHERE {where}
    ORDER BY c.roster - c.responded - c.excused DESC, u.sort_key, u.id
    LIMIT %(limit)s OFFSET %(offset)s
"""

_RESIDENT = f"m.tree = 'residence' AND m.school_id = %(school_id)s AND {IN_FORCE_SQL.format(f='m')}"
_ANSWER = """
    LEFT JOIN rounds_response p ON p.school_id = %(school_id)s AND p.day = %(day)s AND p.round_id = %(round_id)s
         AND p.respondent_id = a.respondent_id
    LEFT JOIN rounds_roundexcuse e ON e.school_id = %(school_id)s AND e.round_id = %(round_id)s
         AND e.respondent_id = a.respondent_id
"""

ROOMS_SQL = f"""
    SELECT u.id, u.name, u.kind, u.tree, count(*), count(*) FILTER (WHERE NOT p.is_late),
           count(*) FILTER (WHERE coalesce(p.is_late, true) AND e.respondent_id IS NOT NULL),
           count(*) FILTER (WHERE NOT p.is_late AND p.severity >= 2),
           count(*) FILTER (WHERE NOT p.is_late AND p.source <> 'self'), count(*) FILTER (WHERE p.is_late)
    FROM people_unit u
    JOIN people_membership m ON m.unit_id = u.id AND {_RESIDENT}
    JOIN ({{roster}}) a ON a.respondent_id = m.person_id
    {_ANSWER}
    WHERE u.parent_id = %(parent)s
    GROUP BY u.id
    ORDER BY count(*) FILTER (WHERE coalesce(p.is_late, true) AND e.respondent_id IS NULL) DESC, u.sort_key, u.id
"""

PERSONS_SQL = f"""
    SELECT a.respondent_id, who.name, who.number,
           CASE WHEN NOT p.is_late THEN 'responded' WHEN e.respondent_id IS NOT NULL THEN 'excused'
                WHEN p.is_late THEN 'late' ELSE 'missing' END AS standing,
           coalesce(p.source, ''), p.last_at
    FROM people_membership m
    JOIN ({{roster}}) a ON a.respondent_id = m.person_id
    JOIN people_person who ON who.id = a.respondent_id
    {_ANSWER}
    WHERE m.unit_id = %(unit)s AND {IN_FORCE_SQL.format(f="m")}
    ORDER BY p.respondent_id IS NOT NULL OR e.respondent_id IS NOT NULL, p.is_late DESC, who.number, who.id
"""

_BINS = "(extract(epoch FROM p.first_at - %(opens_at)s)::int / %(seconds)s)::int"
CURVE_CLASS_SQL = f"""
    SELECT {_BINS}, count(*)
    FROM ({{roster}}) a
    JOIN rounds_response p ON p.school_id = %(school_id)s AND p.day = %(day)s AND p.round_id = %(round_id)s
         AND p.respondent_id = a.respondent_id AND NOT p.is_late
    WHERE a.path >= %(unit_path)s AND a.path < %(unit_path_end)s
    GROUP BY 1
"""
CURVE_RESIDENCE_SQL = f"""
    SELECT {_BINS}, count(*)
    FROM people_unit u
    JOIN people_membership m ON m.unit_id = u.id AND {_RESIDENT}
    JOIN ({{roster}}) a ON a.respondent_id = m.person_id
    JOIN rounds_response p ON p.school_id = %(school_id)s AND p.day = %(day)s AND p.round_id = %(round_id)s
         AND p.respondent_id = a.respondent_id AND NOT p.is_late
    WHERE u.path >= %(unit_path)s AND u.path < %(unit_path_end)s
    GROUP BY 1
"""
