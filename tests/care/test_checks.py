"""People under observation are asked as often as the rule says, by rounds of their own; and nobody goes unchecked without an alarm."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine

from linglou.domains.care import checks
from linglou.domains.care.models import Observation
from linglou.domains.care.observation import actions
from linglou.domains.care.plans import actions as plans
from linglou.engines.notifications.models import Notification
from linglou.engines.rounds.calling_off import call_off
from linglou.engines.rounds.models import Round, Schedule
from linglou.engines.tasks.models import State, Task
from linglou.flows import nobody_checked_today_is_raised, observation_over_asks_for_release, round_opens_on_schedule
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.care import plan, watched
from tests.factories.cases import clinic
from tests.factories.people import Campus, actor
from tests.factories.rounds import submission, submit

TODAY = clock.day_of(clock.now())


def moment(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    return clock.moment(TODAY + timedelta(days=days), time(hour, minute))


class Ward:
    def __init__(self) -> None:
        self.campus = Campus()
        self.person: Person = self.campus.students[1]
        self.one: Observation = watched(self.person, self.campus.classes[0], at=moment(5))

    def open(self, at: datetime) -> list[Round]:
        round_opens_on_schedule.run(at=at)
        return list(Round.objects.filter(purpose=checks.PURPOSE).order_by("opens_at"))

    def answer(self, round_: Round, at: datetime, temperature: float = 36.5) -> None:
        severity = 2 if temperature >= 37.3 else 0
        submit(
            submission(
                round_, self.person, at=at, answers=f'{{"temperature": {temperature}, "symptoms": []}}', severity=severity
            )
        )

    def tasks(self, kind: str, state: str = State.OPEN) -> list[Task]:
        return list(Task.objects.filter(kind=kind, state=state))


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward()


def test_twice_a_day_is_two_rounds_of_their_own_and_they_ask_nobody_else(ward: Ward) -> None:
    assert Schedule.objects.filter(purpose=checks.PURPOSE).count() == 2
    (morning,) = ward.open(moment(7))
    rounds = ward.open(moment(15))
    assert [round_.group_key for round_ in rounds] == ["observation-1", "observation-2"]
    assert rounds[0] == morning
    found = checks.checks_of(ward.campus.school.pk, [ward.person.pk, ward.campus.students[2].pk], first=TODAY, last=TODAY)
    assert [check.round_id for check in found[ward.person.pk]] == [round_.pk for round_ in rounds]
    assert found[ward.campus.students[2].pk] == []


def test_once_a_day_is_asked_once_and_the_strictest_ground_decides(ward: Ward) -> None:
    other = ward.campus.students[2]
    watched(other, ward.campus.classes[0], at=moment(5), checks_per_day=1)
    ward.open(moment(15))
    found = checks.checks_of(ward.campus.school.pk, [other.pk], first=TODAY, last=TODAY)[other.pk]
    assert len(found) == 0  # the first check's window is over by now
    ward.open(moment(7, days=1))
    assert len(checks.checks_of(ward.campus.school.pk, [other.pk], first=TODAY, last=TODAY + timedelta(days=1))[other.pk]) == 1


def test_an_answer_is_a_check_and_so_is_a_line_of_the_log(ward: Ward) -> None:
    (morning,) = ward.open(moment(7))
    ward.answer(morning, moment(8), 38.2)
    with time_machine.travel(moment(21), tick=False):
        plans.log(
            plan=ward.one.plan,
            kind="check",
            text="",
            temperature=Decimal("37.9"),
            by=actor(ward.campus.counsellor),
            at=moment(21),
        )
    found = checks.checks_of(ward.campus.school.pk, [ward.person.pk], first=TODAY, last=TODAY)[ward.person.pk]
    assert [(check.temperature, check.is_abnormal, check.state(moment(22))) for check in found] == [
        (38.2, True, "abnormal"), (37.9, False, "done"),
    ]  # fmt: skip


def test_a_check_that_was_called_off_was_missed_by_nobody(ward: Ward) -> None:
    round_opens_on_schedule.run(at=moment(9))
    for one in Round.objects.filter(purpose=checks.PURPOSE):
        call_off(round_=one, reason="误开", by=None, at=moment(9, 30))
    assert checks.checks_of(ward.campus.school.pk, [ward.person.pk], first=TODAY, last=TODAY)[ward.person.pk] == []


def test_nobody_released_is_asked_any_more(ward: Ward) -> None:
    doctor = clinic(ward.campus.school)
    actions.release(observation=ward.one, said={}, reason="转诊", by=doctor, at=moment(6, 30))
    assert ward.open(moment(7)) == []


def test_whoever_was_not_checked_by_the_evening_is_a_task_that_climbs_and_a_check_settles_it(ward: Ward) -> None:
    ward.open(moment(7))
    assert nobody_checked_today_is_raised.run(at=moment(19, 59)) == 0
    assert nobody_checked_today_is_raised.run(at=moment(20)) == 1
    assert nobody_checked_today_is_raised.run(at=moment(20, 1)) == 0
    (task,) = ward.tasks("care-unchecked")
    assert (task.owner_id, task.about_id, task.climbs_every_minutes) == (ward.campus.counsellor.pk, ward.person.pk, 30)
    assert ward.person.name not in task.title
    assert Notification.objects.filter(person=ward.campus.counsellor, topic="care").count() == 1
    plans.log(
        plan=plan(ward.person), kind="check", text="上门查看，精神好", temperature=None, by=actor(ward.campus.counsellor),
        at=moment(20, 30),
    )  # fmt: skip
    assert nobody_checked_today_is_raised.run(at=moment(20, 31)) == 1
    assert ward.tasks("care-unchecked") == []


def test_who_answered_or_came_in_the_afternoon_raises_no_alarm(ward: Ward) -> None:
    (morning,) = ward.open(moment(7))
    ward.answer(morning, moment(8))
    watched(ward.campus.students[4], ward.campus.classes[1], at=moment(16))
    assert nobody_checked_today_is_raised.run(at=moment(21)) == 0


def test_when_the_last_day_is_over_the_clinic_decides_in_the_morning(ward: Ward) -> None:
    doctor = clinic(ward.campus.school)
    due = watched(ward.campus.students[2], ward.campus.classes[0], at=moment(5), day=22)
    assert observation_over_asks_for_release.run(at=moment(6)) == 0
    assert observation_over_asks_for_release.run(at=moment(7)) == 1
    (task,) = ward.tasks("care-release")
    assert (task.owner_id, task.due_at) == (doctor.person_id, moment(11))
    assert due.last_day
    actions.extend(observation=due, last_day=due.last_day + timedelta(days=3), reason="仍有咳嗽", by=doctor, at=moment(8))
    assert observation_over_asks_for_release.run(at=moment(9)) == 1
    assert ward.tasks("care-release") == []
    assert observation_over_asks_for_release.run(at=moment(9, days=3)) == 1
