"""Where people are and have been, outside the campus too: stays in a region, and the trips between them.

Append-only: a row is never changed but for ``superseded_at``, by which a correction sets it aside.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from linglou.kernel.privacy import Retention, classify


class Source(models.TextChoices):
    """Who said so."""

    SELF = "self", _("本人填报")
    PROXY = "proxy", _("他人代报")
    VERIFIED = "verified", _("电话核实")


class Means(models.TextChoices):
    TRAIN = "train", _("火车")
    FLIGHT = "flight", _("飞机")
    COACH = "coach", _("长途汽车")
    SHIP = "ship", _("轮船")
    CAR = "car", _("私家车")
    TAXI = "taxi", _("出租车或网约车")
    OTHER = "other", _("其他")


def _next(sequence: str) -> Func:
    return Func(Value(sequence), function="nextval")


class RegionStay(models.Model):
    """A person was in a region from one day to another, both included; ``to_day`` None: is there still. ``region`` is a county's
    code (GB/T 2260); '' on campus, and '000000' abroad. No foreign key's target; ``school_id`` first in its key."""

    pk = models.CompositePrimaryKey("school_id", "id")
    school_id = models.BigIntegerField()
    id = models.BigIntegerField(db_default=_next("movement_regionstay_id"))
    person_id = models.BigIntegerField()
    region = models.CharField(max_length=6, blank=True, db_collation="C")
    place = models.CharField(max_length=80, blank=True)
    from_day = models.DateField()
    to_day = models.DateField(null=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school_id person_id source by_id recorded_at superseded_at",
        sensitive="region place from_day to_day",
        retention=Retention.RESPONSE,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(to_day=None) | Q(to_day__gte=F("from_day")), name="region_stay_ends_after_start")
        ]
        indexes = [
            models.Index(fields=["school_id", "person_id"], condition=Q(superseded_at=None), name="region_stay_by_person"),
            models.Index(
                fields=["school_id", "region", "from_day"], condition=Q(superseded_at=None), name="region_stay_by_region"
            ),
        ]


class Trip(models.Model):
    """A person travelled from one region to another on a day. Vehicle, carriage and seat are those of the ticket, so that who sat
    near can be found."""

    pk = models.CompositePrimaryKey("school_id", "id")
    school_id = models.BigIntegerField()
    id = models.BigIntegerField(db_default=_next("movement_trip_id"))
    person_id = models.BigIntegerField()
    day = models.DateField()
    from_region = models.CharField(max_length=6, blank=True, db_collation="C")
    to_region = models.CharField(max_length=6, blank=True, db_collation="C")
    means = models.CharField(max_length=6, choices=Means.choices)
    vehicle = models.CharField(max_length=20, blank=True)
    carriage = models.CharField(max_length=6, blank=True)
    seat_row = models.PositiveSmallIntegerField(null=True)
    seat_letter = models.CharField(max_length=2, blank=True)
    companions = models.CharField(max_length=120, blank=True)
    companion_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    privacy = classify(
        internal="id school_id person_id source by_id recorded_at superseded_at",
        sensitive="day from_region to_region means vehicle carriage seat_row seat_letter companions companion_ids",
        retention=Retention.RESPONSE,
    )

    class Meta:
        indexes = [
            models.Index(fields=["school_id", "person_id"], condition=Q(superseded_at=None), name="trip_by_person"),
            models.Index(fields=["school_id", "from_region", "day"], condition=Q(superseded_at=None), name="trip_by_departure"),
            models.Index(fields=["school_id", "to_region", "day"], condition=Q(superseded_at=None), name="trip_by_arrival"),
            models.Index(
                fields=["school_id", "day", "vehicle"], condition=Q(superseded_at=None) & ~Q(vehicle=""), name="trip_by_vehicle"
            ),
        ]
