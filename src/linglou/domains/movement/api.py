"""Movement for API clients: the list of risk areas."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from linglou.domains.movement import queries
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook import actions as rulebook
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import clock, regions
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

router = Router(tags=["movement"])
PLAIN = r"^[^\x00]*$"


class RiskArea(Schema):
    id: int
    region: str = Field(description="GB/T 2260 code, or the 2 or 4 digits that a province's or prefecture's codes begin with.")
    name: str
    place: str
    level: Literal["high", "medium", "watch"]
    from_day: date
    to_day: date | None = Field(None, description="Included; null until withdrawn.")
    issuer: str
    source: str
    state: Literal["now", "coming", "over", "withdrawn"]
    withdrawn_at: datetime | None
    withdrawn_reason: str


class NewRiskArea(Schema):
    region: Annotated[str, Field(pattern=r"^[0-9]{2}([0-9]{2}([0-9]{2})?)?$")]
    place: Annotated[str, Field(max_length=80, pattern=PLAIN)] = ""
    level: Literal["high", "medium", "watch"]
    from_day: date
    to_day: date | None = None
    issuer: Annotated[str, Field(min_length=1, max_length=120, pattern=PLAIN)]
    source: Annotated[str, Field(max_length=240, pattern=PLAIN)] = ""


class Withdrawal(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]


def _area(entry: RiskRegion, on: date) -> dict[str, Any]:
    shown = queries.shown_area(entry, on)
    names = ("region", "place", "level", "from_day", "to_day", "issuer", "source", "withdrawn_at", "withdrawn_reason")
    return {name: getattr(entry, name) for name in names} | {"id": entry.pk, "name": shown.name, "state": shown.state}


@router.get("/risk-areas", response=list[RiskArea], summary="Risk areas in force on a day, and those to come")
def list_risk_areas(
    request: HttpRequest, on: Annotated[date | None, Query(description="Today when left out.")] = None
) -> list[dict[str, Any]]:
    actor = actor_of(request)
    day = on or clock.day_of(clock.now())
    return [_area(row.entry, day) for row in queries.areas(actor.school_id, day)]


@router.post("/risk-areas", response={201: RiskArea}, summary="List a risk area")
def list_risk_area(request: HttpRequest, area: NewRiskArea) -> Status[dict[str, Any]]:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.KEEP_RISK_AREAS)
    errors = []
    if not regions.known(area.region.ljust(6, "0")):
        errors.append(FieldError("region", "unknown-region", "", area.region))
    if area.to_day and area.to_day < area.from_day:
        errors.append(FieldError("to_day", "before-start", "", str(area.to_day)))
    if errors:
        raise Problem(INVALID_INPUT, tuple(errors))
    said = area.dict() | {"region": regions.prefix(area.region.ljust(6, "0"))}
    return Status(201, _area(rulebook.list_risk_region(**said, by=actor, at=at), clock.day_of(at)))


@router.post("/risk-areas/{region_id}/withdraw", response=RiskArea, summary="Withdraw a risk area; it stays on record")
def withdraw_risk_area(request: HttpRequest, region_id: int, withdrawal: Withdrawal) -> dict[str, Any]:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.KEEP_RISK_AREAS)
    entry = rulebook.withdraw_risk_region(region_id=region_id, reason=withdrawal.reason, by=actor, at=at)
    return _area(entry, clock.day_of(at))
