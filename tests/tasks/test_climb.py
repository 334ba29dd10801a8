"""An overdue task climbs once, whoever ticks."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from linglou.engines.tasks import actions
from linglou.engines.tasks.models import Task, TaskEvent
from linglou.foundation.access.roles import Role
from linglou.kernel import clock
from tests.factories.people import Campus, holder
from tests.factories.tasks import task


@pytest.mark.django_db
def test_it_climbs_the_whole_chain_and_stays_at_the_top() -> None:
    campus = Campus()
    one = task(campus.classes[0], owner=campus.counsellor, owner_role=Role.COUNSELLOR)
    at = clock.now()
    owners = []
    for _step in range(5):
        climbed = actions.climb(at=at)
        one.refresh_from_db()
        owners.append((one.owner, climbed[0].moved))
        assert one.due_at > at
        assert actions.climb(at=at) == []
        at = one.due_at
    assert owners == [
        (campus.secretary, True), (campus.office, True), (campus.command, True), (campus.command, False),
        (campus.command, False),
    ]  # fmt: skip
    assert one.step == 3
    kinds = list(one.events.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["opened", "climbed", "climbed", "climbed", "stayed", "stayed"]


@pytest.mark.django_db
def test_what_is_not_due_or_not_open_stays_where_it_is() -> None:
    campus = Campus()
    later = task(campus.classes[0], owner=campus.counsellor, due_at=clock.now() + timedelta(minutes=5))
    done = task(campus.classes[0], owner=campus.counsellor)
    actions.settle(task=done, outcome="x", note="", by=None, at=clock.now())
    assert actions.climb(at=clock.now()) == []
    later.refresh_from_db()
    assert later.owner == campus.counsellor


@pytest.mark.django_db
def test_the_other_class_has_no_counsellor_so_its_task_goes_to_the_secretary() -> None:
    campus = Campus()
    orphan = task(campus.classes[1], owner=None)
    actions.climb(at=clock.now())
    orphan.refresh_from_db()
    assert (orphan.owner, orphan.owner_role) == (campus.secretary, Role.COLLEGE_SECRETARY)


@pytest.mark.django_db
def test_the_clinic_climbs_to_the_office() -> None:
    campus = Campus()
    nurse = holder(Role.CLINIC, campus.school)
    one = task(campus.classes[0], owner=nurse, owner_role=Role.CLINIC)
    actions.climb(at=clock.now())
    one.refresh_from_db()
    assert one.owner == campus.office


@pytest.mark.django_db(transaction=True)
def test_two_tickers_at_once_climb_each_task_once() -> None:
    """The second ticks while the first still holds its rows: it passes them over, and afterwards there is nothing left."""
    campus = Campus()
    for _n in range(6):
        task(campus.classes[0], owner=campus.counsellor, owner_role=Role.COUNSELLOR)
    at = clock.now()
    first_holds, second_done = threading.Event(), threading.Event()
    counts: dict[str, int] = {}

    def first() -> None:
        try:
            with transaction.atomic():
                counts["first"] = len(actions.climb(at=at, limit=4))
                first_holds.set()
                assert second_done.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert first_holds.wait(20)
    counts["second"] = len(actions.climb(at=at, limit=4))
    second_done.set()
    thread.join()
    assert counts == {"first": 4, "second": 2}
    assert actions.climb(at=at) == []
    assert set(Task.objects.values_list("step", "owner")) == {(1, campus.secretary.pk)}
    assert TaskEvent.objects.filter(kind="climbed").count() == 6


class Crash(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_a_crash_in_the_middle_leaves_the_task_due() -> None:
    campus = Campus()
    one = task(campus.classes[0], owner=campus.counsellor, owner_role=Role.COUNSELLOR)

    def crash() -> None:
        with transaction.atomic():
            actions.climb(at=clock.now())
            raise Crash

    with pytest.raises(Crash):
        crash()
    one.refresh_from_db()
    assert (one.owner, one.step, one.events.count()) == (campus.counsellor, 0, 1)
    assert len(actions.climb(at=clock.now())) == 1
