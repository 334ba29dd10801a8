"""Occurrences (what is counted), events (what several of them have in common), and alerts (a threshold was reached)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linglou.domains.surveillance.rules import ACQUIRED, EVENTS, MEANS, OUTCOMES, PERSON_OUTCOMES
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class State(models.TextChoices):
    NEW = "new", _("待处置")
    HANDLING = "handling", _("处置中")
    SETTLED = "settled", _("已处置")
    WITHDRAWN = "withdrawn", _("已撤销")


class Event(models.Model):
    """Something that several people's illness has in common, or one person's unexplained severe illness, typed in by the clinic
    or the office. ``unit``: where it happened, when it was a class or a room."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=list(EVENTS.items()))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    day = models.DateField()
    what = models.CharField(max_length=400, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school unit day recorded_at recorded_by withdrawn_at", sensitive="kind what", retention=Retention.RESPONSE
    )

    class Meta:
        indexes = [models.Index(fields=["school", "-recorded_at"], name="event_by_school")]


class Occurrence(models.Model):
    """One thing that is counted, once: ``key`` names its source ("signal:123"). ``unit`` and ``room`` are where the person stood
    then. ``acquired``: where they were infected, '' when nobody knows; ``linked_to``: people who fell ill with the same and of whom
    one is a confirmed contact of the other. ``until``: the last day on which they were ill; null: still ill. ``is_due``: the thresholds have not taken account of it
    since it changed; ``evaluated_at``: when they last did."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=60)
    person = models.ForeignKey(Person, models.PROTECT, related_name="occurrences")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    room = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    day = models.DateField()
    at = models.DateTimeField()
    symptoms = ArrayField(models.CharField(max_length=40), default=list)
    rule_ids = ArrayField(models.CharField(max_length=60), default=list)
    disease = models.CharField(max_length=40, blank=True)
    event = models.CharField(max_length=20, blank=True, choices=list(EVENTS.items()))
    event_of = models.ForeignKey(Event, models.PROTECT, null=True, related_name="occurrences")
    outcome = models.CharField(max_length=12, blank=True, choices=list(PERSON_OUTCOMES.items()))
    until = models.DateField(null=True)
    acquired = models.CharField(max_length=8, blank=True, choices=list(ACQUIRED.items()))
    linked_to = ArrayField(models.BigIntegerField(), default=list)
    withdrawn_at = models.DateTimeField(null=True)
    is_due = models.BooleanField(default=True)
    evaluated_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school key person unit room day at event_of linked_to withdrawn_at is_due evaluated_at",
        sensitive="symptoms rule_ids disease event outcome until acquired",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "key"], name="occurrence_key_once")]
        indexes = [
            models.Index(fields=["school", "day"], condition=Q(withdrawn_at=None), name="occurrence_by_day"),
            models.Index(fields=["unit", "day"], condition=Q(withdrawn_at=None), name="occurrence_by_unit"),
            models.Index(fields=["room", "day"], condition=Q(withdrawn_at=None), name="occurrence_by_room"),
            models.Index(fields=["school"], condition=Q(is_due=True), name="occurrence_due"),
        ]


class Alert(models.Model):
    """A threshold was reached at ``unit`` (a room, a class, the school; of a ``person``: where they belong). ``rule_id`` and
    ``rule_edition`` stay as they were; ``own_rule``: the school's own rule that counts stricter than the row and raised it (null: the
    row did), ``clock_by``: the school's own rule whose shorter clock it has. ``counted`` says by which of the rule's counts (``rules.series_of``), ``first_day`` and
    ``last_day`` the windows that follow one another, ``n`` how many people count, ``basis`` how many of them by what (kinds of links; where they were infected). ``told_n``: how many they
    were when it was last told on. ``act_by``: null where the rule gives no number.
    ``opening`` counts how often it was opened: each opening has its tasks."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    scope = models.CharField(max_length=8)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    rule_id = models.CharField(max_length=60)
    rule_edition = models.CharField(max_length=40)
    own_rule = models.ForeignKey("rulebook.OwnRule", models.PROTECT, null=True, related_name="+", db_index=False)
    clock_by = models.ForeignKey("rulebook.OwnRule", models.PROTECT, null=True, related_name="+", db_index=False)
    counted = models.CharField(max_length=200)
    needed = models.IntegerField()
    rank = models.SmallIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    n = models.IntegerField()
    basis = models.JSONField(default=dict)
    told_n = models.IntegerField(default=0)
    opened_at = models.DateTimeField()
    act_by = models.DateTimeField(null=True)
    opening = models.SmallIntegerField(default=1)
    flowed_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    outcome = models.CharField(max_length=14, blank=True, choices=list(OUTCOMES.items()))
    note = models.CharField(max_length=400, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.BigIntegerField(null=True)
    reported_at = models.DateTimeField(null=True)
    reported_to = models.CharField(max_length=80, blank=True)
    means = models.CharField(max_length=10, blank=True, choices=list(MEANS.items()))
    reference = models.CharField(max_length=80, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")

    privacy = classify(
        internal="id school scope unit person rule_id rule_edition own_rule clock_by needed rank first_day last_day n told_n opened_at act_by "
        "opening flowed_at state settled_at settled_by reported_at reported_to means reference merged_into",
        sensitive="counted basis outcome note",
        retention=Retention.RESPONSE,
    )

    class Meta:
        indexes = [
            models.Index(fields=["school", "state", "-opened_at"], name="alert_by_state"),
            models.Index(fields=["school", "unit", "last_day"], name="alert_by_unit"),
            models.Index(fields=["opened_at"], condition=Q(flowed_at=None), name="alert_not_flowed"),
            models.Index(
                fields=["id"], condition=Q(state__in=("new", "handling"), n__gte=2 * F("told_n")), name="alert_has_doubled"
            ),
        ]


class AlertPerson(models.Model):
    """Somebody who counts towards an alert, and where they belonged when they did. ``left_at``: corrected away since."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="people", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    day = models.DateField()
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    privacy = classify(internal="id alert person unit day joined_at left_at", retention=Retention.RESPONSE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "person"], name="alert_person_once")]


class AlertEvent(models.Model):
    """What happened to an alert, append-only: opened, grew, told (again), fell, withdrawn, reopened, handled, settled."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="history")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12)
    n = models.IntegerField()
    by_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    privacy = classify(internal="id alert at kind n by_id", sensitive="detail", retention=Retention.RESPONSE)
