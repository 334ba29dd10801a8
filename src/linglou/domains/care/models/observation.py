"""Medical observation and isolation: why, from when, until when, by which rule; and everything that was decided about it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.models.plans import Plan
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class Ground(models.TextChoices):
    """Why somebody is watched: the words of the rulebook's observation and release rows."""

    CLOSE_CONTACT = "close-contact", _("密接人员")
    CONTACT_OF_CONTACT = "contact-of-contact", _("次密接人员")
    RETURNEE = "returnee", _("风险地区返校")
    SUSPECTED = "suspected", _("疑似病例")
    CASE = "case", _("病例（确诊或临床诊断）")
    ASYMPTOMATIC = "asymptomatic", _("无症状感染者")


class ObservationState(models.TextChoices):
    WATCHING = "watching", _("观察中")
    RELEASED = "released", _("已解除")
    CONVERTED = "converted", _("转为病例")
    WITHDRAWN = "withdrawn", _("已撤销")
    ENDED = "ended", _("已终止")


class Observation(models.Model):
    """One ground on which a person is watched; a person may have several, in one plan, and the last day of all counts.

    ``source_key`` names where it came from (``contact:12``, ``case:3``, ``screening:7``). Days are counted from ``since``, which is day
    0; ``last_day`` None: until the release criteria are met. ``rule_id`` and ``rule_edition`` name the row that gave the days."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="observations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="observations")
    source_key = models.CharField(max_length=40)
    ground = models.CharField(max_length=20, choices=Ground.choices)
    disease = models.CharField(max_length=40, blank=True)
    since = models.DateField()
    last_day = models.DateField(null=True)
    checks_per_day = models.PositiveSmallIntegerField()
    places = ArrayField(models.CharField(max_length=16), default=list)
    rule_id = models.CharField(max_length=60, blank=True)
    rule_edition = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=ObservationState.choices, default=ObservationState.WATCHING)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    flowed_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school plan person source_key rule_id rule_edition opened_at ended_at flowed_at",
        sensitive="ground disease since last_day checks_per_day places state",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "source_key"], name="observation_once_per_source")]
        indexes = [
            models.Index(fields=["person"], condition=Q(state="watching"), name="observation_watching"),
            models.Index(fields=["school", "state", "last_day"], name="observation_by_last_day"),
            models.Index(fields=["opened_at"], condition=Q(flowed_at=None), name="observation_not_flowed"),
        ]


class ObservationEvent(models.Model):
    """What was decided about an observation, when, by whom and by which rule. Append-only. ``answer`` is what the release criteria
    said at that moment (met, not-met, unknown; '' where none speaks)."""

    observation = models.ForeignKey(Observation, models.PROTECT, related_name="events")
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    event = models.CharField(max_length=12)
    last_day = models.DateField(null=True)
    answer = models.CharField(max_length=8, blank=True)
    rule_id = models.CharField(max_length=60, blank=True)
    rule_edition = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=400, blank=True)

    privacy = classify(
        internal="id observation at by event rule_id rule_edition",
        sensitive="last_day answer reason",
        retention=Retention.RESPONSE,
    )
