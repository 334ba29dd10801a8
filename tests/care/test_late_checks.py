"""Who comes under observation after the check of the day has opened is asked today still, once, by a round of their own."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
import time_machine

from linglou.domains.care import checks, late_checks, rules
from linglou.domains.daily import queries as daily
from linglou.engines.rounds.models import Round, Schedule, UnitCount
from linglou.flows import newly_watched_are_asked_today, round_opens_on_schedule
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.care import watched
from tests.factories.people import Campus
from tests.races import at_once

pytestmark = pytest.mark.django_db
TODAY = clock.day_of(clock.now())


def moment(hour: int, minute: int = 0) -> datetime:
    return clock.moment(TODAY, time(hour, minute))


def tick(at: datetime) -> int:
    round_opens_on_schedule.run(at=at)
    return newly_watched_are_asked_today.run(at=at)


def asked(person: Person, at: datetime) -> list[str]:
    with time_machine.travel(at, tick=False):
        return [one.round.title for one in daily.asked_of(person, at=at) if one.round.purpose == checks.PURPOSE]


@pytest.fixture
def campus(db: None) -> Campus:
    """Somebody was watched before the day began, and their check is open."""
    made = Campus()
    watched(made.students[1], made.classes[0], at=moment(5))
    assert tick(moment(6)) == 0
    return made


@pytest.mark.parametrize(
    ("at", "closes"),
    [
        (moment(0), moment(2)),
        (moment(10), moment(12)),
        (moment(22), moment(23, 30)),
        (moment(23), moment(23, 30)),
        (moment(23, 1), None),
        (moment(23, 59), None),
    ],
)
def test_a_late_check_stays_two_hours_and_none_is_asked_when_the_day_is_as_good_as_over(
    at: datetime, closes: datetime | None
) -> None:
    assert rules.late_check_closes(at) == closes


def test_who_comes_later_is_asked_at_once_and_nobody_else_is(campus: Campus) -> None:
    late = campus.students[2]
    watched(late, campus.classes[0], at=moment(9))
    assert asked(late, moment(9)) == []
    assert tick(moment(9)) == 1
    assert asked(late, moment(9, 1)) == ["医学观察健康监测（当日补测）"]
    assert asked(campus.students[1], moment(9, 1)) == ["医学观察健康监测（第一次）"]
    extra = Round.objects.get(group_key=late_checks.GROUP)
    assert extra.closes_at == moment(11)
    assert UnitCount.objects.get(round_id=extra.pk, unit_id=campus.school.pk).roster == 1
    found = checks.checks_of(campus.school.pk, [late.pk], first=TODAY, last=TODAY)[late.pk]
    assert [check.round_id for check in found] == [extra.pk]


def test_it_is_asked_once_and_the_second_check_comes_as_for_everybody(campus: Campus) -> None:
    late = campus.students[2]
    watched(late, campus.classes[0], at=moment(9))
    assert [tick(moment(9)), tick(moment(9, 1)), tick(moment(13))] == [1, 0, 0]
    assert tick(moment(14)) == 0
    assert asked(late, moment(14, 1))[0] == "医学观察健康监测（第二次）"


def test_each_who_comes_is_in_one_round_and_earlier_rosters_stay(campus: Campus) -> None:
    watched(campus.students[2], campus.classes[0], at=moment(9))
    tick(moment(9))
    watched(campus.students[3], campus.classes[1], at=moment(10))
    assert tick(moment(10)) == 1
    first, second = Round.objects.filter(group_key=late_checks.GROUP).order_by("opens_at")
    assert daily.is_on_roster(first, campus.students[2].pk)
    assert not daily.is_on_roster(first, campus.students[3].pk)
    assert not daily.is_on_roster(second, campus.students[2].pk)
    assert daily.is_on_roster(second, campus.students[3].pk)


def test_after_the_last_check_of_the_day_somebody_is_asked_too_but_not_at_its_very_end(campus: Campus) -> None:
    watched(campus.students[2], campus.classes[0], at=moment(21))
    assert tick(moment(21)) == 1
    watched(campus.students[3], campus.classes[1], at=moment(23, 20))
    assert tick(moment(23, 20)) == 0
    round_opens_on_schedule.run(at=moment(6) + timedelta(days=1))
    morning = Round.objects.get(group_key=checks.group_key(1), day=TODAY + timedelta(days=1))
    assert daily.is_on_roster(morning, campus.students[3].pk)


def test_who_comes_before_the_first_check_waits_for_it(campus: Campus) -> None:
    Schedule.objects.filter(group_key=checks.group_key(1)).update(opens=time(8))
    Round.objects.filter(purpose=checks.PURPOSE).update(opens_at=moment(8), roster_at=moment(8))
    watched(campus.students[2], campus.classes[0], at=moment(7))
    assert newly_watched_are_asked_today.run(at=moment(7, 30)) == 0


def test_a_school_that_stopped_its_checks_asks_nobody(campus: Campus) -> None:
    Schedule.objects.filter(purpose=checks.PURPOSE).update(is_active=False)
    watched(campus.students[2], campus.classes[0], at=moment(9))
    assert tick(moment(9)) == 0


@pytest.mark.django_db(transaction=True)
def test_two_processes_ask_once(transactional_db: None) -> None:
    made = Campus()
    watched(made.students[1], made.classes[0], at=moment(5))
    tick(moment(6))
    watched(made.students[2], made.classes[0], at=moment(9))
    at_once(lambda: late_checks.ask(school_id=made.school.pk, at=moment(9)))
    assert Round.objects.filter(group_key=late_checks.GROUP).count() == 1
