"""Call-backs: a random sample of those who told their whereabouts is telephoned, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class Sample(models.Model):
    """Drawn from ``frame`` people of a unit in an order that ``seed`` alone decides: drawn again from the same people it is the same."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    seed = models.BigIntegerField()
    size = models.PositiveIntegerField()
    frame = models.PositiveIntegerField()
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    privacy = classify(internal="id school unit seed size frame drawn_at drawn_by", retention=Retention.RESPONSE)


class CallBack(models.Model):
    """One person of a sample. ``result``: '' while it waits, else one of ``rules.RESULTS``."""

    sample = models.ForeignKey(Sample, models.CASCADE, related_name="calls")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()
    result = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    called_at = models.DateTimeField(null=True)
    called_by = models.BigIntegerField(null=True)

    privacy = classify(
        internal="id sample person unit drawn_at result tries called_at called_by",
        sensitive="note",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sample", "person"], name="call_back_once")]
        indexes = [models.Index(fields=["person", "-drawn_at"], name="call_back_by_person"),
                   models.Index(fields=["unit"], condition=Q(result__in=["", "not-reached"]), name="call_back_waiting")]  # fmt: skip
