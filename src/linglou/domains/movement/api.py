"""Movement for API clients: the list of risk areas, my whereabouts, the picture, the screening list."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from linglou.domains.movement import access, actions, explaining, picture, queries, telling, whereabouts
from linglou.domains.movement.rules import Stay
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook import actions as rulebook
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import clock, ids, regions
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

router = Router(tags=["movement"])
PLAIN = r"^[^\x00]*$"
PER_PAGE = 50
Id = Annotated[int, Path(ge=1, le=2**62)]


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


# -- whereabouts and screening -------------------------------------------------------------------------------------------


class ToldStay(Schema):
    id: int
    region: str = Field(description="A county's GB/T 2260 code; '' on campus, '000000' abroad.")
    name: str
    place: str
    from_day: date
    to_day: date | None = Field(None, description="Included; null while still there.")
    source: Literal["self", "proxy", "verified"]


class ToldTrip(Schema):
    id: int
    day: date
    from_region: str
    to_region: str
    means: str
    vehicle: str
    carriage: str
    seat_row: int | None
    seat_letter: str
    companions: str
    source: Literal["self", "proxy", "verified"]


class Gap(Schema):
    since: date
    until: date


class ToldAll(Schema):
    since: date
    until: date
    stays: list[ToldStay]
    trips: list[ToldTrip]
    gaps: list[Gap] = Field(description="Days of which nothing was told.")


Region = Annotated[str, Field(pattern=r"^([0-9]{6})?$", description="A county's code; '' on campus, '000000' abroad.")]


class NewStay(Schema):
    region: Region
    place: Annotated[str, Field(max_length=80, pattern=PLAIN)] = ""
    from_day: date
    to_day: date | None = None


class NewTripIn(Schema):
    day: date
    from_region: Region
    to_region: Region
    means: Literal["train", "flight", "coach", "ship", "car", "taxi", "other"]
    vehicle: Annotated[str, Field(max_length=20, pattern=PLAIN)] = ""
    carriage: Annotated[str, Field(max_length=6, pattern=PLAIN)] = ""
    seat_row: Annotated[int | None, Field(ge=1, le=999)] = None
    seat_letter: Annotated[str, Field(pattern=r"^[A-Z]?$")] = ""
    companions: Annotated[str, Field(max_length=120, pattern=PLAIN)] = ""
    companion_numbers: Annotated[list[Annotated[str, Field(max_length=40, pattern=PLAIN)]], Field(max_length=20)] = []


class ScreeningRow(Schema):
    id: int
    person_id: int
    person_name: str
    unit_id: int
    unit_name: str
    category: Literal["symptomatic", "contact", "in-area", "through"]
    state: Literal["open", "settled", "lifted"]
    reasons: list[str] = Field(description="In words.")
    advice: str
    until_day: date | None
    rule_id: str
    rule_edition: str
    outcome: str
    note: str
    owner_name: str | None
    opened_at: datetime
    ended_at: datetime | None


class ScreeningPage(Schema):
    items: list[ScreeningRow]
    total: int
    page: int
    per_page: int


class ScreeningEnd(Schema):
    outcome: Literal["window-over", "observed", "clinic", "postponed", "excluded"]
    note: Annotated[str, Field(max_length=400, pattern=PLAIN)] = ""


class PictureRow(Schema):
    unit_id: int
    name: str
    roster: int
    known: int
    unverified: int
    unknown: int
    away: int


class Picture(Schema):
    total: PictureRow
    parts: list[PictureRow]


def _told(teller: telling.Teller) -> dict[str, Any]:
    told = whereabouts.told_by(teller.person, at=clock.now(), only_by=teller.shown_of)
    stay_fields = ("id", "region", "place", "from_day", "to_day", "source")
    trip_fields = (
        "id", "day", "from_region", "to_region", "means", "vehicle", "carriage", "seat_row", "seat_letter", "companions", "source",
    )  # fmt: skip
    return {
        "since": told.since,
        "until": told.until,
        "stays": [
            {name: getattr(row, name) for name in stay_fields} | {"name": whereabouts.place_name(row.region, row.place)}
            for row in told.stays
        ],
        "trips": [{name: getattr(row, name) for name in trip_fields} for row in told.trips],
        "gaps": [{"since": since, "until": until} for since, until in told.gaps],
    }


def _teller(request: HttpRequest) -> telling.Teller:
    actor = actor_of(request)
    return telling.Teller(Person.objects.get(pk=actor.person_id), actor)


@router.get("/whereabouts/mine", response=ToldAll, summary="Where I am and have been, as I told")
def my_whereabouts(request: HttpRequest) -> dict[str, Any]:
    return _told(_teller(request))


@router.post(
    "/whereabouts/mine/stays", response=ToldAll, summary="Tell where I was or am; what I told of the same days gives way"
)
def tell_stay(request: HttpRequest, stay: NewStay) -> dict[str, Any]:
    return _tell_stay(_teller(request), stay)


@router.post("/whereabouts/mine/trips", response=ToldAll, summary="Tell a trip")
def tell_trip(request: HttpRequest, trip: NewTripIn) -> dict[str, Any]:
    return _tell_trip(_teller(request), trip)


@router.get(
    "/whereabouts/of/{person_id}",
    response=ToldAll,
    summary="What stands of somebody for whom I answer: a guardian sees only what they told, a class monitor nothing; 409 once somebody else told",
)
def whereabouts_of(request: HttpRequest, person_id: Id) -> dict[str, Any]:
    return _told(_proxy(request, person_id))


@router.post("/whereabouts/of/{person_id}/stays", response=ToldAll, summary="Tell for somebody where they were or are")
def tell_stay_for(request: HttpRequest, person_id: Id, stay: NewStay) -> dict[str, Any]:
    return _tell_stay(_proxy(request, person_id), stay)


@router.post("/whereabouts/of/{person_id}/trips", response=ToldAll, summary="Tell a trip for somebody")
def tell_trip_for(request: HttpRequest, person_id: Id, trip: NewTripIn) -> dict[str, Any]:
    return _tell_trip(_proxy(request, person_id), trip)


def _proxy(request: HttpRequest, person_id: int) -> telling.Teller:
    """Whoever answers for somebody; who sees what they told leaves a trace."""
    actor, at = actor_of(request), clock.now()
    teller = telling.for_somebody(person_id=person_id, by=actor, at=at)
    if not teller.is_blind and teller.person.pk != actor.person_id:
        telling.read_of([teller.person.pk], by=actor, at=at)
    return teller


def _tell_stay(teller: telling.Teller, stay: NewStay) -> dict[str, Any]:
    told = Stay(stay.region, stay.place, stay.from_day, stay.to_day)
    telling.add_stay(teller=teller, stay=told, key=ids.token(24), at=clock.now())
    return _told(teller)


def _tell_trip(teller: telling.Teller, trip: NewTripIn) -> dict[str, Any]:
    said = trip.dict() | {"companion_numbers": tuple(trip.companion_numbers)}
    telling.add_trip(teller=teller, trip=telling.NewTrip(**said), key=ids.token(24), at=clock.now())
    return _told(teller)


@router.get(
    "/whereabouts/picture", response=Picture, summary="How well everybody's whereabouts are known, by unit; counts alone"
)
def whereabouts_picture(
    request: HttpRequest,
    unit: Annotated[int | None, Query(ge=1, le=2**62, description="The widest there is when left out.")] = None,
) -> dict[str, Any]:
    actor, at = actor_of(request), clock.now()
    access.check_sees_counts(actor)
    shown = access.unit_to_picture(actor, unit)
    parts = picture.counts(shown, at=at)
    return {"total": _count(picture.total(shown, parts)), "parts": [_count(part) for part in parts]}


def _count(count: picture.Count) -> dict[str, Any]:
    names = ("roster", "known", "unverified", "unknown", "away")
    return {name: getattr(count, name) for name in names} | {"unit_id": count.unit.pk, "name": count.unit.name}


@router.get("/screenings", response=ScreeningPage, summary="The screening list in my scope, the most urgent class first")
def list_screenings(
    request: HttpRequest,
    state: Annotated[Literal["open", "settled", "lifted"], Query()] = "open",
    category: Annotated[Literal["", "symptomatic", "contact", "in-area", "through"], Query()] = "",
    unit: Annotated[int | None, Query(ge=1, le=2**62, description="A unit's id: its whole subtree.")] = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> dict[str, Any]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_WHEREABOUTS)
    chosen = queries.unit_to_filter_by(actor, str(unit)) if unit else None
    found = queries.screenings(actor, state=state, category=category, unit=chosen)
    if unit and chosen is None:
        found = found.none()
    start = (page - 1) * PER_PAGE
    rows = queries.listed(actor, list(found[start : start + PER_PAGE]), at=clock.now())
    return {"items": [_screening(row) for row in rows], "total": found.count(), "page": page, "per_page": PER_PAGE}


@router.post("/screenings/{screening_id}/settle", response=ScreeningRow, summary="Record how a screening ended")
def settle_screening(request: HttpRequest, screening_id: int, end: ScreeningEnd) -> dict[str, Any]:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.CHECK_WHEREABOUTS)
    one = queries.screening(actor, screening_id)
    actor.check(Verb.CHECK_WHEREABOUTS, at=[one.unit.path])
    actions.settle_screening(screening=one, outcome=end.outcome, note=end.note, by=actor, at=at)
    return _screening(queries.listed(actor, [queries.screening(actor, screening_id)], at=at)[0])


def _screening(said: explaining.Explained) -> dict[str, Any]:
    one = said.screening
    names = (
        "id", "person_id", "unit_id", "category", "state", "until_day", "rule_id", "rule_edition", "outcome", "note",
        "opened_at", "ended_at",
    )  # fmt: skip
    return {name: getattr(one, name) for name in names} | {
        "person_name": one.person.name,
        "unit_name": one.unit.name,
        "reasons": said.reasons,
        "advice": said.advice,
        "owner_name": one.task.owner.name if one.task and one.task.owner else None,
    }
