"""Stays on campus: a person, a place, from when to when.

``Stay`` is the largest table of the installation (ten rows a person and day): partitioned by month on ``day``, ``school_id`` first
in its key, no foreign key's target. Its primary key INCLUDEs what tracing reads, so that the key alone answers who was at a place
when; ``stay_by_person`` answers where a person was.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify

# Minutes of a day whose clocks are put back.
LONGEST_DAY = 25 * 60


class PlaceKind(models.TextChoices):
    """What meetings there count as: the words of a contact definition's ``where`` (no definition names a gate)."""

    DORM_ROOM = "dorm-room", _("寝室")
    CLASS_SESSION = "class-session", _("教室")
    CANTEEN = "canteen", _("食堂")
    GATE = "gate", _("校门")
    GATHERING = "gathering", _("聚集性活动")
    VEHICLE = "vehicle", _("车辆")
    PLACE = "place", _("其他场所")


class Place(models.Model):
    """Somewhere people stay, as fine as it is known: a room, a canteen window's reader, a lane of a gate. ``longest`` is the
    longest stay ever recorded there, in minutes rounded up: whoever looks for overlaps need not look further back. It never
    shrinks, and grows in the transaction that writes the stay. ``rows`` and ``seats`` are the size of the seat chart, if known."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=14, choices=PlaceKind.choices)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    longest = models.PositiveSmallIntegerField(default=0)
    rows = models.PositiveSmallIntegerField(null=True)
    seats = models.PositiveSmallIntegerField(null=True)

    privacy = classify(public="id school kind code name unit longest rows seats", retention=Retention.PERMANENT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "kind", "code"], name="place_once"),
            models.CheckConstraint(condition=Q(longest__lte=LONGEST_DAY), name="place_longest_within_a_day"),
        ]

    def __str__(self) -> str:
        return self.name


class StaySource(models.TextChoices):
    """Where a stay is known from."""

    TIMETABLE = "timetable", _("课表")
    ATTENDANCE = "attendance", _("考勤")
    DORM = "dorm", _("住宿")
    CANTEEN = "canteen", _("食堂刷卡")
    GATE = "gate", _("门禁")
    SEAT_CHART = "seat-chart", _("座位表")
    SIGN_IN = "sign-in", _("签到")
    TRIP = "trip", _("行程")


class Direction(models.TextChoices):
    """Which way somebody went through a gate."""

    IN = "in", _("进校")
    OUT = "out", _("出校")


class Seat(models.Model):
    """Where a person sits at a place, from a seat chart: given to every stay there that names no seat of its own."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.CASCADE, related_name="chart")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    row = models.PositiveSmallIntegerField()
    col = models.PositiveSmallIntegerField()

    privacy = classify(internal="id school", sensitive="place person row col", retention=Retention.RESPONSE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "person"], name="seat_once")]


class Stay(models.Model):
    """A person at a place within one campus day (a longer stay is split at midnight). One that lasts no time says that the person
    was expected and was not there. ``seat_row`` and ``seat_col`` where the seat is known; ``direction`` at a gate, where the log says
    it; ``import_id`` of the file that said so."""

    pk = models.CompositePrimaryKey("school_id", "day", "place_id", "starts_at", "person_id")
    school_id = models.BigIntegerField()
    day = models.DateField()
    place_id = models.BigIntegerField()
    starts_at = models.DateTimeField()
    person_id = models.BigIntegerField()
    ends_at = models.DateTimeField()
    seat_row = models.SmallIntegerField(null=True)
    seat_col = models.SmallIntegerField(null=True)
    direction = models.CharField(max_length=3, choices=Direction.choices, null=True)
    source = models.CharField(max_length=10, choices=StaySource.choices)
    import_id = models.BigIntegerField(null=True)

    privacy = classify(
        internal="school_id source import_id",
        sensitive="day place_id starts_at person_id ends_at seat_row seat_col direction",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gte=models.F("starts_at")), name="stay_ends_after_start"),
        ]
        indexes = [
            models.Index(
                fields=["school_id", "person_id", "starts_at"],
                include=["day", "place_id", "ends_at", "seat_row", "seat_col"],
                name="stay_by_person",
            ),
            models.Index(
                fields=["school_id", "person_id", "starts_at"],
                include=["place_id", "direction"],
                condition=Q(source="gate"),
                name="stay_by_gate",
            ),
        ]


PARTITIONED = ("movement_stay",)


class StayFile(models.TextChoices):
    """What a file of stays is."""

    TIMETABLE = "timetable", _("课表")
    ATTENDANCE = "attendance", _("考勤")
    CANTEEN = "canteen", _("食堂刷卡")
    GATE = "gate", _("门禁")
    SIGN_IN = "sign-in", _("活动签到")
    SEAT_CHART = "seat-chart", _("座位表")


class StayImportState(models.TextChoices):
    QUEUED = "queued", _("等待读取")
    PREVIEWED = "previewed", _("待确认")
    APPLY_QUEUED = "apply-queued", _("等待写入")
    APPLIED = "applied", _("已导入")
    REFUSED = "refused", _("未能导入")
    DISCARDED = "discarded", _("已放弃")


class StayVerdict(models.TextChoices):
    NEW = "new", _("新增")
    CHANGED = "changed", _("变更")
    UNCHANGED = "unchanged", _("不变")
    REJECTED = "rejected", _("拒收")


class StayImport(models.Model):
    """One uploaded file of stays. ``options``: ``minutes`` that a canteen card means, ``term`` (the Monday of week 1); ``counts`` a
    number per verdict, of ``rows``, and of what was ``written``; ``refusal`` the problem that ended it."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=StayFile.choices)
    state = models.CharField(max_length=14, choices=StayImportState.choices, default=StayImportState.QUEUED)
    file_name = models.CharField(max_length=200)
    file_key = models.CharField(max_length=60, blank=True)
    options = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    refusal = models.JSONField(default=dict)
    titles = models.JSONField(default=list)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.BigIntegerField(null=True)
    uploaded_by_label = models.CharField(max_length=80)
    previewed_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school kind state file_name file_key options counts refusal titles uploaded_at uploaded_by previewed_at applied_at",
        personal="uploaded_by_label",
        retention=Retention.TRANSIENT,
    )

    class Meta:
        indexes = [models.Index(fields=["school", "-uploaded_at"], name="stayimport_by_time")]


class StayImportRow(models.Model):
    """One row of a file: who (``person_id``, or everybody of the class ``unit_id``), where, and when, day by day; written by COPY.
    ``said`` is the row as it stands in the file, for the error file; ``reasons`` why it is refused. An accepted row is deleted
    once it is written."""

    pk = models.CompositePrimaryKey("import_id", "n")
    import_id = models.BigIntegerField()
    n = models.IntegerField()
    line = models.IntegerField()
    verdict = models.CharField(max_length=10, choices=StayVerdict.choices)
    person_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    place_code = models.CharField(max_length=60)
    place_name = models.CharField(max_length=120)
    starts = ArrayField(models.DateTimeField())
    ends = ArrayField(models.DateTimeField())
    is_absent = models.BooleanField(default=False)
    seat_row = models.SmallIntegerField(null=True)
    seat_col = models.SmallIntegerField(null=True)
    direction = models.CharField(max_length=3, null=True)
    reasons = models.JSONField(default=list)
    said = models.JSONField(default=list)

    privacy = classify(
        internal="import_id n line verdict unit_id place_code place_name reasons",
        sensitive="person_id starts ends is_absent seat_row seat_col direction said",
        retention=Retention.TRANSIENT,
    )
