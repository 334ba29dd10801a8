"""A decision reaches clinic, counsellor, college, office and command, each with an acknowledgement; the report has the clock of the
law, and a late one climbs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from linglou.domains.cases import actions
from linglou.domains.cases.actions import NewFindings
from linglou.domains.cases.models import Decision
from linglou.domains.signals import actions as signal_actions
from linglou.engines.notifications.models import Notification
from linglou.engines.tasks.models import State, Task
from linglou.flows import case_decided_tells_chain, overdue_task_climbs, suspected_signal_asks_for_case
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.kernel import clock
from tests.factories import signals
from tests.factories.cases import CONFIRMED, case, clinic
from tests.factories.people import Campus, actor, holder
from tests.races import at_once

ROLES = {"clinic", "counsellor", "college-secretary", "prevention-office", "command-group"}


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


@pytest.fixture
def doctor(campus: Campus) -> Actor:
    return clinic(campus.school)


def told(state: str = State.OPEN) -> set[str]:
    return set(Task.objects.filter(kind="case-told", state=state).values_list("owner_role", flat=True))


def test_everybody_who_has_to_know_is_asked_to_acknowledge(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    opened = case(campus.students[1], campus.classes[0], by=doctor, at=at)
    assert case_decided_tells_chain.run(at=at) == 1
    assert told() == ROLES
    assert {task.due_at for task in Task.objects.filter(kind="case-told")} == {at + timedelta(minutes=30)}
    messages = Notification.objects.filter(topic="case")
    for message in messages:
        assert opened.person.name not in message.subject + message.body
        assert "麻疹" not in message.subject + message.body
    everybody = {doctor.person_id, campus.counsellor.pk, campus.secretary.pk, campus.office.pk, campus.command.pk}
    assert set(messages.values_list("person_id", flat=True)) == everybody
    assert case_decided_tells_chain.run(at=at) == 0


def test_a_case_of_staff_has_no_counsellor_and_misses_nobody_else(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    case(campus.secretary, campus.college, by=doctor, at=at)
    case_decided_tells_chain.run(at=at)
    assert told() == ROLES - {"counsellor"}


def test_another_post_holder_may_acknowledge_and_nobody_else(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    opened = case(campus.students[1], campus.classes[0], by=doctor, at=at)
    case_decided_tells_chain.run(at=at)
    colleague = actor(holder(Role.CLINIC, campus.school))
    dean = actor(holder(Role.DEAN, campus.college))
    assert actions.acknowledge(case=opened, by=dean, at=at) == 0
    assert actions.acknowledge(case=opened, by=colleague, at=at) == 1
    assert actions.acknowledge(case=opened, by=colleague, at=at) == 0
    assert told(State.DONE) == {"clinic"}


def test_each_change_is_told_anew(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    opened = case(campus.students[1], campus.classes[0], by=doctor, at=at)
    case_decided_tells_chain.run(at=at)
    actions.record_findings(case=opened, findings=NewFindings(said=CONFIRMED), by=doctor, at=at)
    actions.decide(case=opened, event="confirm", diagnosed_at=at, by=doctor, at=at)
    case_decided_tells_chain.run(at=at)
    assert Task.objects.filter(kind="case-told", state=State.OPEN).count() == 2 * len(ROLES)
    assert list(opened.reports.order_by("sequence").values_list("stage", flat=True)) == ["initial", "progress"]


@pytest.mark.parametrize(
    ("disease", "day", "minutes", "rule"),
    [
        ("measles", None, 1440, "CLOCK-B"),
        ("covid-19", date(2020, 1, 25), 120, "CLOCK-A"),  # class B, managed as A
        ("covid-19", date(2023, 2, 1), 1440, "CLOCK-B"),
        ("influenza", None, 1440, "CLOCK-C"),
        ("varicella", None, None, ""),  # not notifiable one by one
    ],
)
def test_the_clock_is_that_of_the_day(
    campus: Campus, doctor: Actor, disease: str, day: date | None, minutes: int | None, rule: str
) -> None:
    at = clock.now()
    diagnosed = clock.moment(day, time(9)) if day else at
    event = "confirm" if day and day.year == 2023 else "suspect"
    opened = case(
        campus.students[1], campus.classes[0], by=doctor, at=at, disease=disease, diagnosed_at=diagnosed, event=event, reason="x",
        findings=NewFindings(),
    )  # fmt: skip
    report = opened.reports.first()
    if minutes is None:
        assert report is None
        return
    assert report is not None
    assert (report.due_at, report.rule_id, report.stage) == (diagnosed + timedelta(minutes=minutes), rule, "initial")


def test_a_report_that_is_late_climbs(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    diagnosed = at - timedelta(hours=23)
    opened = case(campus.students[1], campus.classes[0], by=doctor, at=at, diagnosed_at=diagnosed)
    case_decided_tells_chain.run(at=at)
    task = Task.objects.get(kind="case-report")
    assert (task.owner_id, task.due_at) == (doctor.person_id, opened.reports.get().due_at)
    overdue_task_climbs.run(at=at + timedelta(hours=2))
    task.refresh_from_db()
    assert (task.owner_id, task.owner_role, task.step) == (campus.office.pk, "prevention-office", 1)


def test_a_report_due_before_the_case_was_opened_is_asked_for_at_once(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    case(campus.students[1], campus.classes[0], by=doctor, at=at, diagnosed_at=at - timedelta(days=3))
    case_decided_tells_chain.run(at=at)
    assert Task.objects.get(kind="case-report").due_at == at + timedelta(minutes=15)


def test_what_is_taken_back_is_no_longer_asked_for(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    opened = case(campus.students[1], campus.classes[0], by=doctor, at=at)
    actions.record_findings(case=opened, findings=NewFindings(said=CONFIRMED), by=doctor, at=at)
    actions.decide(case=opened, event="confirm", diagnosed_at=at, by=doctor, at=at)
    case_decided_tells_chain.run(at=at)
    assert Task.objects.filter(kind="case-report", state=State.OPEN).count() == 2
    actions.undo(case=opened, by=doctor, at=at, reason="标本弄混")
    case_decided_tells_chain.run(at=at)
    assert Task.objects.filter(kind="case-report", state=State.OPEN).count() == 1
    assert Task.objects.filter(kind="case-report", state=State.CANCELLED).count() == 1


def test_a_signal_settled_as_suspected_asks_the_clinic_for_a_case(campus: Campus, doctor: Actor) -> None:
    at = clock.now()
    counsellor = actor(campus.counsellor)
    raised = signals.signal(campus.students[1], campus.classes[0])
    raised = signal_actions.handle(signal=raised, by=counsellor, at=at)
    signal_actions.settle(signal=raised, outcome="suspected", note="发热伴皮疹", by=counsellor, at=at)
    assert suspected_signal_asks_for_case.run(at=at) == 1
    assert suspected_signal_asks_for_case.run(at=at) == 0
    task = Task.objects.get(kind="case-open")
    assert (task.owner_id, task.owner_role) == (doctor.person_id, "clinic")
    case(campus.students[1], campus.classes[0], by=doctor, at=at)
    suspected_signal_asks_for_case.run(at=at)
    task.refresh_from_db()
    assert (task.state, task.outcome) == (State.DONE, "opened")


def test_a_case_opened_from_the_signal_asks_for_nothing_more(campus: Campus, doctor: Actor) -> None:
    raised = signals.signal(campus.students[1], campus.classes[0])
    case(campus.students[1], campus.classes[0], by=doctor, signal_id=raised.pk)
    assert suspected_signal_asks_for_case.run(at=clock.now()) == 0


@pytest.fixture
def ward(transactional_db: None) -> tuple[Campus, datetime]:
    campus, at = Campus(), clock.now()
    case(campus.students[1], campus.classes[0], by=clinic(campus.school), at=at)
    return campus, at


def test_two_workers_tell_once(ward: tuple[Campus, datetime]) -> None:
    _campus, at = ward
    assert sum(at_once(lambda: case_decided_tells_chain.run(at=at))) == 1
    assert Task.objects.filter(kind="case-told").count() == len(ROLES)
    assert not Decision.objects.filter(flowed_at=None).exists()
