"""What a school may ask beside a row, number by number: stricter or equal, and which of both holds."""

from __future__ import annotations

from datetime import date

import pytest

from linglou.foundation.rulebook import queries
from linglou.foundation.rulebook.rules import own
from linglou.foundation.rulebook.rules.rows import Row
from linglou.foundation.rulebook.rules.school import Threshold

DAY = date(2026, 11, 24)


def row(rule_id: str) -> Row:
    return next(one for one in queries.rows_named(rule_id) if one.holds_on(DAY))


def threshold(rule_id: str) -> Threshold:
    found = row(rule_id)
    assert isinstance(found, Threshold)
    return found


@pytest.mark.parametrize(
    ("rule_id", "numbers", "unsuited", "laxer"),
    [
        ("SCH-2006-1", {"people": 3, "window_days": 1, "hours": 24}, [], []),
        ("SCH-2006-1", {"people": 2, "window_days": 3, "hours": 2}, [], []),
        ("SCH-2006-1", {"people": 4}, [], ["people"]),
        ("SCH-2006-2", {"window_days": 2}, [], ["window_days"]),
        ("SCH-2006-1", {"hours": 25, "people": 9}, [], ["hours", "people"]),
        ("SCH-2006-1", {"days": 14, "checks_per_day": 1}, ["days", "checks_per_day"], []),
        ("SCH-2006-3", {"hours": 1}, [], ["hours"]),  # at once is the least there is
        ("ILI-10", {"hours": 168}, [], []),  # promptly: any number is more
        ("ILI-30", {"people": 30}, [], []),
        ("ILI-30", {"people": 31}, [], ["people"]),
        ("FOOD-SCHOOL", {"window_days": 3}, ["window_days"], []),  # counted by event
        ("TB-10", {"window_days": 200}, ["window_days"], []),  # counted by term
        ("CLOCK-B", {"hours": 24}, [], []),
        ("CLOCK-B", {"hours": 25}, [], ["hours"]),
        ("CLOCK-B", {"people": 1}, ["people"], []),
        ("CLOCK-OUTBREAK", {"hours": 1}, ["hours"], []),  # runs on the thresholds
        ("MEAS-OBSERVATION-CLOSE-CONTACT", {"days": 20, "people": 1}, ["people"], ["days"]),
        ("MEAS-RETURN", {"days": 7}, ["days"], []),
        ("SCH-2006-1", {"people": None, "hours": None}, [], []),
    ],
)
def test_a_number_is_of_the_row_and_never_less(
    rule_id: str, numbers: dict[str, int | None], unsuited: list[str], laxer: list[str]
) -> None:
    assert own.unsuited(row(rule_id), numbers) == unsuited
    assert own.laxer(row(rule_id), numbers) == laxer


@pytest.mark.parametrize(
    ("rule_id", "people", "window_days", "counts", "window"),
    [
        ("SCH-2006-1", 2, None, [2, 2], 1),
        ("SCH-2006-1", None, 3, [3, 3], 3),
        ("SCH-2006-1", 2, 3, [2, 2], 3),
        ("SCH-2006-1", 3, 1, None, None),  # as the row counts
        ("SCH-2006-1", None, None, None, None),
        ("SCH-2006-2", 5, 2, None, None),  # a shorter window is never taken, whatever was stored
        ("ILI-30", 20, None, [20, 5, 2], 7),
        ("ILI-30", 4, None, [4, 4, 2], 7),
        ("ILI-CLOSE", 3, None, [3, 0.3], 1),  # the share stays
        ("FOOD-SCHOOL", 3, 9, [3, 1], None),
    ],
)
def test_a_threshold_counts_fewer_people_in_no_shorter_a_window(
    rule_id: str, people: int | None, window_days: int | None, counts: list[float] | None, window: int | None
) -> None:
    national = threshold(rule_id)
    found = own.tightened(national, people=people, window_days=window_days)
    if counts is None:
        assert found is None
        return
    assert found is not None
    assert [count.n or count.share for count in found.counts] == counts
    assert found.window_days == window
    assert threshold(rule_id) == national  # the row itself is untouched


@pytest.mark.parametrize(
    ("hours", "minutes", "shorter"), [(1, 120, True), (2, 120, False), (3, 120, False), (48, None, True), (None, None, False)]
)
def test_the_shorter_clock_runs(hours: int | None, minutes: int | None, shorter: bool) -> None:
    assert own.is_shorter(hours, minutes) is shorter


def test_how_far_a_number_may_go_is_said() -> None:
    assert own.bound(row("SCH-2006-1"), "people") == "现行规则是 3，只能更少。"
    assert own.bound(row("SCH-2006-2"), "window_days") == "现行规则是 3，只能更多。"
    assert own.bound(row("MEAS-RETURN"), "days") == "这条规则没有这一项，请留空。"
