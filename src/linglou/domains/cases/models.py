"""Cases, and everything that was ever decided, found and reported about them; and the contacts of each.

``Decision`` and ``Finding`` are append-only: what a clinician decided by which rule, and what was known when, can be read for
any past moment. ``Case`` holds where that stands now.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class Status(models.TextChoices):
    SUSPECTED = "suspected", _("疑似")
    PROBABLE = "probable", _("临床诊断")
    CONFIRMED = "confirmed", _("确诊")
    ASYMPTOMATIC = "asymptomatic", _("无症状感染者")
    RECOVERED = "recovered", _("痊愈")
    DIED = "died", _("死亡")
    EXCLUDED = "excluded", _("已排除")


class Whereabouts(models.TextChoices):
    """Where a patient is."""

    UNKNOWN = "unknown", _("待核实")
    CLINIC = "clinic", _("校医院留观")
    ISOLATION_ROOM = "isolation-room", _("校内隔离房间")
    HOSPITAL = "hospital", _("医院")
    HOME = "home", _("家中")
    DORM = "dorm", _("寝室")
    HOTEL = "hotel", _("集中隔离点")


class Case(models.Model):
    """A person with a disease, from the first suspicion on. ``unit`` is where the person stood then (class, department).
    ``rule_id`` and ``rule_edition`` name the definition by which the status was decided; '' where none speaks (an outcome)."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    person = models.ForeignKey(Person, models.PROTECT, related_name="cases")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    disease = models.CharField(max_length=40)
    status = models.CharField(max_length=12, choices=Status.choices)
    rule_id = models.CharField(max_length=60, blank=True)
    rule_edition = models.CharField(max_length=40, blank=True)
    onset = models.DateField(null=True)
    diagnosed_at = models.DateTimeField()
    whereabouts = models.CharField(max_length=14, choices=Whereabouts.choices, default=Whereabouts.UNKNOWN)
    hospital = models.CharField(max_length=80, blank=True)
    signal = models.ForeignKey("signals.Signal", models.PROTECT, null=True, related_name="+")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    opened_at = models.DateTimeField()
    opened_by = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school number person unit signal merged_into opened_at opened_by rule_id rule_edition",
        sensitive="disease status onset diagnosed_at whereabouts hospital ended_at",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "number"], name="case_number_once"),
            models.UniqueConstraint(
                fields=["person", "disease"], condition=Q(ended_at=None, merged_into=None), name="case_open_once"
            ),
        ]
        indexes = [models.Index(fields=["school", "disease", "-opened_at"], name="case_by_disease")]


class Decision(models.Model):
    """One thing decided about a case. ``answer`` is what the definition in force said at that moment (met, not-met, unknown, or
    '' where none speaks); the clinician decides. ``flowed_at``: when it was told on."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    event = models.CharField(max_length=20)
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12, choices=Status.choices)
    diagnosed_at = models.DateTimeField()
    rule_id = models.CharField(max_length=60, blank=True)
    rule_edition = models.CharField(max_length=40, blank=True)
    answer = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    flowed_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id case at by event rule_id rule_edition flowed_at",
        sensitive="from_status to_status diagnosed_at answer reason",
        retention=Retention.RESPONSE,
    )

    class Meta:
        indexes = [models.Index(fields=["at"], condition=Q(flowed_at=None), name="decision_not_flowed")]


class Finding(models.Model):
    """What is known of a case, one fact or event at a time. A fact (``said``) is of the rulebook's vocabulary; an event
    (``since``) is one that days are counted from. Laboratory facts carry their specimen. A correction supersedes."""

    class Kind(models.TextChoices):
        FACT = "fact", _("所见")
        EVENT = "event", _("时间")

    case = models.ForeignKey(Case, models.PROTECT, related_name="findings")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    code = models.CharField(max_length=40)
    said = models.BooleanField(null=True)
    since = models.DateTimeField(null=True)
    specimen = models.CharField(max_length=40, blank=True)
    laboratory = models.CharField(max_length=80, blank=True)
    sampled_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.BigIntegerField(null=True)
    superseded_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id case kind recorded_at recorded_by superseded_at",
        sensitive="code said since specimen laboratory sampled_at",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "code"], condition=Q(superseded_at=None), name="finding_current_once"
            )
        ]


class Report(models.Model):
    """A report of a case to the health authority: owed from the diagnosis on, by the clock of the rulebook (``due_at`` None: no
    statutory clock), or by the school's own rule that gives fewer hours (``own_rule``). ``content`` is the card as it was sent, frozen."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="reports")
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="report")
    stage = models.CharField(max_length=8)
    sequence = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField(null=True)
    rule_id = models.CharField(max_length=60, blank=True)
    rule_edition = models.CharField(max_length=40, blank=True)
    own_rule = models.ForeignKey("rulebook.OwnRule", models.PROTECT, null=True, related_name="+", db_index=False)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    means = models.CharField(max_length=8, blank=True)
    recipient = models.CharField(max_length=80, blank=True)
    reference = models.CharField(max_length=60, blank=True)
    content = models.JSONField(default=dict)
    void_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id case decision stage sequence due_at rule_id rule_edition own_rule sent_at sent_by means recipient reference void_at",
        sensitive="content",
        retention=Retention.RESPONSE,
    )


class ContactState(models.TextChoices):
    PROPOSED = "proposed", _("待审核")
    CONFIRMED = "confirmed", _("密接")
    REJECTED = "rejected", _("不是密接")
    LAPSED = "lapsed", _("已失效")


class Contact(models.Model):
    """Somebody who was with a case while it may have infected. The columns speak of the meeting that weighs most, ``meetings`` holds
    all of them (kind, place, minutes, first, last, distance, what the setting missed). ``via`` is the close contact through whom a
    contact of the second degree is one. ``rule_id`` and ``rule_edition`` name the contact definition that proposed it."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, related_name="contacts")
    person = models.ForeignKey(Person, models.PROTECT, related_name="contacts")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    degree = models.PositiveSmallIntegerField(default=1)
    via = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=ContactState.choices, default=ContactState.PROPOSED)
    is_close = models.BooleanField()
    missed = models.CharField(max_length=14, blank=True)
    where = models.CharField(max_length=14)
    place = models.CharField(max_length=120, blank=True)
    minutes = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    meetings = models.JSONField(default=list)
    by_hand = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    rule_id = models.CharField(max_length=60, blank=True)
    rule_edition = models.CharField(max_length=40, blank=True)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    flowed_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school case unit degree via state by_hand rule_id rule_edition proposed_at decided_at decided_by flowed_at",
        sensitive="person is_close missed where place minutes first_at last_at meetings note",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "person"], name="contact_once_per_case"),
            models.CheckConstraint(condition=Q(last_at__gte=models.F("first_at")), name="contact_ends_after_start"),
        ]
        indexes = [
            models.Index(fields=["school", "state", "-last_at"], name="contact_by_state"),
            models.Index(
                fields=["decided_at"], condition=Q(flowed_at=None, decided_at__isnull=False), name="contact_not_flowed"
            ),
        ]
