"""Taps at the gates, paired: when somebody came and when they went, whatever taps are missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

# The card held to the reader twice is one passage.
TWICE = timedelta(minutes=2)

STATES = {"in": _("在校"), "out": _("离校"), "unknown": _("方向不明"), "none": _("没有刷卡")}


@dataclass(frozen=True, order=True)
class Tap:
    """A person went through a gate; ``direction`` in, out, or None where the log does not say."""

    at: datetime
    place_id: int
    direction: str | None = None


@dataclass(frozen=True)
class Visit:
    """From an in-tap to the out-tap that follows. ``came`` None: they went out and no tap says when they had come in. ``left`` None:
    they are still there, or came in again without a tap that says when they had gone."""

    came: Tap | None
    left: Tap | None


def state(last: Tap | None) -> str:
    """What a person's last tap says: in, out, unknown (it has no direction), none (there is no tap)."""
    return "none" if last is None else last.direction or "unknown"


def pair(taps: Iterable[Tap]) -> list[Visit]:
    """One person's visits, in order, from taps in any order."""
    ordered = sorted((tap for tap in set(taps) if tap.direction), key=lambda tap: (tap.at, tap.place_id, tap.direction or ""))
    passages = [
        tap for tap, then in zip(ordered, [*ordered[1:], None], strict=False)
        if then is None or then.direction != tap.direction or then.at - tap.at > TWICE
    ]  # fmt: skip
    visits: list[Visit] = []
    inside: Tap | None = None
    for tap in passages:
        if tap.direction == "in":
            if inside:
                visits.append(Visit(inside, None))
            inside = tap
        else:
            visits.append(Visit(inside, tap))
            inside = None
    return [*visits, Visit(inside, None)] if inside else visits
