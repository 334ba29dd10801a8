"""Whose tasks are whose: the owner's own, and those about the units somebody leads."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


def visible_tasks(actor: Actor) -> QuerySet[Task]:
    """The actor's own tasks and those of the unit subtrees that the actor leads."""
    mine = Q(owner_id=actor.person_id) | within(actor, Verb.HANDLE_TASKS)
    return Task.objects.filter(mine, school_id=actor.school_id).select_related("unit", "about", "owner")


def task_for(actor: Actor, task_id: int) -> Task:
    """Raises ``Problem(NOT_FOUND)``, whether it is absent or not the actor's to see."""
    task = visible_tasks(actor).filter(pk=task_id).first()
    if task is None:
        raise Problem(NOT_FOUND)
    return task
