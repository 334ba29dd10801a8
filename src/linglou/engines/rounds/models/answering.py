"""What was answered, and how each unit stands. The large tables (Response, Revision) are partitioned by month on ``day``, carry
``school_id`` first in their key and are no foreign key's target."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.kernel.privacy import Retention, classify


class Source(models.TextChoices):
    """Who answered."""

    SELF = "self", _("本人填报")
    MONITOR = "monitor", _("班长代报")
    COUNSELLOR = "counsellor", _("辅导员代报")
    GUARDIAN = "guardian", _("家长代报")
    OFFICE = "office", _("防控办代报")


class Response(models.Model):
    """What a respondent (person, or unit in a round of units) last answered. ``was_*`` hold the state before the last
    revision, so that counters move by the difference."""

    pk = models.CompositePrimaryKey("school_id", "day", "round_id", "respondent_id")
    school_id = models.BigIntegerField()
    day = models.DateField()
    round_id = models.BigIntegerField()
    respondent_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    answers = models.JSONField()
    revision = models.IntegerField()
    source = models.CharField(max_length=10, choices=Source.choices)
    by_id = models.BigIntegerField(null=True)
    severity = models.SmallIntegerField(default=0)
    is_late = models.BooleanField(default=False)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    receipt = models.BigIntegerField()

    privacy = classify(
        internal="school_id day round_id respondent_id unit_id revision source by_id is_late first_at last_at receipt",
        sensitive="answers severity",
        retention=Retention.RESPONSE,
    )


class Revision(models.Model):
    """Every version of every response, as it was submitted. Append-only."""

    pk = models.CompositePrimaryKey("school_id", "day", "round_id", "respondent_id", "revision")
    school_id = models.BigIntegerField()
    day = models.DateField()
    round_id = models.BigIntegerField()
    respondent_id = models.BigIntegerField()
    revision = models.IntegerField()
    answers = models.JSONField()
    source = models.CharField(max_length=10, choices=Source.choices)
    by_id = models.BigIntegerField(null=True)
    severity = models.SmallIntegerField(default=0)
    is_late = models.BooleanField(default=False)
    at = models.DateTimeField()
    idempotency_key = models.CharField(max_length=64)
    receipt = models.BigIntegerField()

    privacy = classify(
        internal="school_id day round_id respondent_id revision source by_id is_late at idempotency_key receipt",
        sensitive="answers severity",
        retention=Retention.RESPONSE,
    )

    class Meta:
        indexes = [
            models.Index(fields=["receipt"], name="revision_by_receipt"),
            models.Index(fields=["at"], condition=~Q(source="self"), name="revision_by_proxy"),
        ]


class UnitCount(models.Model):
    """How a round stands at one unit (its whole subtree). Kept in the transaction of whatever changes it; the close recounts."""

    pk = models.CompositePrimaryKey("school_id", "round_id", "unit_id")
    school_id = models.BigIntegerField()
    round_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    roster = models.IntegerField(default=0)
    responded = models.IntegerField(default=0)
    excused = models.IntegerField(default=0)
    abnormal = models.IntegerField(default=0)
    proxied = models.IntegerField(default=0)
    late = models.IntegerField(default=0)

    privacy = classify(
        internal="school_id round_id unit_id roster responded excused abnormal proxied late", retention=Retention.PERMANENT
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(responded__gte=0, excused__gte=0) & Q(roster__gte=models.F("responded") + models.F("excused")),
                name="unit_count_adds_up",
            )
        ]

    @property
    def missing(self) -> int:
        return self.roster - self.responded - self.excused


CURVE_BIN_MINUTES = 5


class CurvePoint(models.Model):
    """First responses per five minutes since the round opened, at the units above the leaves: the curve of the morning."""

    pk = models.CompositePrimaryKey("school_id", "round_id", "unit_id", "bin")
    school_id = models.BigIntegerField()
    round_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    bin = models.SmallIntegerField()
    responded = models.IntegerField()

    privacy = classify(internal="school_id round_id unit_id bin responded", retention=Retention.PERMANENT)
