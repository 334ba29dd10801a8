"""Time: the only place that asks the machine what time it is. Everything else is given ``at``."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

HOME_ZONE = "Asia/Shanghai"
CAMPUS_ZONE = ZoneInfo(os.environ.get("LINGLOU_TIME_ZONE", HOME_ZONE))  # a campus abroad, or a demo loaded at midnight


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local(at: datetime) -> datetime:
    """``at`` on the campus clock."""
    return at.astimezone(CAMPUS_ZONE)


def day_of(at: datetime) -> date:
    """The campus day that ``at`` falls in."""
    return local(at).date()


def moment(day: date, clock_time: time) -> datetime:
    """The aware moment of a wall-clock time on a campus day."""
    return datetime.combine(day, clock_time, tzinfo=CAMPUS_ZONE)


def sent(at: datetime) -> datetime:
    """A moment that a client sent, in UTC (a database takes no offset of 16 hours). Raises ``ValueError`` for one without a zone,
    and for one before 1900 or after 2999."""
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone, as in 2026-01-05T08:00:00+08:00")
    if not 1900 <= at.year <= 2999:
        raise ValueError("a moment lies between 1900 and 2999")
    return at.astimezone(UTC)
