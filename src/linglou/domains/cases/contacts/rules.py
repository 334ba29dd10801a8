"""Pure decisions about contacts: what a review can do, when a case may have infected, which meeting speaks for a contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from linglou.foundation.rulebook.rules.diseases import InfectiousWindow
from linglou.kernel import clock

# (state, event) -> state. What is not in the table cannot happen.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("proposed", "confirm"): "confirmed",
    ("proposed", "reject"): "rejected",
    ("proposed", "lapse"): "lapsed",  # traced again, and no longer found
    ("lapsed", "propose"): "proposed",
    ("confirmed", "reject"): "rejected",
    ("rejected", "confirm"): "confirmed",
}


def states_before(event: str) -> list[str]:
    """The states in which an event can happen."""
    return [state for (state, happening) in TRANSITIONS if happening == event]


def reviews_of(state: str) -> list[str]:
    """What a review can do about contacts in a state."""
    return [event for event in ("confirm", "reject") if (state, event) in TRANSITIONS]


@dataclass(frozen=True)
class Window:
    """When a case may have infected: from the first moment of a campus day to a moment."""

    from_at: datetime
    until_at: datetime


def window_of(
    row: InfectiousWindow, since: Mapping[str, datetime], *, is_asymptomatic: bool, at: datetime
) -> Window | str:  # fmt: skip
    """The window as far as it has passed, in whole campus days; the code of the event whose time is still missing."""
    anchor = row.asymptomatic_anchor if is_asymptomatic else row.anchor
    from_days = row.asymptomatic_from_days if is_asymptomatic else row.from_days
    if anchor not in since:
        return anchor
    first = clock.day_of(since[anchor]) + timedelta(days=from_days)
    until = at
    ends_by = row.until_event or anchor
    if row.until_days is not None and ends_by in since:
        last = clock.day_of(since[ends_by]) + timedelta(days=row.until_days)
        until = min(at, _midnight(last + timedelta(days=1)))
    return Window(_midnight(first), until)


def _midnight(day: date) -> datetime:
    return clock.moment(day, time.min)


class Meeting(Protocol):
    """As ``movement.tracing.Together``."""

    @property
    def close(self) -> bool: ...
    @property
    def minutes(self) -> int: ...


def weightiest(meetings: Sequence[Meeting]) -> int:
    """Which of a person's meetings speaks for them: a close one before the others, the longest of them. Its index."""
    return max(range(len(meetings)), key=lambda n: (meetings[n].close, meetings[n].minutes, -n))


# Why a meeting does not make a contact close.
MISSED = {
    "minutes": _("时长不够"),
    "seats": _("座位较远"),
    "seats-unknown": _("座位不明"),
    "carriage": _("车厢不明"),  # the same train, and one of them did not say in which carriage
}
