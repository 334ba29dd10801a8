"""The daily report over HTTP: what is asked of me, my answers, receipts, excuses.

``POST /rounds/{id}/responses`` is answered by the intake before Django in the server; the operation here documents it, and
answers the same where there is no intake (tests, ``runserver``)."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Header, Query, Router, Schema, Status
from pydantic import Field

from linglou.domains.daily import access, actions, history, queries, throttle
from linglou.domains.daily.intake import service
from linglou.domains.daily.intake import ticket as tickets
from linglou.domains.daily.intake.problems import OTHER_ROUND
from linglou.domains.daily.queries import Asked, Given
from linglou.engines.rounds import excuses as engine
from linglou.engines.rounds.access import standing as standing_of
from linglou.engines.rounds.commit import Verdict
from linglou.engines.rounds.models import Excuse, ExcuseReason, Source
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT, MALFORMED_BODY, NOT_FOUND
from linglou.kernel.problems import FieldError, Problem

router = Router(tags=["daily"])

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
PER_PAGE = 50


class GivenRow(Schema):
    receipt: str = Field(description="Short code, `K7M2P-9XQ4R`.")
    revision: int
    counted_at: datetime = Field(description="When the last revision was counted.")
    source: Source
    by: str = Field(description="Who answered, when it was somebody else; else ''.")
    late: bool


class RoundRow(Schema):
    id: int
    title: str
    day: date
    opens_at: datetime
    closes_at: datetime
    state: str = Field(description="answered, excused, waiting, or late (past the close, still taken as late).")
    questions: list[dict[str, Any]] = Field(description="The published form version of this round.")
    ticket: str | None = Field(description="What `POST /rounds/{id}/responses` asks for; null when nothing more is taken.")
    given: GivenRow | None
    excused_until: datetime | None
    unchanged: dict[str, Any] | None = Field(
        description="The answers that 'nothing has changed' would send, when that may be offered: show them, then send them."
    )


class TicketOut(Schema):
    ticket: str
    source: Source


class Receipt(Schema):
    receipt: str
    revision: int
    counted_at: datetime
    late: bool
    day: date
    title: str


class RevisionRow(Schema):
    round_id: int
    title: str
    day: date
    revision: int
    counted_at: datetime
    receipt: str
    source: Source
    by: str
    late: bool
    answers: dict[str, Any]


class Counted(Schema):
    """All that a receipt reveals."""

    title: str
    day: date
    counted_at: datetime
    late: bool


class ExcuseRow(Schema):
    id: int
    person_id: int
    person_name: str
    reason: ExcuseReason
    note: str
    starts_at: datetime
    ends_at: datetime
    approved_by: str
    approved_at: datetime
    cancelled_at: datetime | None


class ExcusePage(Schema):
    items: list[ExcuseRow]
    total: int
    page: int
    per_page: int


class NewExcuse(Schema):
    person_id: Id
    reason: ExcuseReason
    note: str = Field("", max_length=200)
    first_day: date
    last_day: date = Field(description="Included; reports are expected again from the day after.")


def _given(given: Given | None) -> dict[str, Any] | None:
    if given is None:
        return None
    return {
        "receipt": given.code, "revision": given.revision, "counted_at": given.last_at, "source": given.source,
        "by": given.by_name, "late": given.is_late,
    }  # fmt: skip


def _round(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    actor, at, round_ = actor_of(request), clock.now(), asked.round
    takes_more = asked.state != "answered" or (round_.state == "open" and at < round_.closes_at)
    return {
        "id": round_.pk, "title": round_.title, "day": round_.day, "opens_at": round_.opens_at, "closes_at": round_.closes_at,
        "state": asked.state, "questions": round_.form.questions,
        "ticket": queries.ticket_for(actor, round_, asked.person_id, at) if takes_more else None,
        "given": _given(asked.given), "excused_until": asked.excused_until,
        "unchanged": asked.repeat.answers if asked.repeat else None,
    }  # fmt: skip


@router.get("/rounds/current", response=list[RoundRow], summary="The rounds that concern me now, with a ticket for each")
def current_rounds(request: HttpRequest) -> list[dict[str, Any]]:
    person = Person.objects.get(pk=actor_of(request).person_id)
    return [_round(request, asked) for asked in queries.asked_of(person, at=clock.now())]


@router.get("/rounds/{round_id}/tickets/{person_id}", response=TicketOut, summary="A ticket to answer for somebody else")
def proxy_ticket(request: HttpRequest, round_id: Id, person_id: Id) -> dict[str, Any]:
    """For monitors, counsellors, the prevention office and guardians. The report will be marked as theirs. Good for an hour."""
    actor, at = actor_of(request), clock.now()
    standing = standing_of(actor, person_id, at=at)
    round_ = queries.round_to_answer(actor.school_id, round_id, at=at)
    return {"ticket": queries.ticket_for(actor, round_, person_id, at), "source": standing.source}


ANSWERS_BODY = {
    "requestBody": {
        "required": True,
        "description": "The answers to the round's questions by their keys; unknown fields are refused. At most 16 KiB.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": True,
                    "properties": {
                        "temperature": {"oneOf": [{"type": "number", "minimum": 34, "maximum": 43}, {"enum": ["normal"]}]},
                        "symptoms": {"type": "array", "items": {"type": "string"}},
                        "where": {
                            "type": "object",
                            "properties": {
                                "kind": {"enum": ["campus", "region", "abroad"]},
                                "place": {"type": "string"},
                                "region": {"type": "string", "description": "GB/T 2260, to the county"},
                                "detail": {"type": "string"},
                            },
                        },
                        "exposure": {"type": "array", "items": {"type": "string"}},
                        "note": {"type": "string"},
                        "unchanged": {"type": "boolean"},
                    },
                },
                "example": {
                    "temperature": 36.5, "symptoms": [], "where": {"kind": "campus", "place": "3号楼 214"}, "exposure": [],
                },
            }
        },
    }
}  # fmt: skip


@router.post(
    "/rounds/{round_id}/responses", auth=None, response={201: Receipt, 200: Receipt}, openapi_extra=ANSWERS_BODY,
    summary="Submit or correct a response",
)  # fmt: skip
def submit(
    request: HttpRequest,
    round_id: Id,
    ticket: Annotated[str, Header(description="From `GET /rounds/current`; it stands in for a log-in.")],
    idempotency_key: Annotated[
        str, Header(alias="Idempotency-Key", description="8 to 64 visible characters, the same on every retry of one answer.")
    ],
) -> Status[dict[str, Any]]:
    """201 with the receipt; 200 with the same receipt when the same key came before. No receipt: it does not count. 503 with
    Retry-After when the queue is full or the database is away."""
    at = clock.now()
    if tickets.read(ticket, now=at.timestamp()).round_id != round_id:
        raise Problem(OTHER_ROUND, round=round_id)
    try:
        raw = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Problem(MALFORMED_BODY) from error
    if not isinstance(raw, dict):
        raise Problem(MALFORMED_BODY)
    given = service.submit_from_thread(ticket, idempotency_key, raw, at)
    body = {
        "receipt": given.code, "revision": given.revision, "counted_at": given.at, "late": given.is_late, "day": given.day,
        "title": given.title,
    }  # fmt: skip
    return Status(201 if given.verdict is Verdict.ACCEPTED else 200, body)


@router.get("/me/responses", response=list[RevisionRow], summary="Every revision of my reports of thirty days")
def my_responses(
    request: HttpRequest, until: Annotated[date | None, Query(description="The last day; today when left out.")] = None
) -> list[dict[str, Any]]:
    person = Person.objects.get(pk=actor_of(request).person_id)
    until = max(until or clock.day_of(clock.now()), EARLIEST)
    return [
        {
            "round_id": one.round_id, "title": one.title, "day": one.day, "revision": one.revision, "counted_at": one.at,
            "receipt": one.code, "source": one.source, "by": one.by_name, "late": one.is_late, "answers": one.answers,
        }
        for one in history.history(person, until=until)
    ]  # fmt: skip


EARLIEST = date(2000, 1, 1)


@router.get("/receipts/{code}", auth=None, response=Counted, summary="What a receipt stands for; nothing about the person")
def verify_receipt(request: HttpRequest, code: str) -> dict[str, Any]:
    found = throttle.look_up(code, address=request.META.get("REMOTE_ADDR", ""))
    if found is None:
        raise Problem(NOT_FOUND)
    return {"title": found.title, "day": found.day, "counted_at": found.at, "late": found.is_late}


def _excuse(excuse: Excuse) -> dict[str, Any]:
    return {
        "id": excuse.pk, "person_id": excuse.person_id, "person_name": excuse.person.name, "reason": excuse.reason,
        "note": excuse.note, "starts_at": excuse.starts_at, "ends_at": excuse.ends_at, "approved_by": excuse.approved_by.name,
        "approved_at": excuse.approved_at, "cancelled_at": excuse.cancelled_at,
    }  # fmt: skip


@router.get("/excuses", response=ExcusePage, summary="Excuses of the people I answer for")
def list_excuses(request: HttpRequest, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> dict[str, Any]:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.EXCUSE)
    found = queries.excuses_in(actor, at=at)
    start = (page - 1) * PER_PAGE
    listed = [_excuse(one) for one in actions.read_excuses(found[start : start + PER_PAGE], by=actor, at=at)]
    return {"items": listed, "total": found.count(), "page": page, "per_page": PER_PAGE}


@router.post("/excuses", response={201: ExcuseRow}, summary="Approve an excuse")
def approve_excuse(request: HttpRequest, new: NewExcuse) -> Status[dict[str, Any]]:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.EXCUSE)
    person = access.person_to_excuse(actor, new.person_id, at=at)
    if new.last_day < new.first_day or new.first_day < EARLIEST:
        raise Problem(INVALID_INPUT, errors=(FieldError("last_day", "before-start", "", str(new.last_day)),))
    excuse = engine.approve(
        person=person, reason=new.reason, note=new.note, starts_at=clock.moment(new.first_day, time.min),
        ends_at=clock.moment(new.last_day, time.max), by=actor, at=at,
    )  # fmt: skip
    return Status(201, _excuse(Excuse.objects.select_related("person", "approved_by").get(pk=excuse.pk)))


@router.post("/excuses/{excuse_id}/cancel", response=ExcuseRow, summary="End an excuse before its time")
def cancel_excuse(request: HttpRequest, excuse_id: Id) -> dict[str, Any]:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.EXCUSE)
    found = queries.excuses_in(actor, at=at).filter(pk=excuse_id).first()
    if found is None:
        raise Problem(NOT_FOUND)
    engine.cancel(excuse=found, by=actor, at=at)
    return _excuse(Excuse.objects.select_related("person", "approved_by").get(pk=excuse_id))
