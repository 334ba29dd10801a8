"""One outcome; handing on along the chain; who sees which task."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.engines.tasks import access, actions, queries, rules
from linglou.engines.tasks.problems import CANNOT_OWN, TASK_NOT_OPEN
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT, NOT_FOUND
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, actor, holder
from tests.factories.tasks import task

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def test_settling_is_final_and_leaves_event_and_trail(campus: Campus) -> None:
    one = task(campus.classes[0], owner=campus.counsellor)
    by = actor(campus.counsellor)
    done = actions.settle(task=one, outcome="reached", note=" 平安 ", by=by, at=clock.now())
    assert (done.state, done.outcome, done.note, done.settled_by) == ("done", "reached", "平安", by.person_id)
    assert done.events.filter(kind="done", by_id=by.person_id).exists()
    assert Entry.objects.filter(action="task.settle", subject_id=one.pk, actor_id=by.person_id).exists()
    for again in (actions.settle, actions.cancel):
        words = {"outcome": "x"} if again is actions.settle else {}
        with pytest.raises(Problem) as refused:
            again(task=one, note="", by=by, at=clock.now(), **words)
        assert refused.value.kind is TASK_NOT_OPEN


def test_an_outcome_that_the_kind_does_not_know_is_refused(campus: Campus) -> None:
    assert "reached" in rules.KINDS["missing"].outcomes
    one = task(campus.classes[0], owner=campus.counsellor, kind="missing")
    by = actor(campus.counsellor)
    with pytest.raises(Problem) as refused:
        actions.settle(task=one, outcome="nonsense", note="", by=by, at=clock.now())
    assert refused.value.kind is INVALID_INPUT
    assert actions.settle(task=one, outcome="reached", note="", by=by, at=clock.now()).state == "done"


def test_handing_on_goes_along_the_chain_and_the_clock_stays(campus: Campus) -> None:
    one = task(campus.classes[0], owner=campus.counsellor, due_at=clock.now() + timedelta(hours=1))
    by = actor(campus.secretary)
    stranger = holder(Role.COUNSELLOR, campus.classes[1])
    with pytest.raises(Problem) as refused:
        actions.reassign(task=one, to=stranger, by=by, at=clock.now())
    assert refused.value.kind is CANNOT_OWN
    handed = actions.reassign(task=one, to=campus.secretary, by=by, at=clock.now(), note="我来")
    assert (handed.owner, handed.owner_role, handed.due_at) == (campus.secretary, Role.COLLEGE_SECRETARY, one.due_at)
    actions.cancel(task=one, note="", by=by, at=clock.now())
    with pytest.raises(Problem) as late:
        actions.reassign(task=one, to=campus.counsellor, by=by, at=clock.now())
    assert late.value.kind is TASK_NOT_OPEN


def test_candidates_are_the_chain_without_monitor_and_owner(campus: Campus) -> None:
    one = task(campus.classes[0], owner=campus.counsellor)
    people = [candidate.person_id for candidate in queries.candidates_for(one, at=clock.now())]
    assert people == [campus.secretary.pk, campus.office.pk, campus.command.pk]
    assert campus.secretary.name in queries.candidates_for(one, at=clock.now())[0].label


@pytest.mark.parametrize(
    ("who", "sees"),
    [("counsellor", True), ("secretary", True), ("office", True), ("command", True), ("monitor", False), ("nurse", False)],
)
def test_owner_and_leaders_see_a_task_and_nobody_else(campus: Campus, who: str, sees: bool) -> None:
    one = task(campus.classes[0], owner=campus.counsellor)
    person = holder(Role.CLINIC, campus.school) if who == "nurse" else getattr(campus, who)
    if sees:
        assert access.task_for(actor(person), one.pk) == one
    else:
        with pytest.raises(Problem) as refused:
            access.task_for(actor(person), one.pk)
        assert refused.value.kind is NOT_FOUND


def test_a_counsellor_of_another_class_does_not_see_it(campus: Campus) -> None:
    one = task(campus.classes[0], owner=campus.counsellor)
    other = actor(holder(Role.COUNSELLOR, campus.classes[1]))
    assert list(access.visible_tasks(other)) == []
    mine = task(campus.classes[1], owner=holder(Role.COUNSELLOR, campus.classes[1]))
    assert list(access.visible_tasks(other)) == [mine]
    assert set(queries.open_tasks_in(actor(campus.secretary))) == {one, mine}
    assert list(queries.open_tasks_in(actor(campus.secretary), campus.classes[1].path)) == [mine]


def test_load_per_owner_counts_overdue_first(campus: Campus) -> None:
    for minutes in (-10, 20, 30):
        task(campus.classes[0], owner=campus.counsellor, due_at=clock.now() + timedelta(minutes=minutes))
    task(campus.classes[0], owner=campus.secretary, due_at=clock.now() + timedelta(minutes=5))
    loads = queries.load_per_owner(actor(campus.office), at=clock.now())
    assert [(load.owner_id, load.open, load.overdue) for load in loads] == [
        (campus.counsellor.pk, 3, 1), (campus.secretary.pk, 1, 0),
    ]  # fmt: skip
    assert queries.my_open_tasks(campus.counsellor.pk).count() == 3
    assert queries.overdue_count(at=clock.now()) == 1
    due = [one.due_at for one in queries.my_open_tasks(campus.counsellor.pk)]
    assert due == sorted(due)


def test_a_note_leaves_the_task_open(campus: Campus) -> None:
    one = task(campus.classes[0], owner=campus.counsellor)
    actions.annotate(task=one, note="已打电话", at=clock.now(), by_id=campus.counsellor.pk)
    one.refresh_from_db()
    assert one.state == "open"
    assert one.events.get(kind="noted").note == "已打电话"
