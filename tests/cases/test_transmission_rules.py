"""Who counts, and over whom: attack rate and secondary attack rate, by truth tables."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linglou.domains.cases.transmission import rules
from linglou.domains.cases.transmission.rules import Exposure, Rate

DAY = date(2026, 3, 1)


def on(n: int) -> date:
    return DAY + timedelta(days=n)


def test_a_rate_over_nobody_is_none() -> None:
    assert (Rate(0, 0).value, Rate(0, 0).interval, Rate(2, 0).value) == (None, None, None)
    assert Rate(3, 40).value == pytest.approx(0.075)
    assert Rate(0, 9).value == 0


@pytest.mark.parametrize(
    ("rate", "low", "high"),
    [(Rate(0, 5), 0.0, 0.434), (Rate(2, 3), 0.208, 0.939), (Rate(5, 5), 0.566, 1.0), (Rate(4, 38), 0.042, 0.241)],
)
def test_the_interval_is_wilsons(rate: Rate, low: float, high: float) -> None:
    assert rate.interval == pytest.approx((low, high), abs=0.001)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_holds_the_rate(n: int, of: int) -> None:
    rate = Rate(min(n, of), of)
    assert rate.interval is not None
    assert rate.value is not None
    assert 0 <= rate.interval[0] <= rate.value + 1e-12
    assert rate.value - 1e-12 <= rate.interval[1] <= 1


def test_the_day_of_illness() -> None:
    assert rules.day_of_illness(on(1), on(3)) == on(1)
    assert rules.day_of_illness(None, on(3)) == on(3)


@pytest.mark.parametrize(("since", "until", "is_one"), [(0, 0, True), (0, 365, True), (0, 366, False), (1, 0, False)])
def test_a_period(since: int, until: int, is_one: bool) -> None:
    assert rules.is_period(on(since), on(until)) is is_one


def test_attack_rates_count_those_at_risk_when_the_period_began() -> None:
    rates = rules.attack_rates(
        {10: 40, 20: 30, 30: 0}, ill={1, 2, 3, 9}, ill_before={3, 4}, belongs={1: 10, 2: 10, 3: 10, 4: 20, 5: 20}
    )  # fmt: skip
    # 3 was ill already, and is neither new nor at risk; 9 belonged nowhere
    assert rates == {10: Rate(2, 39), 20: Rate(0, 29), 30: Rate(0, 0)}


@pytest.mark.parametrize(
    ("ill", "today", "watched_days", "expected"),
    [
        (None, 5, 7, "watched"),  # contact from day 0 to day 2, watched until day 9
        (None, 9, 7, "watched"),
        (None, 10, 7, "well"),
        (0, 5, 7, "earlier"),  # ill on the day of the first contact: did not have it from that
        (-3, 5, 7, "earlier"),
        (1, 5, 7, "secondary"),
        (9, 9, 7, "secondary"),
        (9, 30, 7, "secondary"),
        (10, 30, 7, "well"),  # ill after the observation
        (5, 5, None, "no-rule"),
    ],
)
def test_what_an_exposure_came_to(ill: int | None, today: int, watched_days: int | None, expected: str) -> None:
    exposure = Exposure(1, "", on(0), on(2), watched_days, None if ill is None else on(ill))
    assert rules.outcome(exposure, today=on(today)) == expected


def test_a_person_counts_once_by_what_weighs_most() -> None:
    def met(person: int, group: str, first: int, ill: int | None) -> Exposure:
        return Exposure(person, group, on(first), on(first + 1), 7, None if ill is None else on(ill))

    exposures = [met(1, "a", 0, 5), met(1, "a", 6, 5), met(1, "b", 6, 5), met(2, "a", 0, None), met(3, "b", 3, 2)]
    came_to = rules.outcomes(exposures, today=on(3))
    assert came_to == {"a": {1: "secondary", 2: "watched"}, "b": {1: "earlier", 3: "earlier"}}
    assert rules.secondary_rate(came_to["a"].values()) == Rate(1, 2)
    assert rules.secondary_rate(came_to["b"].values()) == Rate(0, 0)


def test_secondary_rate_counts_contacts_who_could_fall_ill() -> None:
    assert rules.secondary_rate(["secondary", "well", "watched", "earlier", "no-rule"]) == Rate(1, 3)
    assert rules.secondary_rate([]) == Rate(0, 0)


def test_bars_are_days_and_then_weeks() -> None:
    assert rules.bins(on(0), on(2)) == [on(0), on(1), on(2)]
    assert len(rules.bins(on(0), on(61))) == 62
    assert rules.bins(on(0), on(62))[:2] == [on(0), on(7)]


def test_each_case_stands_below_the_earliest_it_may_come_from() -> None:
    days = {1: on(0), 2: on(9), 3: on(5), 4: on(8), 5: on(4)}
    assert rules.lanes(days, {2: [3], 3: [1], 4: [1, 3], 99: [1]}) == {1: 0, 3: 1, 2: 2, 4: 3, 5: 4}
    # two who may each come from the other, and one from itself, stand somewhere all the same
    assert set(rules.lanes({1: on(0), 2: on(0)}, {1: [2], 2: [1, 2]})) == {1, 2}
