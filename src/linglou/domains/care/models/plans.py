"""The care plan of a person (一人一策): who answers for them, what they get, what happened each day, what they asked for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.fields import SealedTextField
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class PlanState(models.TextChoices):
    OPEN = "open", _("进行中")
    CLOSED = "closed", _("已结束")


class Plan(models.Model):
    """One open plan per person, whatever the grounds. ``responsible`` and ``supporter`` (psychological) are never empty: the database
    says so. ``family_consents`` None: not asked yet. ``unit`` is where the person stood when it was opened."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="plans")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    state = models.CharField(max_length=6, choices=PlanState.choices, default=PlanState.OPEN)
    responsible = models.ForeignKey(Person, models.PROTECT, related_name="+")
    supporter = models.ForeignKey(Person, models.PROTECT, related_name="+")
    clinician = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    tutor = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    family_name = models.CharField(max_length=80, blank=True)
    family_phone = SealedTextField(blank=True, default="")
    family_consents = models.BooleanField(null=True)
    meals = models.CharField(max_length=200, blank=True)
    medicines = models.CharField(max_length=200, blank=True)
    study = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.BigIntegerField(null=True)
    follow_up_on = models.DateField(null=True)
    closing_note = models.CharField(max_length=400, blank=True)

    privacy = classify(
        internal="id school person unit state responsible supporter clinician tutor opened_at closed_at closed_by follow_up_on",
        personal="family_name family_consents study",
        sensitive="family_phone meals medicines closing_note",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(state="open"), name="plan_open_once"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(closed_at__isnull=False, follow_up_on__isnull=False),
                name="plan_closes_with_follow_up",
            ),
        ]
        indexes = [models.Index(fields=["school", "state", "-opened_at"], name="plan_by_state")]


class LogKind(models.TextChoices):
    CHECK = "check", _("体温与症状")
    VISIT = "visit", _("上门查看")
    CALL = "call", _("电话联系")
    MEAL = "meal", _("送餐")
    MEDICINE = "medicine", _("用药")
    STUDY = "study", _("学习安排")
    OTHER = "other", _("其他")


class LogEntry(models.Model):
    """A line of the day's log. ``temperature`` in degrees Celsius; a check counts as the day's check."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="log")
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=LogKind.choices)
    temperature = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    text = models.CharField(max_length=400, blank=True)

    privacy = classify(internal="id plan at by kind", sensitive="temperature text", retention=Retention.RESPONSE)

    class Meta:
        indexes = [models.Index(fields=["plan", "-at"], name="care_log_by_plan")]


class NeedKind(models.TextChoices):
    MEAL = "meal", _("饮食")
    SUPPLY = "supply", _("生活用品")
    MEDICINE = "medicine", _("药品与就医")
    STUDY = "study", _("学习")
    FAMILY = "family", _("联系家人")
    MIND = "mind", _("想找人聊聊")
    OTHER = "other", _("其他")


class Need(models.Model):
    """Something the person asked for, answered by whoever has the task. ``flowed_at``: when the task was opened."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="needs")
    kind = models.CharField(max_length=8, choices=NeedKind.choices)
    text = models.CharField(max_length=400)
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    answer = models.CharField(max_length=400, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    flowed_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id plan raised_at raised_by answered_at answered_by flowed_at", sensitive="kind text answer",
        retention=Retention.RESPONSE,
    )  # fmt: skip

    class Meta:
        indexes = [models.Index(fields=["raised_at"], condition=Q(flowed_at=None), name="need_not_flowed")]
