"""A signal gets its owners and clocks by the rule that fired, once; settling or correcting it ends its tasks."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from linglou.domains.signals import actions as signals
from linglou.domains.signals.models import Signal
from linglou.engines.notifications.models import Notification
from linglou.engines.tasks.models import Task
from linglou.flows import (
    overdue_task_climbs,
    signal_in_hand_gives_time,
    signal_settled_closes_tasks,
    symptom_report_opens_signal,
)
from linglou.foundation.access.roles import Role
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock
from tests.factories.people import Campus, actor, holder
from tests.factories.signals import new_signal, record, signal


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


def tasks_of(one: Signal) -> dict[str, tuple[int | None, int]]:
    """Role -> (owner, minutes to act)."""
    return {
        task.key.rsplit(":", 1)[1]: (task.owner_id, round((task.due_at - task.opened_at).total_seconds() / 60))
        for task in Task.objects.filter(about_id=one.person_id)
    }


def test_counsellor_and_clinic_get_a_task_each_and_are_told_without_a_name(campus: Campus) -> None:
    nurse = holder(Role.CLINIC, campus.school)
    one = signal(campus.students[0], campus.classes[0], severity=3)
    at = clock.now()
    assert symptom_report_opens_signal.run(at=at) == 1
    assert tasks_of(one) == {"counsellor": (campus.counsellor.pk, 30), "clinic": (nurse.pk, 30)}
    told = Notification.objects.all()
    assert {message.person_id for message in told} == {campus.counsellor.pk, nurse.pk}
    for message in told:
        assert message.link == f"/signals/{one.pk}/"
        assert campus.students[0].name not in message.subject + message.body
        assert "发热" not in message.subject + message.body
    one.refresh_from_db()
    assert one.flowed_at == at
    assert symptom_report_opens_signal.run(at=at) == 0
    assert Task.objects.count() == 2


def test_the_clocks_are_those_of_the_rule_in_its_edition(campus: Campus) -> None:
    rule = next(rule for rule in rulebook.all_rules() if {task.role for task in rule.tasks} == {"counsellor", "clinic"})
    holder(Role.CLINIC, campus.school)
    one = signal(campus.students[0], campus.classes[0], rule_id=rule.rule_id, rule_edition=rule.edition)
    symptom_report_opens_signal.run(at=clock.now())
    assert {role: minutes for role, (_owner, minutes) in tasks_of(one).items()} == {
        task.role: task.minutes for task in rule.tasks
    }


def test_a_vacant_post_is_stood_in_for_by_the_chain(campus: Campus) -> None:
    one = signal(campus.students[3], campus.classes[1])  # no counsellor here, and no clinic at all
    symptom_report_opens_signal.run(at=clock.now())
    assert tasks_of(one) == {"counsellor": (campus.secretary.pk, 60), "clinic": (campus.secretary.pk, 60)}
    assert [message.person_id for message in Notification.objects.all()] == [campus.secretary.pk]


def test_the_clinics_staff_share_its_signals_and_all_are_told(campus: Campus) -> None:
    nurses = {holder(Role.CLINIC, campus.school).pk for _n in range(2)}
    for student in campus.students[:2]:
        signal(student, campus.classes[0])
    symptom_report_opens_signal.run(at=clock.now())
    owners = set(Task.objects.filter(owner_role=Role.CLINIC).values_list("owner_id", flat=True))
    assert owners == nurses
    assert Notification.objects.filter(person_id__in=nurses).count() == 4


def test_a_watch_signal_without_a_clock_opens_nothing(campus: Campus) -> None:
    one = signal(campus.students[0], campus.classes[0], severity=1)
    assert symptom_report_opens_signal.run(at=clock.now()) == 1
    assert not Task.objects.exists()
    one.refresh_from_db()
    assert one.flowed_at is not None


def test_more_than_one_batch_flows_in_one_run(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symptom_report_opens_signal, "BATCH", 2)
    record(*(new_signal(student, campus.classes[0]) for student in campus.students[:5]))
    assert symptom_report_opens_signal.run(at=clock.now()) == 5
    assert Task.objects.count() == 10


def test_settling_ends_the_tasks(campus: Campus) -> None:
    one = signal(campus.students[0], campus.classes[0])
    symptom_report_opens_signal.run(at=clock.now())
    by = actor(campus.counsellor)
    signals.handle(signal=one, by=by, at=clock.now())
    assert signal_settled_closes_tasks.run(at=clock.now()) == 0
    signals.settle(signal=one, outcome="excluded", note="", by=by, at=clock.now())
    assert signal_settled_closes_tasks.run(at=clock.now()) == 2
    assert set(Task.objects.values_list("state", "outcome")) == {("done", "signal-settled")}
    assert signal_settled_closes_tasks.run(at=clock.now()) == 0


def test_beginning_to_handle_gives_time_once(campus: Campus) -> None:
    one = signal(campus.students[0], campus.classes[0], severity=3)
    at = clock.now()
    symptom_report_opens_signal.run(at=at)
    assert signal_in_hand_gives_time.run(at=at) == 0
    signals.handle(signal=one, by=actor(campus.counsellor), at=at)
    assert signal_in_hand_gives_time.run(at=at) == 2
    until = at + signal_in_hand_gives_time.TIME_TO_FINISH
    assert set(Task.objects.values_list("due_at", flat=True)) == {until}
    assert overdue_task_climbs.run(at=until - timedelta(seconds=1)) == 0
    assert overdue_task_climbs.run(at=until) == 2
    assert signal_in_hand_gives_time.run(at=until) == 0


def test_a_signal_corrected_away_cancels_them_and_a_new_fever_opens_new_ones(campus: Campus) -> None:
    row = new_signal(campus.students[0], campus.classes[0])
    record(row)
    symptom_report_opens_signal.run(at=clock.now())
    with transaction.atomic(), connection.cursor() as cursor:
        signals.revise(cursor, [(row.person_id, row.round_id, 2)])
    signal_settled_closes_tasks.run(at=clock.now())
    assert set(Task.objects.values_list("state", flat=True)) == {"cancelled"}
    again = new_signal(campus.students[0], campus.classes[0], round_id=row.round_id, revision=3)
    record(again)
    assert symptom_report_opens_signal.run(at=clock.now() + timedelta(seconds=1)) == 1
    assert Task.objects.filter(state="open").count() == 2


def test_a_signal_corrected_away_before_it_flowed_opens_nothing(campus: Campus) -> None:
    one = signal(campus.students[0], campus.classes[0])
    Signal.objects.update(state="revised")
    assert symptom_report_opens_signal.run(at=clock.now()) == 1
    assert not Task.objects.filter(about_id=one.person_id).exists()


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_open_each_task_once() -> None:
    campus = Campus()
    record(*(new_signal(student, campus.classes[0]) for student in campus.students))
    first_holds, second_done = threading.Event(), threading.Event()
    flowed: dict[str, int] = {}

    def first() -> None:
        try:
            with transaction.atomic():
                flowed["first"] = symptom_report_opens_signal._flow_batch(clock.now())
                first_holds.set()
                assert second_done.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert first_holds.wait(20)
    flowed["second"] = symptom_report_opens_signal.run(at=clock.now())
    second_done.set()
    thread.join()
    assert flowed == {"first": 6, "second": 0}
    assert Task.objects.count() == 12
