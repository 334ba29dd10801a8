"""What a school records beside the national packs: risk regions with dates, its terms, and rules of its own. The packs are YAML in ``packs/``."""

from django.db import models
from django.db.models import Q

from linglou.kernel.privacy import Retention, classify


class RiskRegion(models.Model):
    """A region (GB/T 2260 code; a prefix covers everything below it) that is a risk area from one day to another. ``place`` names
    what the list names inside it (a market, a building): who was in the region is asked about the place."""

    school_id = models.BigIntegerField()
    region = models.CharField(max_length=6, db_collation="C")
    place = models.CharField(max_length=80, blank=True, default="")
    level = models.CharField(max_length=20)
    from_day = models.DateField()
    to_day = models.DateField(null=True)
    issuer = models.CharField(max_length=120)
    source = models.CharField(max_length=240, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.BigIntegerField(null=True)
    withdrawn_reason = models.CharField(max_length=200, blank=True, default="")

    privacy = classify(
        public="id school_id region place level from_day to_day issuer source recorded_at recorded_by withdrawn_at withdrawn_by "
        "withdrawn_reason",
        retention=Retention.PERMANENT,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_day=None) | Q(to_day__gte=models.F("from_day")), name="risk_region_ends_after_start"
            )
        ]
        indexes = [models.Index(fields=["school_id", "from_day"], name="risk_region_by_day")]


class Term(models.Model):
    """A term of the school's calendar, for the rules that count "within the same term". Terms do not overlap; one that is wrong is
    withdrawn, and another is entered."""

    school_id = models.BigIntegerField()
    name = models.CharField(max_length=60)
    first_day = models.DateField()
    last_day = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.BigIntegerField(null=True)

    privacy = classify(
        public="id school_id name first_day last_day recorded_at recorded_by withdrawn_at withdrawn_by",
        retention=Retention.PERMANENT,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gt=models.F("first_day")), name="term_ends_after_start"),
        ]
        indexes = [models.Index(fields=["school_id", "first_day"], name="term_by_day")]


class OwnRule(models.Model):
    """What a school asks beside a row of the packs, from one day to another; never less than the row. Of an observation more
    ``days`` and ``checks_per_day``; of a threshold fewer ``people`` and a longer window (``window_days``); of a threshold or a
    report clock fewer ``hours`` (None: as the row says). ``looked_at``: when what was already counted was looked at again by it."""

    school_id = models.BigIntegerField()
    rule_id = models.CharField(max_length=60)
    text = models.CharField(max_length=400)
    document = models.CharField(max_length=120)
    days = models.PositiveSmallIntegerField(null=True)
    checks_per_day = models.PositiveSmallIntegerField(null=True)
    people = models.PositiveSmallIntegerField(null=True)
    window_days = models.PositiveSmallIntegerField(null=True)
    hours = models.PositiveSmallIntegerField(null=True)
    from_day = models.DateField()
    to_day = models.DateField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.BigIntegerField(null=True)
    looked_at = models.DateTimeField(null=True)

    privacy = classify(
        public="id school_id rule_id text document days checks_per_day people window_days hours from_day to_day recorded_at "
        "recorded_by withdrawn_at withdrawn_by looked_at",
        retention=Retention.PERMANENT,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_day=None) | Q(to_day__gte=models.F("from_day")), name="own_rule_ends_after_start"
            )
        ]
        indexes = [
            models.Index(fields=["school_id", "rule_id"], name="own_rule_by_rule"),
            models.Index(fields=["from_day"], condition=Q(looked_at=None, withdrawn_at=None), name="own_rule_not_looked_at"),
        ]
