"""Care plans for API clients: list, look, log, place, name people, ask for and answer, close."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.core.paginator import Paginator
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from linglou.domains.care import access
from linglou.domains.care.gate import Id, Made, Said, Short, Text, to_do
from linglou.domains.care.models import Need, Observation, Placement
from linglou.domains.care.observation import queries as observations
from linglou.domains.care.plans import actions as plans
from linglou.domains.care.plans import queries
from linglou.domains.care.problems import PLAN_CLOSED
from linglou.domains.care.rooms import actions as rooms
from linglou.domains.care.rooms import queries as room_queries
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

router = Router(tags=["care"])
PER_PAGE = 50
Tab = Literal["", "unchecked", "due", "patients", "needs", "closed"]
Place = Literal["home", "dorm", "isolation-room", "hotel", "hospital"]
NeedKind = Literal["meal", "supply", "medicine", "study", "family", "mind", "other"]


class Check(Schema):
    day: date
    round_id: int | None = Field(description="The round in which it was asked; null: written into the log.")
    opens_at: datetime
    closes_at: datetime
    at: datetime | None
    state: Literal["done", "abnormal", "waiting", "missed"]
    temperature: float | None = Field(description="Degrees Celsius; null without see-what.")


class PlanSummary(Schema):
    id: int
    person_id: int
    person_name: str
    unit_id: int
    unit_name: str
    state: Literal["open", "closed"]
    responsible: str
    supporter: str
    day: int | None = Field(description="Which day of the leading observation it is; null when none runs.")
    of: int | None = Field(description="Of how many; null: until the release criteria are met.")
    is_due: bool = Field(description="The last day is over: to be released or extended.")
    checks_today: list[Check]
    place: Place | None
    room: str
    open_needs: int


class PlanPage(Schema):
    items: list[PlanSummary]
    total: int
    page: int
    per_page: int


class WatchedFor(Schema):
    id: int
    ground: str | None = Field(description="Why; null without see-cases.")
    disease: str | None
    since: date
    last_day: date | None
    checks_per_day: int
    state: Literal["watching", "released", "converted", "withdrawn", "ended"]
    rule_id: str
    rule_edition: str
    release: Literal["met", "not-met", "unknown"] | None = Field(description="What the release criteria say; null when over.")


class NeedSummary(Schema):
    id: int
    kind: NeedKind
    text: str | None = Field(description="Null where only the supporter may read it.")
    raised_at: datetime
    answer: str | None
    answered_at: datetime | None


class LogLine(Schema):
    at: datetime
    by: str
    kind: str
    temperature: float | None
    text: str | None


class PlanDetail(Schema):
    id: int
    person_id: int
    person_name: str
    unit_id: int
    state: Literal["open", "closed"]
    responsible: str
    supporter: str
    clinician: str | None
    tutor: str | None
    place: Place | None
    room: str
    opened_at: datetime
    closed_at: datetime | None
    follow_up_on: date | None
    observations: list[WatchedFor]
    checks: list[Check]
    log: list[LogLine]
    needs: list[NeedSummary]


class Logging(Schema):
    kind: Literal["check", "visit", "call", "meal", "medicine", "study", "other"]
    temperature: Annotated[Decimal, Field(ge=34, le=43, max_digits=3, decimal_places=1)] | None = None
    text: Text = ""


class Placing(Schema):
    kind: Place
    room_id: Id | None = None
    detail: Short = ""


class People(Schema):
    responsible: Id | None = None
    supporter: Id | None = None
    clinician: Id | None = None
    tutor: Id | None = None


class Asking(Schema):
    kind: NeedKind
    text: Said


class Answering(Schema):
    answer: Said


class Closing(Schema):
    follow_up_on: date
    note: Text = ""


def _checks(found: Any, *, at: datetime, sees: bool) -> list[dict[str, Any]]:
    return [
        {
            **{name: getattr(check, name) for name in ("day", "round_id", "opens_at", "closes_at", "at")},
            "state": check.state(at), "temperature": check.temperature if sees else None,
        }
        for check in found
    ]  # fmt: skip


def _where(place: Placement | None) -> dict[str, Any]:
    return {"place": place.kind if place else None, "room": place.room.name if place and place.room else ""}


def _detail(shown: queries.Detail, *, at: datetime) -> dict[str, Any]:
    plan, sees = shown.plan, shown.sees_answers
    log = [entry for day in shown.days for entry in day.log]
    return {
        **{name: getattr(plan, name) for name in (
            "id", "person_id", "unit_id", "state", "opened_at", "closed_at", "follow_up_on",
        )},
        "person_name": plan.person.name, "responsible": plan.responsible.name, "supporter": plan.supporter.name,
        "clinician": plan.clinician.name if plan.clinician else None, "tutor": plan.tutor.name if plan.tutor else None,
        **_where(shown.place),
        "observations": [_watched(one, shown, at=at) for one in [*shown.observations, *shown.ended]],
        "checks": _checks([check for day in shown.days for check in day.checks], at=at, sees=sees),
        "log": [
            {
                "at": entry.at, "by": entry.by.name, "kind": entry.kind, "text": entry.text if sees else None,
                "temperature": entry.temperature if sees else None,
            }
            for entry in log
        ],
        "needs": [_need(need, reads=need.kind != "mind" or shown.may.get("counsel") or shown.may.get("self")) for need in shown.needs],
    }  # fmt: skip


def _watched(one: Observation, shown: queries.Detail, *, at: datetime) -> dict[str, Any]:
    runs = one.state == "watching"
    return {
        **{name: getattr(one, name) for name in (
            "id", "since", "last_day", "checks_per_day", "state", "rule_id", "rule_edition",
        )},
        "ground": one.ground if shown.sees_cases else None, "disease": one.disease if shown.sees_cases else None,
        "release": str(observations.judged(one, at=at).answer) if runs else None,
    }  # fmt: skip


def _need(need: Need, *, reads: Any = True) -> dict[str, Any]:
    return {
        **{name: getattr(need, name) for name in ("id", "kind", "raised_at", "answered_at")},
        "text": need.text if reads else None, "answer": need.answer if reads else None,
    }  # fmt: skip


@router.get("/care/plans", response=PlanPage)
def list_plans(
    request: HttpRequest, tab: Tab = "", text: Annotated[str, Query(max_length=40, pattern=r"^[^\x00]*$")] = "",
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
) -> dict[str, Any]:  # fmt: skip
    """The people under care whom I answer for: ``tab`` as on the page ('' those who are open)."""
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SEE_CARE)
    found = Paginator(queries.listed(actor, tab=tab, text=text.strip(), at=at), PER_PAGE)
    rows = queries.rows(actor, list(found.get_page(page)) if page <= found.num_pages else [], at=at)
    sees = actor.may_anywhere(Verb.SEE_WHAT)
    return {"items": [_row(row, at=at, sees=sees) for row in rows], "total": found.count, "page": page, "per_page": PER_PAGE}


def _row(row: queries.Row, *, at: datetime, sees: bool) -> dict[str, Any]:
    plan = row.plan
    return {
        "id": plan.pk, "person_id": plan.person_id, "person_name": plan.person.name, "unit_id": plan.unit_id,
        "unit_name": plan.unit.name, "state": plan.state, "responsible": plan.responsible.name, "supporter": plan.supporter.name,
        "day": row.standing.day if row.standing else None, "of": row.standing.of if row.standing else None, "is_due": row.is_due,
        "checks_today": _checks(row.today, at=at, sees=sees), **_where(row.place), "open_needs": row.needs,
    }  # fmt: skip


@router.get("/care/plans/{plan_id}", response=PlanDetail)
def read_plan(request: HttpRequest, plan_id: Id) -> dict[str, Any]:
    """One plan with its observations, checks, log and needs. Leaves an entry in the trail."""
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SEE_CARE)
    return _detail(queries.detail(actor, access.plan_for(actor, plan_id), at=at), at=at)


@router.post("/care/plans/{plan_id}/log", response={201: Made})
def log_care(request: HttpRequest, plan_id: Id, body: Logging) -> Status[dict[str, Any]]:
    """A line of the day's log; a check counts as the day's check."""
    actor, plan = to_do(request, plan_id, Verb.HANDLE_CARE)
    entry = plans.log(plan=plan, kind=body.kind, text=body.text, temperature=body.temperature, by=actor, at=clock.now())
    return Status(201, {"id": entry.pk})


@router.post("/care/plans/{plan_id}/place", response=Made)
def place_person(request: HttpRequest, plan_id: Id, body: Placing) -> dict[str, Any]:
    """Where the person is from now on."""
    actor, plan = to_do(request, plan_id, Verb.HANDLE_CARE)
    room = room_queries.room_of(actor, body.room_id) if body.room_id else None
    if body.room_id and room is None:
        raise Problem(NOT_FOUND)
    return {"id": rooms.place(plan=plan, kind=body.kind, room=room, detail=body.detail, by=actor, at=clock.now()).pk}


@router.post("/care/plans/{plan_id}/people", response=Made)
def name_people(request: HttpRequest, plan_id: Id, body: People) -> dict[str, Any]:
    """Who is responsible, supports, treats and tutors; who is not named stays."""
    actor, plan = to_do(request, plan_id, Verb.HANDLE_CARE)
    named = body.model_dump(exclude_unset=True)
    return {"id": plans.name_people(plan=plan, named=named, by=actor, at=clock.now()).pk}


@router.post("/care/plans/{plan_id}/needs", response={201: Made})
def ask_for(request: HttpRequest, plan_id: Id, body: Asking) -> Status[dict[str, Any]]:
    """Something the person needs, asked for them."""
    actor, plan = to_do(request, plan_id, Verb.HANDLE_CARE)
    return Status(201, {"id": plans.raise_need(plan=plan, by=actor, at=clock.now(), kind=body.kind, text=body.text).pk})


@router.post("/care/plans/{plan_id}/close", response=Made)
def close_plan(request: HttpRequest, plan_id: Id, body: Closing) -> dict[str, Any]:
    """The plan is over; somebody asks again on ``follow_up_on``."""
    actor, plan = to_do(request, plan_id, Verb.HANDLE_CARE)
    closed = plans.close(plan=plan, follow_up_on=body.follow_up_on, note=body.note, by=actor, at=clock.now())
    return {"id": closed.pk}


@router.get("/care/mine", response=PlanDetail | None)
def my_care(request: HttpRequest) -> dict[str, Any] | None:
    """My own observation; null without one."""
    actor, at = actor_of(request), clock.now()
    shown = queries.own(Person.objects.get(pk=actor.person_id), at=at)
    return _detail(shown, at=at) if shown else None


@router.post("/care/mine/needs", response={201: Made})
def ask_for_myself(request: HttpRequest, body: Asking) -> Status[dict[str, Any]]:
    """Something I need."""
    actor, at = actor_of(request), clock.now()
    shown = queries.own(Person.objects.get(pk=actor.person_id), at=at)
    if shown is None:
        raise Problem(PLAN_CLOSED)
    return Status(201, {"id": plans.raise_need(plan=shown.plan, by=actor, at=at, kind=body.kind, text=body.text).pk})


@router.get("/care/needs/{need_id}", response=NeedSummary)
def read_need(request: HttpRequest, need_id: Id) -> dict[str, Any]:
    """A need that is mine to answer, or of somebody whose care I handle."""
    return _need(queries.need(actor_of(request), need_id, at=clock.now()).need)


@router.post("/care/needs/{need_id}/answer", response=NeedSummary)
def answer_need(request: HttpRequest, need_id: Id, body: Answering) -> dict[str, Any]:
    """What was done about it."""
    actor, at = actor_of(request), clock.now()
    shown = queries.need(actor, need_id, at=at)
    return _need(plans.answer_need(need=shown.need, answer=body.answer, by=actor, at=at))
