"""Rounds open by their schedules: on the right days, over midnight, and after an outage."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from linglou.engines.rounds.models import Days, Round
from linglou.flows import round_opens_on_schedule as flow
from linglou.kernel import clock
from tests.factories.people import Campus
from tests.factories.rounds import schedule
from tests.races import at_once

WORKDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 28)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return clock.moment(day, time(hour, minute))


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


def opened_days() -> list[date]:
    return list(Round.objects.order_by("day").values_list("day", flat=True))


@pytest.mark.parametrize(
    ("days", "day", "asks"),
    [
        (Days.EVERY_DAY, WORKDAY, True), (Days.EVERY_DAY, SATURDAY, True),
        (Days.WORKDAYS, WORKDAY, True), (Days.WORKDAYS, SATURDAY, False),
        (Days.DAYS_OFF, WORKDAY, False), (Days.DAYS_OFF, SATURDAY, True),
        (Days.WORKDAYS, date(2025, 9, 28), True),  # a Sunday worked for the National Day holiday
        (Days.WORKDAYS, date(2025, 10, 1), False),
    ],
)  # fmt: skip
def test_on_which_days_a_schedule_asks(campus: Campus, days: str, day: date, asks: bool) -> None:
    one = schedule(campus.school, days=days, from_day=date(2025, 1, 1))
    assert flow.asks_on(one, day) is asks


def test_before_the_first_and_after_the_last_day_it_does_not_ask(campus: Campus) -> None:
    one = schedule(campus.school, from_day=WORKDAY, to_day=WORKDAY + timedelta(days=1))
    asked = [flow.asks_on(one, WORKDAY + timedelta(days=n)) for n in range(-1, 3)]
    assert asked == [False, True, True, False]


def test_it_opens_once_when_its_time_comes(campus: Campus) -> None:
    schedule(campus.school, opens=time(6), closes=time(9, 30), from_day=WORKDAY)
    opened = [flow.run(at=at(WORKDAY, *moment)) for moment in ((5, 59), (6, 0), (6, 0), (7, 0), (9, 30))]
    assert opened == [0, 1, 0, 0, 0]
    assert opened_days() == [WORKDAY]


def test_after_an_outage_what_still_runs_is_opened_and_what_is_over_is_not(campus: Campus) -> None:
    schedule(campus.school, opens=time(6), closes=time(9, 30), from_day=WORKDAY)
    assert flow.run(at=at(WORKDAY + timedelta(days=2), 9, 29)) == 1
    assert opened_days() == [WORKDAY + timedelta(days=2)]


def test_a_window_over_midnight_belongs_to_the_day_it_began(campus: Campus) -> None:
    schedule(campus.school, opens=time(22), closes=time(6), from_day=WORKDAY)
    assert flow.run(at=at(WORKDAY, 5)) == 0
    assert flow.run(at=at(WORKDAY + timedelta(days=1), 5, 59)) == 1
    assert opened_days() == [WORKDAY]
    assert flow.run(at=at(WORKDAY + timedelta(days=1), 22)) == 1
    assert opened_days() == [WORKDAY, WORKDAY + timedelta(days=1)]


def test_an_inactive_schedule_stays_shut(campus: Campus) -> None:
    schedule(campus.school, from_day=WORKDAY, is_active=False)
    assert flow.run(at=at(WORKDAY, 12)) == 0


def test_one_schedule_that_cannot_open_does_not_keep_the_others_waiting(campus: Campus) -> None:
    schedule(campus.school, from_day=WORKDAY, form_key="there-is-none")
    schedule(campus.school, from_day=WORKDAY, title="晚间")
    with pytest.raises(IndexError):
        flow.run(at=at(WORKDAY, 12))
    assert [round_.title for round_ in Round.objects.all()] == ["晚间"]


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_open_one_round() -> None:
    campus = Campus()
    schedule(campus.school, from_day=WORKDAY)
    at_once(lambda: flow.run(at=at(WORKDAY, 12)))
    assert Round.objects.count() == 1
