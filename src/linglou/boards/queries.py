"""What the board shows: figures by unit, the curve against the day before, and whoever can be named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from linglou.boards.access import Sight
from linglou.engines.rounds import progress
from linglou.engines.rounds.models import CURVE_BIN_MINUTES, Asks, Round, State, UnitCount
from linglou.engines.rounds.progress import Count, Curve, PersonStanding, Standing
from linglou.foundation.people.models import Tree, Unit, UnitKind
from linglou.kernel import clock

CHILDREN = 60
LEAVES = {UnitKind.CLASS, UnitKind.ROOM}
HOUR_BINS = 60 // CURVE_BIN_MINUTES
PACE_MINUTES = 10


@dataclass(frozen=True)
class Trend:
    """Today against the round before at the same time of its day, in tenths of a percentage point (up is positive)."""

    points: float
    then: float

    @property
    def is_ahead(self) -> bool:
        return self.points >= 0


@dataclass
class Board:
    """One unit in one round. ``persons`` is None where the viewer sees no names; ``direct`` counts people who belong to the unit
    itself though it has units below it."""

    unit: Unit
    round: Round
    total: Count
    rows: list[Count]
    trees: list[tuple[str, str]]
    tree: str
    sight: Sight
    more_from: int | None = None
    fewer_from: int | None = None
    persons: list[PersonStanding] | None = None
    chart: dict[str, Any] | None = None
    trend: Trend | None = None
    pace: int | None = None
    is_live: bool = False

    @property
    def standings(self) -> list[tuple[str, str, list[PersonStanding]]]:
        """The people by how they stand, those to call first."""
        labels = {Standing.MISSING: (_("未报"), "warn"), Standing.LATE: (_("迟报"), "bad"),
                  Standing.EXCUSED: (_("免报"), "muted"), Standing.RESPONDED: (_("已报"), "good")}  # fmt: skip
        groups = [(label, tone, [p for p in self.persons or [] if p.standing is standing])
                  for standing, (label, tone) in labels.items()]  # fmt: skip
        return [group for group in groups if group[2]]


@dataclass(frozen=True)
class Choosable:
    """A round as a link to it."""

    pk: int
    title: str
    day: date
    closes_at: datetime


@dataclass(frozen=True)
class Choice:
    """The rounds one can look at from here: others of the same day, and the same schedule's rounds before and after."""

    same_day: list[Choosable] = field(default_factory=list)
    before: Choosable | None = None
    after: Choosable | None = None


def round_to_show(unit: Unit) -> Round | None:
    """The round one wants to see first: of those that ask people, the open ones before the others, the latest day, and then
    the one that asks most."""
    counted = UnitCount.objects.filter(school_id=unit.in_school, round_id=OuterRef("pk"), unit_id=progress.counted_at(unit))
    latest = progress.rounds_at(unit).select_related("audience").annotate(asked=Subquery(counted.values("roster")))
    found = sorted(latest[:12], key=lambda r: (r.asks != Asks.PEOPLE, r.state != State.OPEN, -r.day.toordinal(), -r.asked))
    return next(iter(found), None)


def choice(unit: Unit, round_: Round) -> Choice:
    rows = [(schedule, opens_at, Choosable(*rest)) for schedule, opens_at, *rest in progress.neighbours(round_, unit, days=7)]
    same = [(at, other) for schedule, at, other in rows if schedule is not None and schedule == round_.schedule_id]
    return Choice(
        same_day=[other for _schedule, _at, other in rows if other.day == round_.day][:8],
        before=next((other for at, other in reversed(same) if at < round_.opens_at), None),
        after=next((other for at, other in same if at > round_.opens_at), None),
    )


def total(unit: Unit, round_: Round) -> Count:
    if unit.kind == UnitKind.ROOM:
        return progress.room(round_, unit)
    found = progress.counts(round_, [unit.pk])
    return found[0] if found else Count(unit.pk, unit.name, unit.kind, unit.tree, 0, 0, 0, 0, 0, 0)


def board(unit: Unit, round_: Round, count: Count, *, sight: Sight, at: datetime, tree: str = "", start: int = 0) -> Board:
    """Everything the page of one unit shows. ``tree`` chooses between colleges and buildings at a school."""
    is_school = unit.kind == UnitKind.SCHOOL
    tree = tree if is_school and tree in (Tree.ADMINISTRATION, Tree.RESIDENCE) else unit.tree
    rows: list[Count] = []
    if unit.kind not in LEAVES:
        rows = progress.children(round_, unit, tree=tree, limit=CHILDREN + 1, offset=start)
    shown = rows if unit.kind == UnitKind.FLOOR else rows[:CHILDREN]
    named = sight.names and (unit.kind in LEAVES or not rows)
    yesterday = progress.previous(round_)
    curves = [progress.curve(round_, unit, roster_size=count.roster)]
    if yesterday:
        then = total(unit, yesterday)
        if then.roster:
            curves.append(progress.curve(yesterday, unit, roster_size=then.roster))
    return Board(
        unit=unit, round=round_, total=count, rows=shown, tree=tree, sight=sight,
        trees=[(Tree.ADMINISTRATION, _("按院系")), (Tree.RESIDENCE, _("按楼栋"))] if is_school else [],
        more_from=start + CHILDREN if len(rows) > CHILDREN and unit.kind != UnitKind.FLOOR else None,
        fewer_from=max(start - CHILDREN, 0) if start else None,
        persons=progress.persons(round_, unit) if named else None,
        chart=chart(curves, at=at), trend=trend(curves, at=at), pace=pace(curves[0], at=at) if round_.state == State.OPEN else None,
        is_live=round_.state == State.OPEN,
    )  # fmt: skip


def trend(curves: Sequence[Curve], *, at: datetime) -> Trend | None:
    if len(curves) < 2 or not curves[0].roster:
        return None
    bin_ = _bin(curves[0].round, at) + 1
    now, then = (_per_cent(curve, bin_) for curve in curves)
    return Trend(round(now - then, 1), then)


def pace(curve: Curve, *, at: datetime) -> int:
    """First answers in the last ``PACE_MINUTES``."""
    now_bin = _bin(curve.round, at)
    return _sum(curve, now_bin + 1) - _sum(curve, now_bin + 1 - PACE_MINUTES // CURVE_BIN_MINUTES)


def chart(curves: Sequence[Curve], *, at: datetime) -> dict[str, Any] | None:
    """An ECharts option: cumulative per cent of the roster over the day; today's line ends now. None before anybody answered."""
    today = curves[0]
    firsts = [_first(curve) for curve in curves if curve.responded]
    if not firsts:
        return None
    now_bin = min(_bin(today.round, at), _bin(today.round, today.round.closes_at))
    start = _full_hour(today.round, min(firsts))
    end = max(min(now_bin, len(today.responded) + HOUR_BINS), *(len(curve.responded) for curve in curves))
    labels = [f"{clock.local(progress.bin_start(today.round, n)):%H:%M}" for n in range(start, end + 1)]
    names = [_("本轮"), _("上一轮")]
    styles: list[dict[str, Any]] = [
        {"lineStyle": {"width": 3}, "areaStyle": {"opacity": 0.12}, "z": 3},
        {"lineStyle": {"width": 2, "type": "dashed", "color": "@excused"}, "itemStyle": {"color": "@excused"}},
    ]
    series = [
        {
            "name": names[n],
            "type": "line",
            "showSymbol": False,
            "data": [_per_cent(curve, bin_) for bin_ in range(start, (min(end, now_bin + 1) if n == 0 else end) + 1)],
            **styles[n],
        }
        for n, curve in enumerate(curves)
    ]
    return {
        "animation": False,
        "legend": {"data": names[: len(curves)], "right": 0},
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 4, "right": 16, "top": 34, "bottom": 4, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": labels,
            "boundaryGap": False,
            "axisLabel": {"hideOverlap": True, "interval": (2 if end - start > 8 * HOUR_BINS else 1) * HOUR_BINS - 1},
        },
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value}%"}},
        "series": series,
    }


def etag(board_key: Sequence[object]) -> str:
    return hashlib.blake2b(repr(tuple(board_key)).encode(), digest_size=12).hexdigest()


def _first(curve: Curve) -> int:
    return next(n for n, value in enumerate(curve.responded) if value)


def _bin(round_: Round, at: datetime) -> int:
    return max(0, int((at - round_.opens_at) / timedelta(minutes=CURVE_BIN_MINUTES)))


def _full_hour(round_: Round, bin_: int) -> int:
    """The last bin up to ``bin_`` that starts on a full hour, or the very first."""
    starts = (n for n in range(bin_, max(bin_ - HOUR_BINS, -1), -1))
    return next((n for n in starts if clock.local(progress.bin_start(round_, n)).minute < CURVE_BIN_MINUTES), 0)


def _sum(curve: Curve, bin_: int) -> int:
    """How many had answered when a bin began."""
    return curve.responded[min(bin_, len(curve.responded)) - 1] if curve.responded and bin_ > 0 else 0


def _per_cent(curve: Curve, bin_: int) -> float:
    return round(100 * _sum(curve, bin_) / curve.roster, 1) if curve.roster else 0.0


@dataclass(frozen=True)
class SchoolRow:
    """One round of one school, for whoever looks over many."""

    school: Unit
    round: Round
    count: UnitCount


def schools(paths: Sequence[str], *, at: datetime) -> list[SchoolRow]:
    """The rounds of today (and those still open) of every school under some paths: aggregates only."""
    found = [
        unit for path in paths for unit in Unit.objects.filter(path__startswith=path, kind=UnitKind.SCHOOL, closed_at=None)
    ]
    by_id = {unit.pk: unit for unit in found}
    today = clock.day_of(at)
    everybodys = Round.objects.filter(school_id__in=by_id, day__gte=today - timedelta(days=1), group_key="")
    rounds = everybodys.order_by("-day", "opens_at", "pk")
    shown = [r for r in rounds if r.day == today or r.state == State.OPEN]
    counters = UnitCount.objects.filter(round_id__in=[r.pk for r in shown], unit_id__in=by_id)
    by_round = {count.round_id: count for count in counters}
    rows = [SchoolRow(by_id[r.school_id], r, by_round[r.pk]) for r in shown if r.pk in by_round]
    return sorted(rows, key=lambda row: (-row.count.missing, row.school.name))
