"""Workdays: as the State Council announced them, and Monday to Friday where it has not yet."""

from __future__ import annotations

from datetime import date

import pytest

from linglou.kernel.calendar import is_workday


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2025, 9, 29), True),  # a Monday
        (date(2025, 9, 28), True),  # a Sunday worked for the National Day holiday
        (date(2025, 10, 1), False),  # a Wednesday, National Day
        (date(2025, 9, 27), False),  # an ordinary Saturday
        (date(2399, 10, 1), True),  # a Friday of a year that nobody has announced
        (date(2399, 10, 2), False),
        (date(2399, 10, 3), False),
        (date(2399, 10, 4), True),
    ],
)
def test_which_days_are_worked(day: date, worked: bool) -> None:
    assert is_workday(day) is worked
