"""Whoever speaks of self-harm is called at once, by the counselling centre alone; and what the centre knows stays there."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from linglou.domains.care.counselling import actions, queries
from linglou.domains.care.counselling.problems import NOT_ANSWERED, NOTHING_URGENT
from linglou.domains.care.models import Assessment, CounsellingNote
from linglou.engines.notifications.models import Notification
from linglou.engines.tasks import queries as task_queries
from linglou.engines.tasks.access import visible_tasks
from linglou.engines.tasks.models import Task
from linglou.flows import overdue_task_climbs, urgent_assessment_calls_for_help
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.counselling import CALM, SELF_HARM, assessment, centre
from tests.factories.people import Campus, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
def student(campus: Campus) -> Person:
    return campus.students[1]


@pytest.fixture
def staff(campus: Campus) -> list[Person]:
    return [centre(campus.school), centre(campus.school)]


def test_what_is_not_urgent_calls_nobody(student: Person, staff: list[Person]) -> None:
    assessment(student)
    assert not Task.objects.exists()
    assert not Notification.objects.exists()


def test_a_thought_of_self_harm_calls_the_centre_in_the_same_transaction(student: Person, staff: list[Person]) -> None:
    at = clock.now()
    taken = assessment(student, SELF_HARM, at=at)
    task = Task.objects.get()
    assert (task.due_at, task.climbs_every_minutes, task.owner_role) == (at + timedelta(minutes=15), 15, "counselling")
    assert task.owner_id in {one.pk for one in staff}
    assert (task.unit_id, task.about_id) == (None, None)
    assert set(Notification.objects.values_list("person_id", flat=True)) == {one.pk for one in staff}
    told = " ".join(f"{one.subject} {one.body} {one.link} {one.key}" for one in Notification.objects.all())
    for kept in (student.name, student.number, "自杀", "PHQ", "phq", "伤害"):
        assert kept not in told + task.title + task.key
    assert taken.is_urgent


def test_nothing_happens_when_it_cannot_be_told(student: Person, staff: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: object, **_more: object) -> None:
        raise RuntimeError("the outbox is gone")

    monkeypatch.setattr("linglou.engines.notifications.actions.notify_many", fails)
    with pytest.raises(RuntimeError):
        assessment(student, SELF_HARM)
    assert not Assessment.objects.exists()


def test_the_highest_band_calls_too(student: Person, staff: list[Person]) -> None:
    assessment(student, [3, 3, 3, 3, 3, 0, 0], instrument="gad-7")
    assert Task.objects.count() == 1


def test_it_climbs_within_the_centre_and_never_out_of_it(campus: Campus, student: Person, staff: list[Person]) -> None:
    at = clock.now()
    assessment(student, SELF_HARM, at=at)
    owners = [Task.objects.get().owner_id]
    for quarter in range(1, 5):
        overdue_task_climbs.run(at=at + timedelta(minutes=15 * quarter))
        owners.append(Task.objects.get().owner_id)
    assert set(owners[:2]) == {one.pk for one in staff}
    assert set(owners) == {one.pk for one in staff}
    assert Task.objects.get().due_at == at + timedelta(minutes=75)  # reminded every quarter of an hour, not once a day
    for leader in (campus.counsellor, campus.secretary, campus.office, campus.command):
        assert not visible_tasks(actor(leader)).exists()
    (candidate,) = task_queries.candidates_for(Task.objects.get(), at=at)
    assert candidate.person_id in {one.pk for one in staff}


def test_after_an_hour_those_above_hear_that_the_centre_does_not_answer(
    campus: Campus, student: Person, staff: list[Person]
) -> None:  # fmt: skip
    at = clock.now()
    assessment(student, SELF_HARM, at=at)
    assert urgent_assessment_calls_for_help.run(at=at + timedelta(minutes=59)) == 0
    assert urgent_assessment_calls_for_help.run(at=at + timedelta(minutes=60)) == 1
    assert urgent_assessment_calls_for_help.run(at=at + timedelta(minutes=61)) == 0
    late = Notification.objects.filter(key__startswith="counselling-late")
    assert set(late.values_list("person_id", flat=True)) == {campus.office.pk, campus.command.pk}
    for message in late:
        assert student.name not in message.subject + message.body
        assert message.link == ""


def test_without_anybody_at_the_centre_those_above_hear_at_once(campus: Campus, student: Person) -> None:
    at = clock.now()
    assessment(student, SELF_HARM, at=at)
    assert Task.objects.get().owner_id is None
    assert urgent_assessment_calls_for_help.run(at=at) == 1
    assert Notification.objects.filter(person=campus.office).count() == 1


def test_once_somebody_called_it_is_done(student: Person, staff: list[Person]) -> None:
    at, by = clock.now(), actor(staff[0])
    assessment(student, SELF_HARM, at=at)
    assessment(student, SELF_HARM, at=at)
    tomorrow = clock.day_of(at) + timedelta(days=1)
    note = actions.answer(person=student, outcome="talked", text="已面谈", by=by, at=at, follow_up_on=tomorrow)
    assert (note.outcome, note.follow_up_on) == ("talked", tomorrow)
    assert set(Task.objects.values_list("state", "outcome", "note")) == {("done", "contacted", "")}
    assert not Assessment.objects.filter(answered_at=None).exists()
    with pytest.raises(Problem) as refused:
        actions.answer(person=student, outcome="talked", text="再记", by=by, at=at)
    assert refused.value.kind is NOTHING_URGENT
    assert urgent_assessment_calls_for_help.run(at=at + timedelta(hours=2)) == 0


def test_half_a_questionnaire_is_none(student: Person) -> None:
    with pytest.raises(Problem) as refused:
        assessment(student, CALM[:8])
    assert refused.value.kind is NOT_ANSWERED
    assert not Assessment.objects.exists()


def test_answers_and_notes_are_sealed_at_rest(student: Person, staff: list[Person]) -> None:
    assessment(student, SELF_HARM)
    actions.answer(person=student, outcome="referred", text="夜里醒来会哭", by=actor(staff[0]), at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM care_assessment UNION ALL SELECT text || outcome FROM care_counsellingnote")
        raw = " ".join(row[0] for row in cursor.fetchall())
    for kept in (json.dumps(list(SELF_HARM)), "夜里", "referred"):
        assert kept not in raw
    assert CounsellingNote.objects.get().text == "夜里醒来会哭"


def test_a_note_cannot_be_changed_nor_deleted(student: Person, staff: list[Person]) -> None:
    note = actions.write_note(person=student, text="第一次谈话", by=actor(staff[0]), at=clock.now())
    for change in (lambda: CounsellingNote.objects.update(text="改了"), note.delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert CounsellingNote.objects.get().text == "第一次谈话"


def test_the_trail_says_that_and_never_what(student: Person, staff: list[Person]) -> None:
    by, at = actor(staff[0]), clock.now()
    assessment(student, SELF_HARM)
    actions.answer(person=student, outcome="emergency", text="已送医", by=by, at=at)
    queries.detail(by, student, at=at)
    entries = Entry.objects.filter(action__startswith="counselling").order_by("pk")
    assert [entry.action for entry in entries] == ["counselling.assess", "counselling.note", "counselling.read"]
    written = json.dumps(list(Entry.objects.values_list("action", "detail", "subject_type")), ensure_ascii=False)
    for kept in ("phq", "emergency", "已送医", "score", "severe"):
        assert kept not in written


def test_whoever_has_to_be_called_stands_first(campus: Campus, staff: list[Person]) -> None:
    at, by = clock.now(), actor(staff[0])
    calm, later, sooner, urgent = campus.students[:4]
    assessment(calm)
    today = clock.day_of(at)
    actions.write_note(person=later, text="x", by=by, at=at, follow_up_on=today + timedelta(days=5))
    actions.write_note(person=sooner, text="x", by=by, at=at, follow_up_on=today)
    assessment(urgent, SELF_HARM, at=at - timedelta(days=2))
    listed = list(queries.known_people(by, at=at))
    assert [person.pk for person in listed] == [urgent.pk, sooner.pk, later.pk, calm.pk]
    rows = queries.rows(by, listed, at=at)
    assert [(row.is_waiting, row.is_due) for row in rows] == [(True, False), (False, True), (False, False), (False, False)]
    assert rows[0].latest[0].names_self_harm
    assert queries.waiting_count(by) == 1


def test_supporters_are_those_who_hold_the_post(campus: Campus, staff: list[Person]) -> None:
    assert queries.supporters(campus.school.pk, clock.now()) == [one.pk for one in staff]
    assert queries.supporters(Campus().school.pk, clock.now()) == []
