"""Who is screened and why, what changed for them, and what is still to be looked at."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.engines.tasks.models import Task
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class Category(models.TextChoices):
    """Classes of person, the most urgent first."""

    SYMPTOMATIC = "symptomatic", _("有症状")
    CONTACT = "contact", _("病例接触者")
    IN_AREA = "in-area", _("现在风险地区")
    THROUGH = "through", _("到过或途经风险地区")


class State(models.TextChoices):
    OPEN = "open", _("排查中")
    SETTLED = "settled", _("已办结")
    LIFTED = "lifted", _("已解除")


class Screening(models.Model):
    """One episode of one person: open at most once at a time. ``reasons`` are keys (``rules.reason``) that tell whether anything is
    new; ``because`` says the same in full. ``until_day`` is the last day of the window (None while it has not begun to run)."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="screenings")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    category = models.CharField(max_length=12, choices=Category.choices)
    reasons = ArrayField(models.CharField(max_length=80))
    because = models.JSONField()
    rule_id = models.CharField(max_length=60)
    rule_edition = models.CharField(max_length=40)
    until_day = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=400, blank=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True)
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="+")
    flowed_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school person unit rule_id rule_edition state opened_at changed_at ended_at ended_by task flowed_at",
        sensitive="category reasons because until_day outcome note",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "person"], condition=Q(state="open"), name="screening_open_once")
        ]
        indexes = [
            models.Index(fields=["school", "state", "category", "-opened_at"], name="screening_by_state"),
            models.Index(fields=["changed_at"], condition=Q(flowed_at=None), name="screening_not_flowed"),
        ]


class ScreeningEvent(models.Model):
    """What happened to a screening, so that it can be explained: ``gained`` and ``lost`` are reasons."""

    screening = models.ForeignKey(Screening, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=8)
    category = models.CharField(max_length=12, blank=True)
    before = models.CharField(max_length=12, blank=True)
    gained = ArrayField(models.CharField(max_length=80), default=list)
    lost = ArrayField(models.CharField(max_length=80), default=list)
    by_id = models.BigIntegerField(null=True)
    by_label = models.CharField(max_length=80, blank=True)

    privacy = classify(
        internal="id screening at kind by_id by_label", sensitive="category before gained lost", retention=Retention.RESPONSE
    )


class ReportedContact(models.Model):
    """Somebody was with a case: told by whoever traces contacts, by a key of theirs. The case is not named here."""

    school_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    key = models.CharField(max_length=60)
    last_day = models.DateField()
    until_day = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school_id person_id key recorded_at withdrawn_at", sensitive="last_day until_day",
        retention=Retention.RESPONSE,
    )  # fmt: skip

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school_id", "person_id", "key"], name="reported_contact_once"),
        ]


class ToScreen(models.Model):
    """Somebody about whom something new was recorded; taken away by the screening that looks at them."""

    school_id = models.BigIntegerField()
    person_id = models.BigIntegerField()

    privacy = classify(internal="id school_id person_id", retention=Retention.TRANSIENT)

    class Meta:
        indexes = [models.Index(fields=["school_id", "person_id"], name="to_screen_by_person")]


class ScreeningRun(models.Model):
    """Everybody of a school was screened against the list as it was: ``areas`` are the entries that bore, by id."""

    school_id = models.BigIntegerField()
    day = models.DateField()
    areas = ArrayField(models.BigIntegerField())
    at = models.DateTimeField()
    rule_id = models.CharField(max_length=60)
    rule_edition = models.CharField(max_length=40)
    added = models.IntegerField()
    changed = models.IntegerField()
    lifted = models.IntegerField()

    privacy = classify(
        internal="id school_id day areas at rule_id rule_edition added changed lifted", retention=Retention.PERMANENT
    )

    class Meta:
        indexes = [models.Index(fields=["school_id", "-id"], name="screening_run_latest")]
