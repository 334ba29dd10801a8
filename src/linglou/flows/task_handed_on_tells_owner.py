"""Whoever hands a task on tells the new owner, in the same transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.people.models import Person
from linglou.kernel import clock


@transaction.atomic
def hand_on(*, task: Task, to: Person, by: Actor, at: datetime, note: str = "") -> Task:
    """Raises what ``tasks.reassign`` raises; then nobody was told."""
    handed = tasks.reassign(task=task, to=to, by=by, at=at, note=note)
    event = handed.events.filter(kind="reassigned").latest("pk")
    notifications.notify(
        school_id=handed.school_id,
        topic="task",
        key=f"handed:{event.pk}",
        person_id=to.pk,
        subject="有一项任务转交给您",
        body=f"{by.name}转交给您一项任务，请在 {clock.local(handed.due_at):%m月%d日 %H:%M} 前办结。",
        link=f"/tasks/{handed.pk}/",
        at=at,
    )
    return handed
