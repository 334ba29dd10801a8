"""What triage found: a person, the rule, how severe. Written by daily and movement, read by surveillance and cases."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class Severity(models.IntegerChoices):
    NONE = 0, _("正常")
    WATCH = 1, _("关注")
    ABNORMAL = 2, _("异常")
    URGENT = 3, _("紧急")


class State(models.TextChoices):
    NEW = "new", _("待处置")
    HANDLING = "handling", _("处置中")
    SETTLED = "settled", _("已处置")
    REVISED = "revised", _("本人已更正")


class Signal(models.Model):
    """``because`` names the facts that met the rule (question keys and codes), so that a clinician need not open the form.
    ``rule_id`` and ``rule_edition`` stay as they were: a rule change never rewrites a past decision. ``flowed_at`` and
    ``counted_at``: when what follows it up, and what counts it, took account of it as it now stands; null: not yet."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="signals")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    round_id = models.BigIntegerField(null=True)
    revision = models.IntegerField(default=1)
    rule_id = models.CharField(max_length=60)
    rule_edition = models.CharField(max_length=40)
    severity = models.SmallIntegerField(choices=Severity.choices)
    because = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    flowed_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.NEW)
    outcome = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=400, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.BigIntegerField(null=True)

    privacy = classify(
        internal="id school person unit round_id revision rule_id rule_edition raised_at flowed_at counted_at state "
        "settled_at settled_by",
        sensitive="severity because outcome note",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "round_id", "rule_id"], condition=Q(round_id__isnull=False), name="signal_once_per_round"
            )
        ]
        indexes = [
            models.Index(fields=["school", "state", "-raised_at"], name="signal_by_state"),
            models.Index(fields=["raised_at"], condition=Q(flowed_at=None), name="signal_not_flowed"),
            models.Index(fields=["raised_at"], condition=Q(counted_at=None), name="signal_not_counted"),
        ]
