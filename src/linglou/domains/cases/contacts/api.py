"""Contacts for API clients: trace, list, decide many at once, name one by hand; and one's own people who are contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status
from pydantic import AfterValidator

from linglou.domains.cases import access
from linglou.domains.cases.contacts import actions, queries
from linglou.domains.cases.contacts.queries import Filter
from linglou.domains.cases.models import Case, Contact
from linglou.domains.cases.problems import NO_WINDOW, NOT_TRACED
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import queries as people
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

router = Router(tags=["contacts"])
PER_PAGE = 500
Moment = Annotated[datetime, AfterValidator(clock.sent)]
Id = Annotated[int, Field(ge=1, le=2**62)]
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
ContactStatus = Literal["proposed", "confirmed", "rejected", "lapsed"]
Where = Literal["named", "household", "dorm-room", "class-session", "vehicle", "gathering", "canteen", "place"]
ByHand = Literal["named", "household", "vehicle", "gathering", "place"]


class Meeting(Schema):
    where: Where
    place: str
    minutes: int
    meetings: int = Field(description="How often they met there.")
    first_at: datetime
    last_at: datetime
    rows: int | None = Field(description="Distance at the nearest meeting, in rows of seats.")
    seats: int | None
    is_close: bool
    missed: Literal["", "minutes", "seats", "seats-unknown", "carriage"]


class CaseContact(Schema):
    id: int
    person_id: int
    person_number: str
    person_name: str
    unit_id: int | None
    unit_name: str
    degree: Literal[1, 2]
    via_id: int | None = Field(description="The contact through whom a contact of the second degree is one.")
    state: ContactStatus
    is_close: bool = Field(description="The contact definition in force is met.")
    missed: Literal["", "minutes", "seats", "seats-unknown", "carriage"] = Field(
        description="What is missing to a close contact."
    )
    where: Where
    place: str
    minutes: int
    first_at: datetime
    last_at: datetime
    meetings: list[Meeting]
    by_hand: bool
    note: str
    rule_id: str
    rule_edition: str


class Window(Schema):
    from_at: datetime
    until_at: datetime


class CaseContacts(Schema):
    items: list[CaseContact]
    total: int
    page: int
    per_page: int
    counts: dict[ContactStatus, int]
    window: Window | None = Field(description="When the case may have infected, as far as it has passed.")
    rule_id: str = Field(description="Contact definition of the day of the diagnosis; '' where nobody is traced.")
    rule_edition: str
    degrees: int
    obstacle: str = Field(description="Code of the problem for which nobody can be looked for; '' without one.")


class MyContact(Schema):
    """One of mine who is a confirmed contact; never of whom."""

    id: int
    person_id: int
    person_number: str
    person_name: str
    unit_name: str
    degree: Literal[1, 2]
    last_at: datetime


class MyContacts(Schema):
    items: list[MyContact]
    total: int
    page: int
    per_page: int


class Tracing(Schema):
    degree: Literal[1, 2] = 1


class Found(Schema):
    proposed: int = Field(description="How many wait for a decision now.")


class Review(Schema):
    contact_ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)]
    event: Literal["confirm", "reject"]
    note: Text = ""


class Decided(Schema):
    decided: int = Field(description="How many changed; those that stood so already are not counted.")


class Naming(Schema):
    person_number: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")]
    where: ByHand
    first_at: Moment
    last_at: Moment
    note: Text = ""


def _shown(contact: Contact) -> dict[str, Any]:
    return {
        **{name: getattr(contact, name) for name in (
            "id", "person_id", "unit_id", "degree", "via_id", "state", "is_close", "missed", "where", "place", "minutes",
            "first_at", "last_at", "meetings", "by_hand", "note", "rule_id", "rule_edition",
        )},
        "person_number": contact.person.number,
        "person_name": contact.person.name,
        "unit_name": contact.unit.name if contact.unit else "",
    }  # fmt: skip


@router.get("/cases/{case_id}/contacts", response=CaseContacts, summary="The contacts of a case, the closest first")
def list_contacts(
    request: HttpRequest,
    case_id: int,
    state: Annotated[ContactStatus | Literal[""], Query()] = "",
    where: Annotated[Where | Literal[""], Query()] = "",
    close: Annotated[Literal["", "close", "not"], Query(description="By the contact definition in force.")] = "",
    degree: Annotated[Literal["", "1", "2"], Query()] = "",
    text: Annotated[str, Query(max_length=80, pattern=r"^[^\x00]*$", description="Of the name, the number or the unit.")] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> dict[str, Any]:
    actor, case = _to_do(request, case_id, Verb.SEE_CLINICAL)
    at, found = clock.now(), queries.filtered(case, Filter(state, where, close, degree, text))
    rows = queries.shown(actor, found[(page - 1) * PER_PAGE : page * PER_PAGE], at=at)
    return {
        "items": [_shown(row) for row in rows], "total": found.count(), "page": page, "per_page": PER_PAGE,
        "counts": queries.counts(case), **_tracing(case, at),
    }  # fmt: skip


@router.post("/cases/{case_id}/contacts/propose", response=Found, summary="Look for contacts by where people stayed")
def propose_contacts(request: HttpRequest, case_id: int, tracing: Tracing) -> dict[str, int]:
    """Degree 2: who was with a confirmed contact after that contact's first exposure. Repeated it takes new evidence; what people
    decided stays decided."""
    actor, case = _to_do(request, case_id, Verb.HANDLE_CASES)
    trace = actions.propose_second if tracing.degree == 2 else actions.propose
    return {"proposed": trace(case=case, by=actor, at=clock.now())}


@router.post("/cases/{case_id}/contacts/decide", response=Decided, summary="Confirm or reject many at once, all or nothing")
def decide_contacts(request: HttpRequest, case_id: int, review: Review) -> dict[str, int]:
    actor, case = _to_do(request, case_id, Verb.HANDLE_CASES)
    return {"decided": actions.decide(case=case, by=actor, at=clock.now(), **review.dict())}


@router.post("/cases/{case_id}/contacts", response={201: CaseContact}, summary="Name a contact whom no stay shows")
def add_contact(request: HttpRequest, case_id: int, naming: Naming) -> Any:
    actor, case = _to_do(request, case_id, Verb.HANDLE_CASES)
    given = naming.dict()
    person = people.person_by_number(case.school_id, given.pop("person_number"))
    if person is None or person.pk == case.person_id:
        raise Problem(NOT_FOUND)
    return Status(201, _shown(actions.add(case=case, person=person, by=actor, at=clock.now(), **given)))


@router.get("/contacts", response=MyContacts, summary="Confirmed contacts in my scope: who and since when, never of whom")
def my_contacts(request: HttpRequest, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> dict[str, Any]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_CASES)
    found = queries.mine(actor)
    rows = queries.shown(actor, found[(page - 1) * PER_PAGE : page * PER_PAGE], at=clock.now())
    items = [
        {
            **{name: getattr(row, name) for name in ("id", "person_id", "degree", "last_at")},
            "person_number": row.person.number, "person_name": row.person.name, "unit_name": row.unit.name if row.unit else "",
        }
        for row in rows
    ]  # fmt: skip
    return {"items": items, "total": found.count(), "page": page, "per_page": PER_PAGE}


def _tracing(case: Case, at: datetime) -> dict[str, Any]:
    """The window and the definition, or why nobody can be looked for."""
    try:
        definition, window = actions.definition_of(case), actions.window_of(case, at=at)
    except Problem as problem:
        if problem.kind not in (NO_WINDOW, NOT_TRACED):
            raise
        return {"window": None, "rule_id": "", "rule_edition": "", "degrees": 0, "obstacle": problem.kind.code}
    return {
        "window": {"from_at": window.from_at, "until_at": window.until_at}, "rule_id": definition.rule_id,
        "rule_edition": definition.edition, "degrees": definition.degrees, "obstacle": "",
    }  # fmt: skip


def _to_do(request: HttpRequest, case_id: int, verb: Verb) -> tuple[Actor, Case]:
    actor = actor_of(request)
    actor.check_anywhere(verb)
    case = access.case_for(actor, case_id)
    access.check_user_can(actor, verb, case)
    return actor, case
