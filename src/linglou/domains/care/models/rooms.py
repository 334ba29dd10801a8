"""Isolation rooms and how many they hold; and where each person under care is."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.models.plans import Plan
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class PlaceKind(models.TextChoices):
    """Where somebody is watched: the words of the rulebook."""

    HOME = "home", _("家中")
    DORM = "dorm", _("本人寝室")
    ISOLATION_ROOM = "isolation-room", _("校内隔离房间")
    HOTEL = "hotel", _("集中隔离点")
    HOSPITAL = "hospital", _("医院")


class Site(models.Model):
    """A building or hotel with isolation rooms."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    kind = models.CharField(
        max_length=16, choices=[(one.value, one.label) for one in (PlaceKind.ISOLATION_ROOM, PlaceKind.HOTEL)]
    )
    address = models.CharField(max_length=120, blank=True)
    closed_at = models.DateTimeField(null=True)

    privacy = classify(public="id school name kind address closed_at", retention=Retention.PERMANENT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "name"], condition=Q(closed_at=None), name="site_name_once")]


class Room(models.Model):
    """``beds`` is how many people it holds; 0 takes it out of use."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=40)
    beds = models.PositiveSmallIntegerField(default=1)

    privacy = classify(public="id site name beds", retention=Retention.PERMANENT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="room_name_once")]


class Placement(models.Model):
    """Where a person under care is, from one moment to another; one open placement per plan. ``detail``: hospital and ward, hotel
    room, home address."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="placements")
    kind = models.CharField(max_length=16, choices=PlaceKind.choices)
    room = models.ForeignKey(Room, models.PROTECT, null=True, related_name="placements")
    detail = models.CharField(max_length=120, blank=True)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    privacy = classify(internal="id plan by from_at to_at", sensitive="kind room detail", retention=Retention.RESPONSE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan"], condition=Q(to_at=None), name="placement_open_once")]
        indexes = [models.Index(fields=["room"], condition=Q(to_at=None), name="placement_in_room")]
