"""Whoever has not reported is reminded at each reminder time, once; their monitor and counsellor get a number, not a list."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from linglou.engines.notifications.models import Notification
from linglou.engines.rounds.models import Reminder, Round
from linglou.flows import round_reminds_the_missing as flow
from linglou.kernel import clock
from tests.factories.people import Campus
from tests.factories.rounds import open_round, submission, submit
from tests.races import at_once


def today() -> date:
    return clock.day_of(clock.now())


def at(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    return clock.moment(today() + timedelta(days=days), time(hour, minute))


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


def asked(campus: Campus, **changes: object) -> Round:
    fields: dict[str, object] = {"opens": time(0), "closes": time(23, 59), "reminders": [time(9), time(14)]}
    return open_round(campus.school, at=clock.now(), **(fields | changes))


def told() -> dict[int | None, list[str]]:
    found: dict[int | None, list[str]] = {}
    for message in Notification.objects.order_by("pk"):
        found.setdefault(message.person_id, []).append(message.subject)
    return found


def test_the_missing_are_reminded_and_their_leaders_get_the_number(campus: Campus) -> None:
    round_ = asked(campus)
    submit(*(submission(round_, student) for student in campus.students[1:3]))
    assert flow.run(at=at(8, 59)) == 0
    assert flow.run(at=at(9)) == 4
    assert flow.run(at=at(9, 1)) == 0
    found = told()
    missing = [campus.students[n].pk for n in (0, 3, 4, 5)]
    assert all("您还没有填报" in found[person][0] for person in missing)
    assert found[campus.students[0].pk][1:] == ["每日健康填报：还有 1 人未报"]  # he is the monitor of the first class
    assert found[campus.counsellor.pk] == ["每日健康填报：还有 1 人未报"]
    assert set(found) == {*missing, campus.counsellor.pk}
    names = {student.name for student in campus.students}
    assert not any(name in message.body for name in names for message in Notification.objects.all())
    assert Reminder.objects.get().persons == 4


def test_the_second_time_reminds_only_who_is_still_missing(campus: Campus) -> None:
    round_ = asked(campus)
    flow.run(at=at(9))
    submit(*(submission(round_, student) for student in campus.students[:5]))
    assert flow.run(at=at(14)) == 1
    assert len(told()[campus.students[5].pk]) == 2
    assert len(told()[campus.students[4].pk]) == 1


def test_times_slept_through_make_one_reminder(campus: Campus) -> None:
    asked(campus)
    assert flow.run(at=at(15)) == 6
    assert flow.run(at=at(15, 1)) == 0
    assert Reminder.objects.count() == 2
    assert len(told()[campus.students[5].pk]) == 1


def test_a_closed_round_reminds_nobody(campus: Campus) -> None:
    round_ = asked(campus)
    round_.state, round_.closed_at = "closed", clock.now()
    round_.save()
    assert flow.run(at=at(15)) == 0


def test_reminder_times_of_a_window_over_midnight(campus: Campus) -> None:
    round_ = asked(campus, opens=time(22), closes=time(7), reminders=[time(23), time(6), time(12)])
    assert flow.reminder_moments(round_) == [at(23), at(6, days=1)]


def test_a_round_of_units_reminds_whoever_confirms_for_them(campus: Campus) -> None:
    asked(campus, asks="units", unit_kind="college", person_kind="", title="零报告")
    assert flow.run(at=at(9)) == 1
    assert told() == {campus.secretary.pk: ["您还有 1 个单位没有上报：零报告"]}


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_remind_once() -> None:
    campus = Campus()
    asked(campus)
    reminded = at_once(lambda: flow.run(at=at(9)))
    assert sorted(reminded) == [0, 6]
    assert len(told()[campus.students[5].pk]) == 1
