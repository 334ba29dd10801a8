"""The frozen outcome of a round."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from linglou.engines.rounds.models.asking import Round
from linglou.foundation.people.models import Unit
from linglou.kernel.privacy import Retention, classify


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
