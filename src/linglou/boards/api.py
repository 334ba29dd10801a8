"""Boards, missing lists, contact log and closings for API clients: what the pages show, to whoever may see it there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from linglou.boards import access, calls, closings, queries
from linglou.engines.rounds import progress
from linglou.engines.rounds.models import Attempt, Closing, Round
from linglou.engines.rounds.problems import ROUND_NOT_CLOSED
from linglou.flows import close_opens_search_tasks
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Unit, UnitKind
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

router = Router(tags=["boards"])
BIGGEST_ID = 2**63 - 1
RoundId = Annotated[int, Field(ge=1, le=BIGGEST_ID)]
UnitId = Annotated[int, Query(ge=1, le=BIGGEST_ID, description="A unit in your scope; default: your own, where you have one.")]


class RoundOut(Schema):
    id: int
    title: str
    purpose: str
    day: date
    opens_at: datetime
    closes_at: datetime
    state: Literal["open", "closed"]


class CountOut(Schema):
    """`roster = responded + excused + missing`."""

    unit_id: int
    name: str
    kind: str
    roster: int
    responded: int
    excused: int
    missing: int = Field(description="Whoever answered late is still missing, and counted in `late`.")
    proxied: int
    late: int
    abnormal: int | None = Field(description="null where you may not see health figures.")


class StandingOut(Schema):
    person_id: int
    name: str
    number: str
    standing: Literal["responded", "excused", "late", "missing"]
    source: str = Field(description="Who answered; empty without an answer.")
    at: datetime | None


class BoardOut(Schema):
    round: RoundOut
    total: CountOut
    children: list[CountOut] = Field(description="The units right below, most missing first, 60 at a time.")
    next_from: int | None = Field(description="Send as `from` for the next children.")
    persons: list[StandingOut] | None = Field(description="At a leaf, by name, where you may see who has reported; else null.")


class AttemptOut(Schema):
    at: datetime
    result: str
    by_name: str
    note: str


class MissingOut(Schema):
    person_id: int
    name: str
    number: str
    unit_id: int
    unit_name: str
    room_name: str
    phone: str | None = Field(description="In clear, and recorded as read, where you may see it; else null.")
    late_at: datetime | None = Field(description="When they answered after all, too late to count.")
    also_missing_before: bool
    attempts: list[AttemptOut] = Field(description="Latest first.")


class MissingPage(Schema):
    unit_id: int
    missing: int = Field(description="How many in the whole unit.")
    items: list[MissingOut]
    after: str = Field(description="Send as `after` for the next page; empty on the last one.")


class AttemptIn(Schema):
    person_id: int = Field(ge=1, le=BIGGEST_ID)
    result: Literal["called", "messaged", "reached", "refused", "unreachable"]
    note: str = Field("", max_length=200)


class ClosingOut(Schema):
    """The figures are those of the units in your scope."""

    round: RoundOut
    number: int
    closed_at: datetime
    roster: int
    responded: int
    excused: int
    missing: int
    digest: str
    previous_digest: str


class ClosingUnitOut(Schema):
    unit_id: int
    name: str
    roster: int
    responded: int
    excused: int
    missing: int
    abnormal: int | None


class ClosingMissingOut(Schema):
    respondent_id: int
    name: str
    number: str
    unit_name: str
    owner_name: str
    attempts: int
    last_result: str
    outcome: str = Field(description="Of the search task; empty while it is open.")
    is_late: bool


class ClosingSheetOut(ClosingOut):
    units: list[ClosingUnitOut]
    missing_persons: list[ClosingMissingOut] = Field(description="100 at a time.")
    next_page: int | None
    late: int = Field(description="Who answered after the close; the figures stay as they were.")


@router.get("/rounds/{round_id}/board", response=BoardOut, summary="How a round stands at a unit and right below it")
def get_board(
    request: HttpRequest,
    round_id: RoundId,
    unit_id: UnitId | None = None,
    tree: Annotated[
        Literal["administration", "residence"], Query(description="At a school: by college or by building.")
    ] = "administration",
    start: Annotated[int, Query(ge=0, le=1_000_000, alias="from")] = 0,
) -> dict[str, Any]:
    actor, at = actor_of(request), clock.now()
    unit = _unit(request, unit_id, Verb.SEE_BOARD)
    round_ = access.get_round(unit, round_id)
    sight = access.sight(actor, unit)
    board = queries.board(unit, round_, queries.total(unit, round_), sight=sight, at=at, tree=tree, start=start)
    return {
        "round": _round(round_),
        "total": _count(board.total, sight),
        "children": [_count(row, sight) for row in board.rows],
        "next_from": board.more_from,
        "persons": None if board.persons is None else [vars(person) | {"source": person.source} for person in board.persons],
    }


@router.get("/rounds/{round_id}/missing", response=MissingPage, summary="Who has not answered and is not excused")
def get_missing(
    request: HttpRequest,
    round_id: RoundId,
    unit_id: UnitId | None = None,
    after: Annotated[str, Query(max_length=60)] = "",
) -> dict[str, Any]:
    actor, at = actor_of(request), clock.now()
    unit = _unit(request, unit_id, Verb.SEE_WHETHER)
    round_ = access.get_round(unit, round_id)
    sees_numbers = access.sight(actor, unit).contact
    page = calls.page(round_, unit, by=actor, at=at, after=after)
    listed = [call for group in page.groups for call in group.calls]
    return {
        "unit_id": unit.pk,
        "missing": queries.total(unit, round_).missing,
        "items": [
            {
                **{name: getattr(call.person, name) for name in MISSING_FIELDS},
                "phone": call.phone if sees_numbers else None,
                "also_missing_before": call.also_missing_before,
                "attempts": [vars(attempt) for attempt in call.person.tried],
            }
            for call in listed
        ],
        "after": page.after,
    }


@router.post("/rounds/{round_id}/attempts", response={201: AttemptOut}, summary="Log an attempt to reach a missing person")
def log_attempt(request: HttpRequest, round_id: RoundId, body: AttemptIn) -> Status:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.LOG_CONTACT)
    round_, person = calls.get_callable(actor, round_id, body.person_id, at=at)
    call = calls.log(round_, person, result=Attempt(body.result), note=body.note, by=actor, at=at)
    return Status(201, vars(call.person.tried[0]))


@router.post("/rounds/{round_id}/close", response=ClosingOut, summary="Close a round by hand")
def close_round(request: HttpRequest, round_id: RoundId) -> dict[str, Any]:
    """Recounts every response, freezes the outcome, opens a search task for everyone missing. It cannot be undone."""
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.CLOSE_ROUND)
    round_ = closings.get_round_to_close(actor, round_id)
    closing = close_opens_search_tasks.close(round_=round_, at=at, by=actor)
    return _closing(round_, closing, closing)


@router.get("/closings", response=list[ClosingOut], summary="Closings, latest first")
def list_closings(request: HttpRequest) -> list[dict[str, Any]]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_CLOSING)
    return [_closing(row.round, row.closing, row.line) for row in closings.recent(actor) if row.closing]


@router.get("/closings/{round_id}", response=ClosingSheetOut, summary="The closing sheet of a round")
def get_closing(
    request: HttpRequest,
    round_id: RoundId,
    unit_id: UnitId | None = None,
    page: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_CLOSING)
    sheet = closings.get_sheet(actor, round_id, unit_id=unit_id, page=page)
    if isinstance(sheet, Round):
        raise Problem(ROUND_NOT_CLOSED, closes_at=f"{clock.local(sheet.closes_at):%Y-%m-%d %H:%M}")
    units = [vars(row) | {"abnormal": row.abnormal if sheet.sees_abnormal else None} for row in sheet.rows]
    return _closing(sheet.round, sheet.closing, sheet.total) | {
        "units": units,
        "missing_persons": [vars(row) for row in sheet.missing],
        "next_page": sheet.next_page,
        "late": len(sheet.late),
    }


MISSING_FIELDS = ("person_id", "name", "number", "unit_id", "unit_name", "room_name", "late_at")
ROUND_FIELDS = ("title", "purpose", "day", "opens_at", "closes_at", "state")
FIGURES = ("roster", "responded", "excused", "missing")


def _unit(request: HttpRequest, unit_id: int | None, verb: Verb) -> Unit:
    """The unit asked for, or the one unit that is the caller's own. Raises ``Problem`` (NOT_ALLOWED, NOT_FOUND)."""
    actor = actor_of(request)
    actor.check_anywhere(verb)
    if unit_id is None:
        own = access.scope_units(actor, verb)
        if len(own) != 1:
            raise Problem(NOT_FOUND)
        unit = own[0]
    else:
        unit = access.get_unit(actor, unit_id, verb)
    if unit.kind == UnitKind.AUTHORITY:
        raise Problem(NOT_FOUND)
    return unit


def _round(round_: Round) -> dict[str, Any]:
    return {"id": round_.pk, **{name: getattr(round_, name) for name in ROUND_FIELDS}}


def _count(count: progress.Count, sight: access.Sight) -> dict[str, Any]:
    names = ("unit_id", "name", "kind", *FIGURES, "proxied", "late")
    return {**{name: getattr(count, name) for name in names}, "abnormal": count.abnormal if sight.abnormal else None}


def _closing(round_: Round, closing: Closing, figures: closings.Line | Closing) -> dict[str, Any]:
    names = ("number", "closed_at", "digest", "previous_digest")
    return {
        "round": _round(round_),
        **{name: getattr(closing, name) for name in names},
        **{name: getattr(figures, name) for name in FIGURES},
    }
