"""A task is opened once by its key, in a set, with its event."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.engines.tasks import actions
from linglou.engines.tasks.models import Task, TaskEvent
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


def test_a_set_is_opened_once_and_what_is_new_is_told() -> None:
    campus = Campus()
    at = clock.now()

    def new(n: int) -> actions.NewTask:
        return actions.NewTask(
            key=f"k:{n}", title=f"任务{n}", due_at=at + timedelta(hours=1), owner_id=campus.counsellor.pk,
            unit_id=campus.classes[0].pk, about_id=campus.students[n].pk,
        )  # fmt: skip

    school_id = campus.school.pk
    first = actions.open_many(school_id=school_id, kind="k", tasks=[new(0), new(1)], at=at)
    again = actions.open_many(school_id=school_id, kind="k", tasks=[new(0), new(1), new(2)], at=at)
    assert [one.key for one in first] == ["k:0", "k:1"]
    assert [one.key for one in again] == ["k:2"]
    assert actions.open_many(school_id=school_id, kind="k", tasks=[], at=at) == []
    assert Task.objects.count() == TaskEvent.objects.filter(kind="opened").count() == 3
    assert Entry.objects.filter(action="task.open").count() == 2


def test_a_settled_duty_is_not_opened_again() -> None:
    campus = Campus()
    at = clock.now()
    new = actions.NewTask(key="once", title="一次", due_at=at, owner_id=campus.counsellor.pk)
    one = actions.open_task(school_id=campus.school.pk, kind="k", task=new, at=at)
    actions.settle(task=one, outcome="done", note="", by=None, at=at)
    assert actions.open_task(school_id=campus.school.pk, kind="k", task=new, at=at).state == "done"
