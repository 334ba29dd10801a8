"""Absence through illness, and each day's follow-up of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.models.certificates import Certificate
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class AbsenceState(models.TextChoices):
    OPEN = "open", _("缺课中")
    RETURNED = "returned", _("已复课")
    VOID = "void", _("登记有误")


class AbsentAt(models.TextChoices):
    """Where somebody who is absent through illness is."""

    UNKNOWN = "unknown", _("待核实")
    DORM = "dorm", _("寝室")
    HOME = "home", _("家中")
    CLINIC = "clinic", _("校医院留观")
    HOSPITAL = "hospital", _("医院")
    ISOLATION_ROOM = "isolation-room", _("校内隔离房间")
    HOTEL = "hotel", _("集中隔离点")


class Absence(models.Model):
    """A person who misses class or work through illness, from ``from_day`` until they return. ``unit`` is where they stood then;
    ``disease`` is a slug of the rulebook, '' while none is known. It ends by a certificate: the clinic's own (``certificate``,
    with ``judged``: what the criteria were judged by, and their answer) or a hospital's that was seen (``issuer``,
    ``issued_on``); or as an error (``reason``). ``returned_on`` is the first day back. ``flowed_at``: when its counsellor was told."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="absences")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=AbsenceState.choices, default=AbsenceState.OPEN)
    from_day = models.DateField()
    onset = models.DateField(null=True)
    symptoms = ArrayField(models.CharField(max_length=40), default=list)
    care_sought = models.BooleanField(null=True)
    hospital = models.CharField(max_length=80, blank=True)
    diagnosis = models.CharField(max_length=80, blank=True)
    disease = models.CharField(max_length=40, blank=True)
    whereabouts = models.CharField(max_length=14, choices=AbsentAt.choices, default=AbsentAt.UNKNOWN)
    signal = models.ForeignKey("signals.Signal", models.PROTECT, null=True, related_name="+")
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, related_name="+")
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    returned_on = models.DateField(null=True)
    certificate = models.OneToOneField(Certificate, models.PROTECT, null=True, related_name="absence")
    judged = models.JSONField(default=dict)
    issuer = models.CharField(max_length=80, blank=True)
    issued_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    flowed_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school person unit state signal case registered_at registered_by ended_at ended_by certificate flowed_at",
        sensitive="from_day onset symptoms care_sought hospital diagnosis disease whereabouts returned_on judged issuer issued_on "
        "reason",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(state="open"), name="absence_open_once"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="absence_ended_when_not_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned")
                | Q(returned_on__isnull=False, certificate__isnull=False)
                | (Q(returned_on__isnull=False, issued_on__isnull=False) & ~Q(issuer="")),
                name="absence_ends_by_certificate",
            ),
        ]
        indexes = [models.Index(fields=["school", "state", "-from_day"], name="absence_by_state")]


class FollowUp(models.Model):
    """One look after somebody who is absent: how they are on a campus day, and what comes of it. Append-only."""

    class Course(models.TextChoices):
        BETTER = "better", _("好转")
        SAME = "same", _("没有变化")
        WORSE = "worse", _("加重")

    class Outcome(models.TextChoices):
        RESTING = "resting", _("继续休息")
        SEEING_DOCTOR = "seeing-doctor", _("去就诊")
        ADMITTED = "admitted", _("住院治疗")
        ISOLATED = "isolated", _("隔离治疗或观察")
        RECOVERED = "recovered", _("已痊愈，待复课证明")

    absence = models.ForeignKey(Absence, models.PROTECT, related_name="follow_ups")
    day = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    course = models.CharField(max_length=6, choices=Course.choices)
    outcome = models.CharField(max_length=14, choices=Outcome.choices)
    care_sought = models.BooleanField(null=True)
    whereabouts = models.CharField(max_length=14, choices=AbsentAt.choices)
    note = models.CharField(max_length=400, blank=True)

    privacy = classify(
        internal="id absence day at by", sensitive="course outcome care_sought whereabouts note", retention=Retention.RESPONSE
    )

    class Meta:
        indexes = [models.Index(fields=["absence", "-day"], name="follow_up_by_day")]
