"""A round asks everyone in an audience and closes with nobody unaccounted for.

The large tables (Response, Revision) are partitioned by month on ``day``, carry ``school_id`` first in their key and are no
foreign key's target. A round's roster is not stored: it is derived from the memberships valid, and known, at ``roster_at``.
"""

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


class Round(models.Model):
    """One asking. It exists from the moment it opens; ``roster_at`` is the moment whose roster is its denominator."""

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


class Attempt(models.TextChoices):
    """What came of trying to reach someone."""

    CALLED = "called", _("已打电话")
    MESSAGED = "messaged", _("已发消息")
    REACHED = "reached", _("已联系上")
    REFUSED = "refused", _("拒绝填报")
    UNREACHABLE = "unreachable", _("联系不上")


class ContactAttempt(models.Model):
    """One attempt to reach a person who is missing from a round."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, models.PROTECT, related_name="attempts")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    result = models.CharField(max_length=12, choices=Attempt.choices)
    note = models.CharField(max_length=200, blank=True)

    privacy = classify(internal="id school round person by at result", personal="note", retention=Retention.RESPONSE)

    class Meta:
        indexes = [models.Index(fields=["round", "person"], name="attempt_by_person")]


class Reminder(models.Model):
    """A reminder time of a round that has been acted on: what makes the tick idempotent."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="reminders")
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    persons = models.IntegerField()

    privacy = classify(internal="id round due_at sent_at persons", retention=Retention.TRANSIENT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "due_at"], name="reminder_once")]


class Closing(models.Model):
    """The frozen outcome of a round. ``digest`` covers its unit rows, missing rows and the previous closing's digest."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    round = models.OneToOneField(Round, models.PROTECT, related_name="closing")
    number = models.PositiveIntegerField()
    closed_at = models.DateTimeField()
    closed_by = models.BigIntegerField(null=True)
    roster = models.IntegerField()
    responded = models.IntegerField()
    excused = models.IntegerField()
    missing = models.IntegerField()
    abnormal = models.IntegerField()
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    privacy = classify(
        public="id school round number closed_at closed_by roster responded excused missing abnormal previous_digest digest",
        retention=Retention.PERMANENT,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "number"], name="closing_number_once"),
            models.CheckConstraint(
                condition=Q(roster=models.F("responded") + models.F("excused") + models.F("missing")),
                name="closing_adds_up",
            ),
        ]


class ClosingUnit(models.Model):
    """One unit in a closing. A leaf's ``digest`` covers who responded with which revision and answers, and who was excused."""

    pk = models.CompositePrimaryKey("school_id", "round_id", "unit_id")
    school_id = models.BigIntegerField()
    round_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    roster = models.IntegerField()
    responded = models.IntegerField()
    excused = models.IntegerField()
    missing = models.IntegerField()
    abnormal = models.IntegerField()
    digest = models.CharField(max_length=64, blank=True)

    privacy = classify(
        public="school_id round_id unit_id roster responded excused missing abnormal digest", retention=Retention.PERMANENT
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(roster=models.F("responded") + models.F("excused") + models.F("missing")),
                name="closing_unit_adds_up",
            )
        ]


class ClosingMissing(models.Model):
    """One person (or unit) missing at the close, with the owner who must find them and what had been tried."""

    pk = models.CompositePrimaryKey("school_id", "round_id", "respondent_id")
    school_id = models.BigIntegerField()
    round_id = models.BigIntegerField()
    respondent_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    owner_id = models.BigIntegerField(null=True)
    attempts = models.IntegerField()
    last_result = models.CharField(max_length=12, blank=True)

    privacy = classify(
        internal="school_id round_id respondent_id unit_id owner_id attempts last_result", retention=Retention.RESPONSE
    )
