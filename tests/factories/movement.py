"""Risk areas, and where people have been."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from linglou.domains.movement import rescreening
from linglou.domains.movement.models import RegionStay, Trip
from linglou.foundation.people.models import Person, Unit
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import clock


def today() -> date:
    return clock.day_of(clock.now())


def area(school: Unit, region: str, **changes: Any) -> RiskRegion:
    """A risk area in force since today."""
    fields: dict[str, Any] = {"level": "high", "from_day": today(), "issuer": "省疾控", "recorded_at": clock.now()}
    return RiskRegion.objects.create(school_id=school.pk, region=region, **(fields | changes))


def days_ago(days: int) -> date:
    return today() - timedelta(days=days)


def stay(person: Person, region: str, start: int, end: int | None = None, **changes: Any) -> RegionStay:
    """A stay from ``start`` days ago to ``end`` days ago (None: still there)."""
    fields: dict[str, Any] = {"source": "self", "place": "", "recorded_at": clock.now()}
    return RegionStay.objects.create(
        school_id=person.school_id, person_id=person.pk, region=region, from_day=days_ago(start),
        to_day=None if end is None else days_ago(end), **(fields | changes),
    )  # fmt: skip


def trip(person: Person, from_region: str, to_region: str, day: int, **changes: Any) -> Trip:
    """A trip so many days ago."""
    fields: dict[str, Any] = {"means": "train", "vehicle": "G1", "source": "self", "recorded_at": clock.now()}
    return Trip.objects.create(
        school_id=person.school_id, person_id=person.pk, day=days_ago(day), from_region=from_region, to_region=to_region,
        **(fields | changes),
    )  # fmt: skip


def screen(school: Unit) -> None:
    """What the tick does about the list and about whoever told something new."""
    at = clock.now()
    rescreening.everybody(school.pk, at=at)
    rescreening.persons(school.pk, at=at)
