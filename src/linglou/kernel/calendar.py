"""Which campus days are workdays (State Council holiday notices, through ``chinesecalendar``)."""

from __future__ import annotations

from datetime import date

import chinese_calendar


def is_workday(day: date) -> bool:
    """Whether ``day`` is worked, make-up weekends included. A year not announced yet falls back to Monday-Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5
