"""What is asked, when, and of whom: forms, schedules, rounds and the groups that rounds may ask."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.people.models import Person, PersonKind, Unit, UnitKind
from linglou.kernel.privacy import Retention, classify


class Asks(models.TextChoices):
    PEOPLE = "people", _("师生")
    UNITS = "units", _("单位")


# The purpose of the rounds that ask where people are: movement answers them, on a page of its own.
WHEREABOUTS = "whereabouts"


class Form(models.Model):
    """A published version of a form. ``questions`` is what ``daily.rules`` reads; a version never changes once published."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    key = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=80)
    questions = models.JSONField(default=list)
    published_at = models.DateTimeField()
    published_by = models.BigIntegerField(null=True)

    privacy = classify(public="id school key version title questions published_at published_by", retention=Retention.PERMANENT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "key", "version"], name="form_version_once")]


class Days(models.TextChoices):
    EVERY_DAY = "every-day", _("每天")
    WORKDAYS = "workdays", _("工作日")
    DAYS_OFF = "days-off", _("休息日")


class Schedule(models.Model):
    """When rounds open by themselves, for whom, and when people are reminded. Times are on the campus clock; a closing time
    at or before the opening time means the next day."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=40)
    title = models.CharField(max_length=80)
    asks = models.CharField(max_length=6, choices=Asks.choices, default=Asks.PEOPLE)
    audience = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person_kind = models.CharField(max_length=10, choices=PersonKind.choices, blank=True)
    unit_kind = models.CharField(max_length=14, choices=UnitKind.choices, blank=True)
    group_key = models.CharField(max_length=40, blank=True)
    form_key = models.CharField(max_length=40)
    days = models.CharField(max_length=10, choices=Days.choices, default=Days.EVERY_DAY)
    opens = models.TimeField()
    closes = models.TimeField()
    reminders = ArrayField(models.TimeField(), default=list, blank=True)
    from_day = models.DateField()
    to_day = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    # Every slot that closed by then has its round, or stands in ``NotAsked``; None: nobody has looked yet.
    accounted_until = models.DateTimeField(null=True)

    privacy = classify(
        public="id school purpose title asks audience person_kind unit_kind group_key form_key days opens closes reminders from_day "
        "to_day is_active accounted_until",
        retention=Retention.PERMANENT,
    )


class State(models.TextChoices):
    OPEN = "open", _("进行中")
    CLOSED = "closed", _("已结账")
    VOID = "void", _("已撤回")


class Asked(models.Manager["Round"]):
    """Rounds that were really asked: what was called off stands nowhere but in the trail."""

    def get_queryset(self) -> models.QuerySet[Round]:
        return super().get_queryset().exclude(state=State.VOID)


class Round(models.Model):
    """One asking. It exists from the moment it opens; ``roster_at`` is the moment whose roster is its denominator. ``every`` has those
    that were called off too."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    schedule = models.ForeignKey(Schedule, models.PROTECT, null=True, related_name="rounds")
    purpose = models.CharField(max_length=40)
    title = models.CharField(max_length=80)
    asks = models.CharField(max_length=6, choices=Asks.choices)
    audience = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person_kind = models.CharField(max_length=10, choices=PersonKind.choices, blank=True)
    unit_kind = models.CharField(max_length=14, choices=UnitKind.choices, blank=True)
    group_key = models.CharField(max_length=40, blank=True)
    form = models.ForeignKey(Form, models.PROTECT, related_name="+")
    day = models.DateField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    roster_at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True)

    objects = Asked()
    every = models.Manager["Round"]()

    privacy = classify(
        public="id school schedule purpose title asks audience person_kind unit_kind group_key form day opens_at closes_at roster_at "
        "state closed_at",
        retention=Retention.PERMANENT,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "day", "opens_at"], name="round_once_per_slot"),
            models.CheckConstraint(condition=Q(closes_at__gt=models.F("opens_at")), name="round_closes_after_opening"),
        ]
        indexes = [
            models.Index(fields=["school", "purpose", "-day"], name="round_by_day"),
            models.Index(fields=["closes_at"], condition=Q(state="open"), name="round_open_by_close"),
        ]


class Enrolment(models.Model):
    """Somebody is in a group that rounds ask (``group_key``) from one moment to another. Like memberships these rows are only added
    and ended, never earlier than the last opening, so that what a roster was it stays. To be in a group says something about a
    person: such a round is not for those who see *whether* somebody answered and never *what*."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    group_key = models.CharField(max_length=40)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    privacy = classify(internal="id school person starts_at ends_at", sensitive="group_key", retention=Retention.RESPONSE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "group_key", "person"], condition=Q(ends_at=None), name="enrolment_open_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")), name="enrolment_ends_after_start"
            ),
        ]
        indexes = [models.Index(fields=["person", "group_key"], name="enrolment_by_person")]


class NotAsked(models.Model):
    """A slot of a schedule whose round was not asked, because the system was down: no roster, nobody missing, no closing; but the
    day is not silently absent."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="not_asked")
    title = models.CharField(max_length=80)
    day = models.DateField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    noticed_at = models.DateTimeField()

    privacy = classify(public="id school schedule title day opens_at closes_at noticed_at", retention=Retention.PERMANENT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "day", "opens_at"], name="not_asked_once_per_slot")]
        indexes = [models.Index(fields=["school", "-day"], name="not_asked_by_day")]
