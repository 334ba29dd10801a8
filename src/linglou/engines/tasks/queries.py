"""Reads about tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from linglou.engines.tasks import rules
from linglou.engines.tasks.access import visible_tasks
from linglou.engines.tasks.models import State, Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import ROLE_NAMES, Role
from linglou.foundation.people import queries as people


def my_open_tasks(person_id: int) -> QuerySet[Task]:
    """What a person owes, the nearest clock first."""
    open_tasks = Task.objects.filter(owner_id=person_id, state=State.OPEN)
    return open_tasks.select_related("unit", "about", "owner").order_by("due_at", "pk")


def overdue_count(*, at: datetime) -> int:
    """Open tasks past their clock, in the whole installation: near zero while a worker ticks."""
    return Task.objects.filter(state=State.OPEN, due_at__lt=at).count()


def open_tasks_in(actor: Actor, path: str = "") -> QuerySet[Task]:
    """Open tasks that the actor may see, under a unit path if one is given, the nearest clock first."""
    return (
        visible_tasks(actor)
        .filter(state=State.OPEN, **({"unit__path__startswith": path} if path else {}))
        .order_by("due_at", "pk")
    )


@dataclass(frozen=True)
class Load:
    """How much one owner carries. ``overdue`` counts what is past its clock, or has climbed to them because it was."""

    owner_id: int
    name: str
    open: int
    overdue: int
    next_due_at: datetime


def load_per_owner(actor: Actor, *, at: datetime, path: str = "") -> list[Load]:
    """Open tasks per owner within what the actor may see, the heaviest load first."""
    rows = (
        open_tasks_in(actor, path)
        .exclude(owner=None)
        .order_by()
        .values("owner_id", "owner__name")
        .annotate(open=Count("pk"), overdue=Count("pk", filter=Q(due_at__lt=at) | Q(step__gt=0)), next=Min("due_at"))
        .order_by("-overdue", "-open", "owner_id")
    )
    return [Load(row["owner_id"], row["owner__name"], row["open"], row["overdue"], row["next"]) for row in rows]


@dataclass(frozen=True)
class Candidate:
    """Somebody on a task's responsible chain to whom it can be handed."""

    person_id: int
    name: str
    role: Role

    @property
    def label(self) -> str:
        return f"{self.name} · {ROLE_NAMES[self.role]}"


def candidates_for(task: Task, *, at: datetime) -> list[Candidate]:
    """Who may take a task over: the holders of its chain above the monitor, without its owner; of a kind that stays among the holders
    of a role, the others of them."""
    if within := rules.within(task.kind):
        others = [pk for pk in people.holders_of(within, school_id=task.school_id, at=at) if pk != task.owner_id]
        persons = people.persons_by_id(others)
        return [Candidate(pk, persons[pk].name, within) for pk in others]
    unit_id = task.unit_id or task.school_id
    links = people.chains_by_unit([unit_id], at=at)[unit_id][1:]
    steps = {person_id: role for holders in reversed(links) for role, person_id in holders if person_id != task.owner_id}
    names = people.persons_by_id(steps)
    return [Candidate(person_id, names[person_id].name, role) for person_id, role in reversed(list(steps.items()))]
