"""A demo is loaded at any hour of anybody's day; its campus lies where it is morning just then."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from linglou.kernel.clock import HOME_ZONE

EARLIEST, LATEST = 8, 17
MORNING = 9
FARTHEST_EAST = 14


def at(now: datetime) -> str:
    """The home zone while people are up there (8 to 17 o'clock), else the one in which it is past nine."""
    if EARLIEST <= now.astimezone(ZoneInfo(HOME_ZONE)).hour < LATEST:
        return HOME_ZONE
    east = (MORNING - now.astimezone(UTC).hour) % 24
    if east > FARTHEST_EAST:
        east -= 24
    # The sign of these names is upside down: Etc/GMT-8 is eight hours ahead of Greenwich.
    return f"Etc/GMT{-east:+d}" if east else "Etc/UTC"
