"""What a new stay does to what was told before, which days are missing, how well somebody is known, and how a screening goes."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linglou.domains.movement import rules
from linglou.domains.movement.models import Category, State
from linglou.domains.movement.rules import CAMPUS, Area, Stay
from linglou.foundation.rulebook import queries as rulebook

START = date(2026, 11, 1)


def day(n: int) -> date:
    return START + timedelta(days=n)


def stay(region: str, start: int, end: int | None = None) -> Stay:
    return Stay(region, "", day(start), None if end is None else day(end))


@pytest.mark.parametrize(
    ("told", "new", "comes_to"),
    [
        ([], stay("A", 1, 3), [stay("A", 1, 3)]),
        ([stay("A", 1, 3)], stay("B", 5, 6), [stay("A", 1, 3), stay("B", 5, 6)]),
        # the day of travel is shared: nobody is less exposed for having said more
        ([stay("A", 1, 9)], stay("B", 5, 6), [stay("A", 1, 5), stay("B", 5, 6), stay("A", 6, 9)]),
        ([stay("A", 1)], stay("B", 5), [stay("A", 1, 5), stay("B", 5)]),
        ([stay("A", 3, 4)], stay("B", 1, 9), [stay("B", 1, 9)]),
        ([stay("A", 3, 5)], stay("B", 3, 5), [stay("B", 3, 5)]),
        ([stay("A", 1, 5)], stay("B", 5), [stay("A", 1, 5), stay("B", 5)]),
        ([stay(CAMPUS, 0)], stay("B", 3, 4), [stay(CAMPUS, 0, 3), stay("B", 3, 4), stay(CAMPUS, 4)]),
    ],
)
def test_a_new_stay_lies_over_what_was_told(told: list[Stay], new: Stay, comes_to: list[Stay]) -> None:
    assert rules.laid(told, new) == comes_to


STAYS = st.builds(
    lambda region, start, length: stay(region, start, None if length is None else start + length),
    st.sampled_from(["A", "B", CAMPUS]), st.integers(0, 20), st.none() | st.integers(0, 10),
)  # fmt: skip


def days_of(stays: list[Stay]) -> set[date]:
    return {day(n) for n in range(40) for one in stays if one.from_day <= day(n) <= one.end}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STAYS, max_size=8))
def test_no_day_is_lost_and_gaps_are_what_is_missing(told: list[Stay]) -> None:
    laid: list[Stay] = []
    for one in told:
        laid = rules.laid(laid, one)
        assert one in laid
    assert days_of(laid) == days_of(told)
    missing = {day(n) for n in range(26)} - days_of(laid)
    found = rules.gaps(laid, day(0), day(25))
    assert {since + timedelta(days=n) for since, until in found for n in range((until - since).days + 1)} == missing
    assert all(since <= until for since, until in found)


@pytest.mark.parametrize(
    ("told", "whole", "proxied", "check"),
    list(itertools.product([False, True], [False, True], [False, True], [None, "", "confirmed", "corrected", "not-reached"])),
)
def test_how_well_somebody_is_known(told: bool, whole: bool, proxied: bool, check: str | None) -> None:
    known = rules.knowledge(told=told, whole=whole, proxied=proxied, check=check)
    if not told:
        assert known == "unknown"
    elif whole and (check in ("confirmed", "corrected") or (check is None and not proxied)):
        assert known == "known"
    else:
        assert known == "unverified"


def test_a_screening_goes_one_way() -> None:
    states, events = list(State.values), ["settle", "lift", "open"]
    allowed = {(state, event): rules.follow(state, event) for state in states for event in events}
    assert {key: value for key, value in allowed.items() if value} == {
        ("open", "settle"): "settled", ("open", "lift"): "lifted",
    }  # fmt: skip
    assert set(rules.ADVICE) == set(rulebook.screening_clocks(date(2026, 11, 24))) == set(Category.values)


@pytest.mark.parametrize(
    ("key", "kind", "number", "area"),
    [("stay:7:3", "stay", "7", 3), ("trip:8:4", "trip", "8", 4), ("signal:9", "signal", "9", None),
     ("contact:case:5", "contact", "case:5", None)],
)  # fmt: skip
def test_a_reason_by_its_key(key: str, kind: str, number: str, area: int | None) -> None:
    found = rules.reason(key)
    assert (found.kind, found.id, found.area_id) == (kind, number, area)
    assert rules.areas_in([key]) == ({area} if area else set())


def test_a_task_names_its_screening() -> None:
    key = rules.task_key(12, "clinic")
    assert rules.page_of(key) == "/movement/screening/12/"


@pytest.mark.parametrize(
    ("level", "to_day", "verdict"),
    [("high", None, "unchanged"), ("medium", None, "changed"), ("high", day(9), "changed")],
)
def test_a_row_of_a_list_against_the_entry_that_stands(level: str, to_day: date | None, verdict: str) -> None:
    standing = {("33", "", day(1)): Area("33", "", "high", day(1), None)}
    row = Area("33", "", level, day(1), to_day, issuer="anybody")
    assert rules.verdict(row, standing) == verdict
    assert rules.verdict(Area("34", "", level, day(1), None), standing) == "new"
    undated = Area("33", "", level, day(5), to_day)
    assert rules.adopt(undated, standing, on=day(5)).from_day == day(1)
    assert rules.adopt(undated, {}, on=day(5)) == undated
    over = {("33", "", day(1)): Area("33", "", "high", day(1), day(3))}
    assert rules.adopt(undated, over, on=day(5)) == undated
