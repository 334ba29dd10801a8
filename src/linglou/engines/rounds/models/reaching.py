"""Going after the missing: attempts to reach them, and reminders sent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from linglou.engines.rounds.models.asking import Round
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class Attempt(models.TextChoices):
    """What came of trying to reach someone."""

    CALLED = "called", _("已打电话")
    MESSAGED = "messaged", _("已发消息")
    REACHED = "reached", _("已联系上")
    REFUSED = "refused", _("拒绝填报")
    UNREACHABLE = "unreachable", _("联系不上")


class ContactAttempt(models.Model):
    """One attempt to reach a person who is missing from a round."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, models.PROTECT, related_name="attempts")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    result = models.CharField(max_length=12, choices=Attempt.choices)
    note = models.CharField(max_length=200, blank=True)

    privacy = classify(internal="id school round person by at result", personal="note", retention=Retention.RESPONSE)

    class Meta:
        indexes = [models.Index(fields=["round", "person"], name="attempt_by_person")]


class Reminder(models.Model):
    """A reminder time of a round that has been acted on: what makes the tick idempotent."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="reminders")
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    persons = models.IntegerField()

    privacy = classify(internal="id round due_at sent_at persons", retention=Retention.TRANSIENT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "due_at"], name="reminder_once")]
