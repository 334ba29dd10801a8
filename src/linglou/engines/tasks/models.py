"""A task has one owner, one clock, one outcome; overdue it climbs the responsible chain."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.roles import ROLE_NAMES, Role
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class State(models.TextChoices):
    OPEN = "open", _("待办")
    DONE = "done", _("已办")
    CANCELLED = "cancelled", _("已撤销")


class Task(models.Model):
    """``key`` makes opening idempotent: one task per (school, key). ``step`` counts how often it has climbed."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    title = models.CharField(max_length=160)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    about = models.ForeignKey(Person, models.PROTECT, null=True, related_name="tasks_about")
    owner = models.ForeignKey(Person, models.PROTECT, null=True, related_name="tasks_owned")
    owner_role = models.CharField(max_length=20, blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    climbs_every_minutes = models.PositiveIntegerField(default=60)
    step = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=400, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.BigIntegerField(null=True)

    privacy = classify(
        internal="id school kind key unit about owner owner_role opened_at due_at climbs_every_minutes step state "
        "outcome settled_at settled_by",
        personal="title note",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "key"], name="task_key_once"),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None) | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="task_settled_when_not_open",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="open"), name="task_open_by_due"),
            models.Index(fields=["owner", "due_at"], condition=Q(state="open"), name="task_open_by_owner"),
        ]

    @property
    def role_label(self) -> str:
        """By which post it is its owner's; '' when that is not known."""
        return str(ROLE_NAMES[Role(self.owner_role)]) if self.owner_role else ""


class TaskEvent(models.Model):
    """What happened to a task, append-only: opened, climbed, reassigned, done, cancelled."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12)
    by_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    note = models.CharField(max_length=400, blank=True)

    privacy = classify(internal="id task at kind by_id owner_id", personal="note", retention=Retention.RESPONSE)
