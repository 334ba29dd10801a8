"""Absence through illness for API clients: list, register, look at one, follow up, and end it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status
from pydantic import AfterValidator

from linglou.domains.care.absences import access, actions, knowledge, queries
from linglou.domains.care.models import Absence, FollowUp
from linglou.domains.daily.rules import SYMPTOMS
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT, NOT_FOUND
from linglou.kernel.problems import FieldError, Problem

router = Router(tags=["care"])
PER_PAGE = 50
Moment = Annotated[datetime, AfterValidator(clock.sent)]
Short = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")]
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Code = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]+$")]
Slug = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]*$")]
AbsenceState = Literal["open", "returned", "void"]
Where = Literal["unknown", "dorm", "home", "clinic", "hospital", "isolation-room", "hotel"]
Course = Literal["better", "same", "worse"]
Outcome = Literal["resting", "seeing-doctor", "admitted", "isolated", "recovered"]


class AbsenceSummary(Schema):
    id: int
    person_id: int
    person_name: str
    unit_id: int
    unit_name: str
    state: AbsenceState
    from_day: date
    onset: date | None
    symptoms: list[str]
    care_sought: bool | None
    hospital: str
    diagnosis: str
    disease: str
    whereabouts: Where
    seen_today: bool = Field(description="Somebody looked after the person today.")
    registered_at: datetime
    returned_on: date | None


class AbsencePage(Schema):
    items: list[AbsenceSummary]
    total: int
    page: int
    per_page: int


class FollowUpEntry(Schema):
    day: date
    at: datetime
    by_name: str
    course: Course
    outcome: Outcome
    care_sought: bool | None
    whereabouts: Where
    note: str


class AbsenceDetail(AbsenceSummary):
    follow_ups: list[FollowUpEntry] = Field(description="The latest first.")
    certificate_id: int | None = Field(description="The clinic's own certificate of return.")
    issuer: str = Field(description="Whose certificate was seen, where it was a hospital's.")
    issued_on: date | None
    answer: str = Field(description="What the criteria of the return said: met, not-met, unknown, or '' where none spoke.")
    reason: str


class Registering(Schema):
    person_number: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")]
    from_day: date
    onset: date | None = None
    symptoms: Annotated[list[Code], Field(max_length=20)] = []
    care_sought: bool | None = None
    hospital: Short = ""
    diagnosis: Short = ""
    disease: Slug = ""
    whereabouts: Where = "unknown"


class FollowingUp(Schema):
    course: Course
    outcome: Outcome
    care_sought: bool | None = None
    whereabouts: Where = "unknown"
    note: Annotated[str, Field(max_length=400, pattern=r"^[^\x00]*$")] = ""


class Accepting(Schema):
    issuer: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*\S[^\x00]*$")]
    issued_on: date
    returned_on: date


class Certifying(Schema):
    returned_on: date
    disease: Slug = Field("", description="By whose criteria; '' where no infectious disease is known.")
    facts: dict[Code, bool] = Field(default={}, description="Fact codes of the rulebook.")
    events: dict[Code, Moment] = Field(default={}, description="Event codes of the rulebook: since when.")
    reason: Text = Field("", description="Needed where the criteria are not met, or not known to be.")


class Voiding(Schema):
    reason: Text


def _summary(one: Absence, *, seen_today: bool) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in (
            "id", "person_id", "unit_id", "state", "from_day", "onset", "symptoms", "care_sought", "hospital", "diagnosis", "disease",
            "whereabouts", "registered_at", "returned_on",
        )},
        "person_name": one.person.name,
        "unit_name": one.unit.name,
        "seen_today": seen_today,
    }  # fmt: skip


def _entry(entry: FollowUp) -> dict[str, Any]:
    names = ("day", "at", "course", "outcome", "care_sought", "whereabouts", "note")
    return {**{name: getattr(entry, name) for name in names}, "by_name": entry.by.name}


def _detail(shown: queries.Detail) -> dict[str, Any]:
    one = shown.absence
    return _summary(one, seen_today=shown.seen_today) | {
        **{name: getattr(one, name) for name in ("certificate_id", "issuer", "issued_on", "reason")},
        "follow_ups": [_entry(entry) for entry in shown.follow_ups],
        "answer": one.judged.get("answer", ""),
    }


def _read(actor: Actor, absence_id: int) -> dict[str, Any]:
    return _detail(queries.detail(actor, access.absence_for(actor, absence_id), at=clock.now()))


def _to_do(request: HttpRequest, absence_id: int, verb: Verb = Verb.TRACK_ABSENCES) -> tuple[Actor, Absence]:
    actor = actor_of(request)
    actor.check_anywhere(verb)
    return actor, access.absence_for(actor, absence_id)


@router.get("/absences", response=AbsencePage, summary="Absences in my scope; the open ones, nobody looked after first")
def list_absences(
    request: HttpRequest,
    tab: Annotated[Literal["", "waiting", "ended"], Query()] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> dict[str, Any]:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.TRACK_ABSENCES)
    found = queries.listed(actor, at=at, tab=tab)
    start = (page - 1) * PER_PAGE
    rows: list[Any] = queries.rows(actor, list(found[start : start + PER_PAGE]), at=at)
    items = [_summary(one, seen_today=one.seen_today) for one in rows]
    return {"items": items, "total": found.count(), "page": page, "per_page": PER_PAGE}


@router.get("/absences/mine", response=list[AbsenceDetail], summary="My own absences, the latest first")
def my_absences(request: HttpRequest) -> list[dict[str, Any]]:
    return [_detail(shown) for shown in queries.own(actor_of(request), at=clock.now())]


@router.post("/absences", response={201: AbsenceDetail}, summary="Somebody misses class through illness")
def register_absence(request: HttpRequest, registering: Registering) -> Any:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.TRACK_ABSENCES)
    _check_words("symptoms", registering.symptoms, SYMPTOMS)
    _check_words("disease", [registering.disease] if registering.disease else [], dict(knowledge.diseases_on(clock.day_of(at))))
    person, unit = queries.person_to_register(actor, registering.person_number, at=at)
    if person is None or unit is None:
        raise Problem(NOT_FOUND)
    given = registering.dict(exclude={"person_number"})
    absence = actions.register(person=person, unit=unit, by=actor, at=at, **given)
    return Status(201, _read(actor, absence.pk))


@router.get("/absences/{absence_id}", response=AbsenceDetail, summary="One absence with every follow-up")
def read_absence(request: HttpRequest, absence_id: int) -> dict[str, Any]:
    actor, _absence = _to_do(request, absence_id)
    return _read(actor, absence_id)


@router.post("/absences/{absence_id}/follow-up", response=AbsenceDetail, summary="How somebody is today")
def follow_absence(request: HttpRequest, absence_id: int, given: FollowingUp) -> dict[str, Any]:
    actor, absence = _to_do(request, absence_id)
    actions.follow_up(absence=absence, by=actor, at=clock.now(), **given.dict())
    return _read(actor, absence_id)


@router.post("/absences/{absence_id}/accept", response=AbsenceDetail, summary="A hospital's certificate of return was seen")
def accept_certificate(request: HttpRequest, absence_id: int, given: Accepting) -> dict[str, Any]:
    actor, absence = _to_do(request, absence_id)
    actions.accept_certificate(absence=absence, by=actor, at=clock.now(), **given.dict())
    return _read(actor, absence_id)


@router.post("/absences/{absence_id}/certify", response=AbsenceDetail, summary="The clinic certifies the return")
def certify_return(request: HttpRequest, absence_id: int, given: Certifying) -> dict[str, Any]:
    actor, absence = _to_do(request, absence_id, Verb.RELEASE)
    _check_words("facts", list(given.facts), rulebook.words().facts)
    actions.certify(
        absence=absence, disease=given.disease, said=given.facts, since=given.events, returned_on=given.returned_on,
        reason=given.reason, by=actor, at=clock.now(),
    )  # fmt: skip
    return _read(actor, absence_id)


@router.post("/absences/{absence_id}/void", response=AbsenceDetail, summary="It was registered in error")
def void_absence(request: HttpRequest, absence_id: int, given: Voiding) -> dict[str, Any]:
    actor, absence = _to_do(request, absence_id)
    actions.void(absence=absence, reason=given.reason, by=actor, at=clock.now())
    return _read(actor, absence_id)


def _check_words(field: str, codes: list[str], known: Any) -> None:
    """Raises ``Problem(INVALID_INPUT)`` that names every code that is not in the vocabulary."""
    strange = tuple(FieldError(field, "unknown-code", "", code) for code in codes if code not in known)
    if strange:
        raise Problem(INVALID_INPUT, strange)
