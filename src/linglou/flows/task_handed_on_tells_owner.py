"""Whoever hands a task on tells the new owner, in the same transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.people.models import Person
from linglou.kernel.language import moment


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
        subject=_("有一项任务转交给您"),
        body=format_lazy(_("{name}转交给您一项任务，请在 {until} 前办结。"), name=by.name, until=moment(handed.due_at)),
        link=f"/tasks/{handed.pk}/",
        at=at,
    )
    return handed
