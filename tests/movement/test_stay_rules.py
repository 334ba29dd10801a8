"""What people and systems write for periods, weeks, days and times, and what it means."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from linglou.domains.movement.stays import rules

naive = datetime.fromisoformat


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", (time(8), time(8, 45))),
        ("1-2", (time(8), time(9, 35))),
        ("第3-4节", (time(9, 50), time(11, 25))),
        ("1,2,3", (time(8), time(10, 35))),
        ("9~12", (time(16, 5), time(20, 55))),
        ("", None),
        ("上午", None),
        ("0-2", None),
        ("1-13", None),
    ],
)
def test_periods(text: str, meant: tuple[time, time] | None) -> None:
    if meant:
        assert rules.periods(text) == meant
    else:
        with pytest.raises(ValueError, match=f"^{text}$"):
            rules.periods(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("3", [3]),
        ("1-4", [1, 2, 3, 4]),
        ("第1-3周", [1, 2, 3]),
        ("1-7单", [1, 3, 5, 7]),
        ("2-6双周", [2, 4, 6]),
        ("1-2,5；7", [1, 2, 5, 7]),
        ("", None),
        ("每周", None),
        ("单", None),
        ("0-3", None),
        ("1-40", None),
    ],
)
def test_weeks(text: str, meant: list[int] | None) -> None:
    if meant:
        assert rules.weeks(text) == meant
    else:
        with pytest.raises(ValueError, match=f"^{text}$"):
            rules.weeks(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("周一", 0), ("星期日", 6), ("礼拜天", 6), ("3", 2), ("Thursday", 3), ("sun", 6), ("周八", None), ("", None)],
)
def test_weekdays(text: str, meant: int | None) -> None:
    if meant is not None:
        assert rules.weekday(text) == meant
    else:
        with pytest.raises(ValueError, match=f"^{text}$"):
            rules.weekday(text)


@pytest.mark.parametrize(
    ("cell", "text", "meant"),
    [
        ("8:05", "8:05", time(8, 5)),
        ("08：05：09", "08：05：09", time(8, 5, 9)),
        (naive("2026-11-02 12:05:00"), "", time(12, 5)),
        (time(12, 5), "", time(12, 5)),
        (timedelta(hours=12, minutes=5), "", time(12, 5)),
        (0.5, "0.5", time(12)),
        (1.5, "1.5", None),
        ("25:00", "25:00", None),
        ("午饭", "午饭", None),
    ],
)
def test_times(cell: Any, text: str, meant: time | None) -> None:
    if meant:
        assert rules.clock_time(cell, text) == meant
    else:
        with pytest.raises(ValueError, match=r".+"):
            rules.clock_time(cell, text)


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        (naive("2026-11-02 12:05:00"), naive("2026-11-02 12:05:00")),
        ("2026-11-02 12:05:33", naive("2026-11-02 12:05:33")),
        ("2026/11/2 7:05", naive("2026-11-02 07:05:00")),
        ("2026年11月2日 12:05", naive("2026-11-02 12:05:00")),
        ("2026-11-02T12:05:33.250", naive("2026-11-02 12:05:33")),
        ("2026-11-02", None),
        ("2026-13-02 12:05", None),
        ("刚才", None),
    ],
)
def test_moments(cell: Any, meant: datetime | None) -> None:
    if meant:
        assert rules.moment(cell, str(cell)) == meant
    else:
        with pytest.raises(ValueError, match=r".+"):
            rules.moment(cell, cell)


@pytest.mark.parametrize(
    ("text", "meant"), [("缺勤", True), ("请假", True), ("出勤", False), ("迟到", False), ("", False), ("?", None)]
)
def test_attendance(text: str, meant: bool | None) -> None:
    if meant is None:
        with pytest.raises(ValueError, match=r"\?"):
            rules.is_absent(text)
    else:
        assert rules.is_absent(text) is meant


def test_places_are_told_apart_without_spaces_and_case() -> None:
    assert rules.place_code(" 东教 a－101 ") == rules.place_code("东教A-101") == "东教A-101"
