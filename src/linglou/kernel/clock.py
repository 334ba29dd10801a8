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
