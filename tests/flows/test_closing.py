"""The close opens a search task for everyone missing; a late report or reaching the person ends it; otherwise it climbs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.engines.notifications.models import Notification
from linglou.engines.rounds.models import Closing, ContactAttempt, Round
from linglou.engines.rounds.problems import ALREADY_CLOSED
from linglou.engines.tasks.models import Task
from linglou.flows import (
    close_opens_search_tasks,
    overdue_task_climbs,
    report_settles_search_task,
    round_closes_on_time,
    task_handed_on_tells_owner,
)
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, actor
from tests.factories.rounds import open_round, submission, submit
from tests.races import at_once


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


@pytest.fixture
def closed(campus: Campus) -> Round:
    """Two of three reported in the first class, nobody in the second; then the close."""
    round_ = open_round(campus.school)
    submit(*(submission(round_, student) for student in campus.students[1:3]))
    close_opens_search_tasks.close(round_=round_, at=clock.now(), by=None)
    return Round.objects.get(pk=round_.pk)


def task_about(person: Person) -> Task:
    return Task.objects.get(about=person)


def attempt(campus: Campus, round_: Round, person: Person, result: str) -> None:
    ContactAttempt.objects.create(
        school=campus.school, round=round_, person=person, by=campus.counsellor, at=clock.now(), result=result, note="宿舍电话"
    )


def test_everyone_missing_has_a_task_with_an_owner_and_owners_are_told_once(campus: Campus, closed: Round) -> None:
    owners = {task.about_id: task.owner for task in Task.objects.all()}
    assert owners == {
        campus.students[0].pk: campus.counsellor,
        **{student.pk: campus.secretary for student in campus.students[3:]},
    }
    about_first = task_about(campus.students[0])
    assert close_opens_search_tasks.PERSON_KIND.page(about_first.key) == f"/people/{campus.students[0].pk}/"
    assert all(task.due_at - task.opened_at == close_opens_search_tasks.FIRST_CLOCK for task in Task.objects.all())
    told = dict(Notification.objects.filter(topic="missing").values_list("person_id", "subject"))
    assert {person: subject for person, subject in told.items() if "1 项" in subject}.keys() == {campus.counsellor.pk}
    assert {person: subject for person, subject in told.items() if "3 项" in subject}.keys() == {campus.secretary.pk}


def test_closing_again_is_refused_and_opens_nothing(campus: Campus, closed: Round) -> None:
    with pytest.raises(Problem) as refused:
        close_opens_search_tasks.close(round_=closed, at=clock.now(), by=actor(campus.office))
    assert refused.value.kind is ALREADY_CLOSED
    assert Task.objects.count() == 4


def test_when_the_tasks_cannot_be_opened_the_round_is_not_closed(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = open_round(campus.school)

    def fail(**_anything: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("linglou.engines.tasks.actions.open_many", fail)
    with pytest.raises(RuntimeError):
        close_opens_search_tasks.close(round_=round_, at=clock.now(), by=None)
    assert not Closing.objects.exists()
    assert Round.objects.get(pk=round_.pk).state == "open"


def test_a_late_report_settles_the_task(campus: Campus, closed: Round) -> None:
    late = campus.students[0]
    submit(submission(closed, late))
    assert report_settles_search_task.run(at=clock.now()) == 1
    assert (task_about(late).state, task_about(late).outcome) == ("done", "reported")
    assert report_settles_search_task.run(at=clock.now()) == 0
    assert Task.objects.filter(state="open").count() == 3


@pytest.mark.parametrize(
    ("result", "state"), [("called", "open"), ("unreachable", "open"), ("refused", "open"), ("reached", "done")]
)
def test_reaching_the_person_settles_it_and_other_attempts_are_noted(
    campus: Campus, closed: Round, result: str, state: str
) -> None:
    person = campus.students[0]
    attempt(campus, closed, person, result)
    assert report_settles_search_task.run(at=clock.now()) == 1
    assert report_settles_search_task.run(at=clock.now()) == 0
    task = task_about(person)
    assert task.state == state
    noted = task.events.get(kind="noted")
    assert (noted.by_id, noted.note.endswith("宿舍电话")) == (campus.counsellor.pk, True)


def test_nobody_acts_so_it_climbs_and_both_are_told(campus: Campus, closed: Round) -> None:
    at = clock.now() + close_opens_search_tasks.FIRST_CLOCK + timedelta(seconds=1)
    assert overdue_task_climbs.run(at=at) == 4
    assert overdue_task_climbs.run(at=at) == 0
    assert task_about(campus.students[0]).owner == campus.secretary
    assert task_about(campus.students[3]).owner == campus.office
    told = {(one.person_id, one.key.split(":")[1]) for one in Notification.objects.filter(topic="climb")}
    assert told == {
        (campus.secretary.pk, "to"), (campus.office.pk, "to"), (campus.counsellor.pk, "away"), (campus.secretary.pk, "away"),
    }  # fmt: skip


def test_at_the_top_the_owner_is_reminded_once_a_day(campus: Campus, closed: Round) -> None:
    at = clock.now() + timedelta(hours=3)
    for _step in range(4):
        overdue_task_climbs.run(at=at)
        at += timedelta(hours=1, minutes=1)
    assert set(Task.objects.values_list("owner", flat=True)) == {campus.command.pk}
    stays = Notification.objects.filter(topic="climb", key__startswith="climb:stay:")
    before = stays.count()
    overdue_task_climbs.run(at=at)
    assert stays.count() == before
    overdue_task_climbs.run(at=at + timedelta(days=1))
    assert stays.count() == before + 1


def test_rounds_close_on_time_and_a_failing_one_does_not_hold_up_the_rest(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = open_round(campus.school), open_round(campus.school, title="晚间")
    real = close_opens_search_tasks.close

    def close(*, round_: Round, **rest: object) -> Closing:
        if round_.pk == broken.pk:
            raise RuntimeError
        return real(round_=round_, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(close_opens_search_tasks, "close", close)
    monkeypatch.setattr(round_closes_on_time, "_not_before", {})
    at = broken.closes_at
    assert round_closes_on_time.run(at=at - timedelta(seconds=1)) == 0
    with pytest.raises(RuntimeError):
        round_closes_on_time.run(at=at)
    assert [closing.round_id for closing in Closing.objects.all()] == [sound.pk]
    assert round_closes_on_time.run(at=at + timedelta(seconds=1)) == 0  # not tried again at once
    monkeypatch.setattr(close_opens_search_tasks, "close", real)
    assert round_closes_on_time.run(at=at + round_closes_on_time.TRY_AGAIN_AFTER) == 1
    assert Closing.objects.count() == 2


def test_handing_on_tells_the_new_owner(campus: Campus, closed: Round) -> None:
    task = task_about(campus.students[0])
    task_handed_on_tells_owner.hand_on(task=task, to=campus.secretary, by=actor(campus.counsellor), at=clock.now())
    message = Notification.objects.get(topic="task")
    assert (message.person, message.link) == (campus.secretary, f"/tasks/{task.pk}/")


def test_a_round_of_units_opens_tasks_about_units(campus: Campus) -> None:
    round_ = open_round(campus.school, asks="units", unit_kind="college", person_kind="", title="零报告")
    close_opens_search_tasks.close(round_=round_, at=clock.now(), by=None)
    task = Task.objects.get()
    assert (task.unit, task.about, task.owner) == (campus.college, None, campus.secretary)
    assert campus.college.name in task.title
    assert close_opens_search_tasks.UNIT_KIND.page(task.key) == f"/board/{campus.college.pk}/"


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_close_once() -> None:
    round_ = open_round(Campus().school)
    closed = at_once(lambda: round_closes_on_time.run(at=round_.closes_at))
    assert sorted(closed) == [0, 1]
    assert Closing.objects.count() == 1
    assert Task.objects.count() == 6


def test_one_that_another_process_has_just_closed_is_passed_over(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = open_round(campus.school)
    close_opens_search_tasks.close(round_=round_, at=clock.now(), by=None)
    monkeypatch.setattr("linglou.engines.rounds.queries.due_to_close", lambda _at: [round_.pk])
    assert round_closes_on_time.run(at=round_.closes_at) == 0
    assert Closing.objects.count() == 1
