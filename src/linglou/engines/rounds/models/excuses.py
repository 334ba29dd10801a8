"""Who need not answer for a while, and which rounds that bears on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class ExcuseReason(models.TextChoices):
    LEAVE = "leave", _("请假离校")
    HOSPITAL = "hospital", _("住院治疗")
    ABROAD = "abroad", _("境外学习")
    INTERNSHIP = "internship", _("校外实习，已由实习单位管理")
    OTHER = "other", _("其他")


class Excuse(models.Model):
    """Someone who need not report for a while: reason, approver, end."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="excuses")
    reason = models.CharField(max_length=12, choices=ExcuseReason.choices)
    note = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    approved_at = models.DateTimeField()
    approved_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school person starts_at ends_at approved_at approved_by cancelled_at",
        personal="reason note",
        retention=Retention.MEMBERSHIP,
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="excuse_ends_after_start")]
        indexes = [models.Index(fields=["school", "ends_at"], name="excuse_by_end")]


class RoundExcuse(models.Model):
    """An excuse as it bears on one round: written when the round opens, or when the excuse is approved during it."""

    pk = models.CompositePrimaryKey("school_id", "round_id", "respondent_id")
    school_id = models.BigIntegerField()
    round_id = models.BigIntegerField()
    respondent_id = models.BigIntegerField()
    excuse_id = models.BigIntegerField()

    privacy = classify(internal="school_id round_id respondent_id excuse_id", retention=Retention.MEMBERSHIP)
