"""The response level: the government sets it, the school records it, and what it changes inside the campus is applied through flows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.engines.rounds.models import Schedule
from linglou.foundation.people.models import Unit
from linglou.kernel.privacy import Retention, classify


class Level(models.TextChoices):
    """From the mildest to the strictest: the words of the rulebook."""

    ROUTINE = "routine", _("常态")
    IV = "IV", _("Ⅳ级响应")
    III = "III", _("Ⅲ级响应")
    II = "II", _("Ⅱ级响应")
    I = "I", _("Ⅰ级响应")  # noqa: E741 - the name of the level


class LevelProfile(models.Model):
    """What a level changes at a school, as its command group saved it; append-only, the latest of a level holds. ``effects``: an
    ``Effects`` of the rulebook."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=Level.choices)
    effects = models.JSONField()
    saved_at = models.DateTimeField()
    saved_by = models.BigIntegerField()

    privacy = classify(public="id school level effects saved_at saved_by", retention=Retention.PERMANENT)

    class Meta:
        indexes = [models.Index(fields=["school", "level", "-id"], name="level_profile_latest")]


class LevelChange(models.Model):
    """A level holds from ``from_at`` until the next one. The basis is the document that set it. ``effects`` are frozen here, with the row of
    the rulebook (or the profile) they come from. An undone change is as if the level before had gone on.

    The last three say what the flows have done about it, or about its undoing: nulled when it is undone."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=Level.choices)
    from_at = models.DateTimeField()
    issuer = models.CharField(max_length=120)
    document = models.CharField(max_length=160)
    number = models.CharField(max_length=60, blank=True)
    effects = models.JSONField()
    rule_id = models.CharField(max_length=60)
    edition = models.CharField(max_length=40)
    profile = models.ForeignKey(LevelProfile, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.BigIntegerField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.BigIntegerField(null=True)
    undone_reason = models.CharField(max_length=200, blank=True)
    told_at = models.DateTimeField(null=True)
    reporting_set_at = models.DateTimeField(null=True)
    measures_assigned_at = models.DateTimeField(null=True)

    privacy = classify(
        public="id school level from_at issuer document number effects rule_id edition profile recorded_at recorded_by undone_at undone_by "
        "undone_reason told_at reporting_set_at measures_assigned_at",
        retention=Retention.PERMANENT,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "from_at"], condition=Q(undone_at=None), name="level_change_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="level_change_undone_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["school", "-from_at"], name="level_change_in_force")]


class LevelScheduleKind(models.TextChoices):
    OPENED = "opened", _("新增")
    PAUSED = "paused", _("暂停")


class LevelSchedule(models.Model):
    """A schedule of rounds that a level opened, or paused because it opened a stricter one, until ``ended_at``. ``key`` says which: one that
    is wanted still is left alone."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    change = models.ForeignKey(LevelChange, models.PROTECT, null=True, related_name="schedules")
    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=LevelScheduleKind.choices)
    key = models.CharField(max_length=80)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    privacy = classify(public="id school change schedule kind key at ended_at", retention=Retention.PERMANENT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "key"], condition=Q(ended_at=None), name="level_schedule_once"),
        ]
