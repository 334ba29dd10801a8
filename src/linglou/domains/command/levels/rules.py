"""Pure decisions about response levels: which one holds, what a switch changes, which further rounds it asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from django.utils.translation import gettext_lazy as _

from linglou.foundation.rulebook.rules.school import Effects, Measure, Window

# From the mildest to the strictest.
ORDER = ("routine", "IV", "III", "II", "I")


class Standing(StrEnum):
    """Where a change stands at a moment."""

    ANNOUNCED = "announced"
    IN_FORCE = "in-force"
    PAST = "past"
    UNDONE = "undone"


# (standing, event) -> standing. What is not in the table cannot happen.
TRANSITIONS: dict[tuple[Standing, str], Standing] = {
    (Standing.ANNOUNCED, "take-effect"): Standing.IN_FORCE,
    (Standing.ANNOUNCED, "undo"): Standing.UNDONE,
    (Standing.IN_FORCE, "undo"): Standing.UNDONE,
    (Standing.IN_FORCE, "replace"): Standing.PAST,
    (Standing.PAST, "come-back"): Standing.IN_FORCE,  # what replaced it was undone
}


def may_undo(standing: Standing) -> bool:
    return (standing, "undo") in TRANSITIONS


STANDING_NAMES: dict[Standing, Any] = {
    Standing.ANNOUNCED: _("待执行"),
    Standing.IN_FORCE: _("执行中"),
    Standing.PAST: _("已结束"),
    Standing.UNDONE: _("已撤销"),
}


class Dated(Protocol):
    """What is asked of a change to know which holds."""

    pk: Any
    from_at: Any
    undone_at: Any


Change = TypeVar("Change", bound=Dated)


def in_force(changes: Iterable[Change], at: datetime) -> Change | None:
    """The change that holds at ``at``: the last to begin of those that had begun and were not undone by then; None before the first."""
    begun = [one for one in changes if one.from_at <= at and (one.undone_at is None or one.undone_at > at)]
    return max(begun, key=lambda one: (one.from_at, one.pk), default=None)


def standing(change: Dated, changes: Sequence[Dated], at: datetime) -> Standing:
    if change.undone_at and change.undone_at <= at:
        return Standing.UNDONE
    if change.from_at > at:
        return Standing.ANNOUNCED
    holds = in_force(changes, at)
    return Standing.IN_FORCE if holds is not None and holds.pk == change.pk else Standing.PAST


@dataclass(frozen=True)
class Difference:
    """One line of a preview. ``before`` and ``after`` are values of ``Effects`` (for measures: lists of them)."""

    field: str
    before: Any
    after: Any

    @property
    def changes(self) -> bool:
        return bool(self.before != self.after)


FIELDS = (
    "further_reports", "zero_report_by", "gatherings", "return_needs_approval", "gate", "teaching", "leaders_on_duty",
    "managers_on_duty", "measures",
)  # fmt: skip


def differences(before: Effects, after: Effects) -> list[Difference]:
    """Every effect as it is and as it would be, in the order of the page."""
    return [Difference(name, getattr(before, name), getattr(after, name)) for name in FIELDS]


def new_measures(before: Effects, after: Effects) -> list[tuple[int, str]]:
    """(position, area) of the measures that were not asked for before: somebody has to see to them."""
    there = {identity(one) for one in before.measures}
    return [(n, one.area) for n, one in enumerate(after.measures) if identity(one) not in there]


def identity(measure: Measure) -> tuple[str, str]:
    """What makes a measure the same one at another level."""
    return measure.area, measure.zh


# -- the rounds a level asks for -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Base:
    """A schedule that a school has by itself. ``units``: it asks units of ``unit_kind``, not people."""

    id: int
    units: bool
    unit_kind: str
    opens: time
    closes: time


@dataclass(frozen=True)
class Wanted:
    """A schedule that a level asks for beside (``pauses``: instead of) one the school has. ``number``: which report of the day it is."""

    key: str
    base_id: int | None
    opens: time
    closes: time
    number: int = 0
    pauses: int | None = None


UNITS_OPEN = time(0, 10)
ZERO_UNIT_KIND = "college"


def wanted(effects: Effects, bases: Sequence[Base]) -> list[Wanted]:
    """The schedules that ``effects`` ask for: every further report beside each daily report of people, and the units' zero report by its
    hour, unless the school already asks for it as early."""
    found = [
        Wanted(f"report:{base.id}:{_span(window)}", base.id, window.opens, window.closes, number)
        for base in bases
        if not base.units
        for number, window in enumerate(effects.further_reports, start=2)
    ]
    until = effects.zero_report_by
    if until:
        colleges = [base for base in bases if base.units and base.unit_kind == ZERO_UNIT_KIND]
        if not any(base.opens < base.closes <= until for base in colleges):
            first = colleges[0] if colleges else None
            opens = first.opens if first and first.opens < until else min(UNITS_OPEN, until)
            key = f"zero:{first.id if first else 0}:{until:%H%M}"
            found.append(Wanted(key, first.id if first else None, opens, until, pauses=first.id if first else None))
    return found


def _span(window: Window) -> str:
    return f"{window.opens:%H%M}-{window.closes:%H%M}"


def task_key(change_id: int, position: int, *, again: int = 0) -> str:
    """A measure of a change is to be seen to; ``again``: because this change, which had replaced it, was undone."""
    return f"level:{change_id}:{position}" + (f":{again}" if again else "")


def of_task(key: str) -> tuple[int, int]:
    """(change, position) of the measure that a task is about."""
    _level, change_id, position = key.split(":")[:3]
    return int(change_id), int(position)


TASK_KIND = "level-measure"


def page_of(_key: str) -> str:
    return "/command/"
