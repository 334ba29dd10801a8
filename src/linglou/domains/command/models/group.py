"""The command group: who belongs to it, who stands in for whom, and who is responsible for what."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.foundation.people.models import Person, Unit
from linglou.kernel.privacy import Retention, classify


class Position(models.TextChoices):
    LEADER = "leader", _("组长")
    DEPUTY_LEADER = "deputy-leader", _("副组长")
    MEMBER = "member", _("成员")


class Member(models.Model):
    """Somebody belongs to the command group from one moment to another; a change ends the row and adds another. ``duty`` is the office held
    ("校党委书记"), ``deputy`` who stands in."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    position = models.CharField(max_length=14, choices=Position.choices)
    duty = models.CharField(max_length=60)
    deputy = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    recorded_by = models.BigIntegerField()

    privacy = classify(
        internal="id school person position duty deputy from_at to_at recorded_by", retention=Retention.PERMANENT
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "person"], condition=Q(to_at=None), name="group_member_once"),
            models.CheckConstraint(condition=~Q(deputy=models.F("person")), name="group_deputy_is_another"),
        ]


class OwnArea(models.Model):
    """A field of work that a school adds to those of the rulebook, until ``closed_at``."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    closed_at = models.DateTimeField(null=True)

    privacy = classify(public="id school name closed_at", retention=Retention.PERMANENT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "name"], condition=Q(closed_at=None), name="own_area_once")]

    @property
    def area(self) -> str:
        """Its code, where the rulebook's have theirs."""
        return f"own-{self.pk}"


class Responsibility(models.Model):
    """A field of work (``area``: the rulebook's code, or an ``OwnArea``'s) or a unit that a member is responsible for: exactly one of both."""

    school = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    area = models.CharField(max_length=40, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    recorded_by = models.BigIntegerField()

    privacy = classify(internal="id school person area unit from_at to_at recorded_by", retention=Retention.PERMANENT)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(unit=None) & ~Q(area="")) | Q(unit__isnull=False, area=""), name="responsibility_for_one_thing"
            ),
            models.UniqueConstraint(
                fields=["school", "person", "area"], condition=Q(to_at=None, unit=None), name="responsibility_area_once"
            ),
            models.UniqueConstraint(
                fields=["person", "unit"], condition=Q(to_at=None, unit__isnull=False), name="responsibility_unit_once"
            ),
        ]
