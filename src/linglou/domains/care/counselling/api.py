"""Questionnaires for whoever fills one in, and the counselling centre's records for the centre."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from linglou.domains.care.counselling import access, actions, queries, rules
from linglou.domains.care.models import CounsellingNote
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person
from linglou.kernel import clock

router = Router(tags=["care"])
PER_PAGE = 50
InstrumentKey = Literal["phq-9", "gad-7"]
Band = Literal["minimal", "mild", "moderate", "moderately-severe", "severe"]
OutcomeKey = Literal["talked", "referred", "emergency", "unreached"]
Answer = Annotated[int, Field(ge=0, le=3)]
NoteText = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00]*\S[^\x00]*$")]


class Filled(Schema):
    instrument: InstrumentKey
    answers: Annotated[list[Answer], Field(min_length=7, max_length=9)]


class Supporter(Schema):
    name: str
    phone: str


class Thanks(Schema):
    call_now: bool = Field(description="The centre was told at once; please call somebody now. No score is given here.")
    supporters: list[Supporter]
    hotline: str
    ambulance: str
    police: str


class Result(Schema):
    id: int
    instrument: InstrumentKey
    taken_at: datetime
    answers: list[int]
    score: int
    band: Band
    names_self_harm: bool
    is_urgent: bool
    answered_at: datetime | None
    by_name: str


class Note(Schema):
    id: int
    written_at: datetime
    by_name: str
    text: str
    outcome: OutcomeKey | Literal[""]
    follow_up_on: date | None


class CounselledSummary(Schema):
    person_id: int
    person_name: str
    place: str
    is_waiting: bool = Field(description="Has to be called at once.")
    follow_up_on: date | None


class CounselledPage(Schema):
    items: list[CounselledSummary]
    total: int
    page: int
    per_page: int


class CounselledDetail(CounselledSummary):
    assessments: list[Result]
    notes: list[Note]


class Writing(Schema):
    text: NoteText
    follow_up_on: date | None = None


class Answering(Writing):
    outcome: OutcomeKey


def _result(one: queries.Scored) -> dict[str, Any]:
    assessment = one.assessment
    return {
        **{name: getattr(assessment, name) for name in ("id", "instrument", "taken_at", "is_urgent", "answered_at")},
        "answers": one.answers,
        "score": one.score,
        "band": one.band,
        "names_self_harm": one.names_self_harm,
        "by_name": assessment.by.name,
    }


def _note(note: CounsellingNote) -> dict[str, Any]:
    names = ("id", "written_at", "text", "outcome", "follow_up_on")
    return {**{name: getattr(note, name) for name in names}, "by_name": note.by.name}


def _detail(actor: Actor, person: Person) -> dict[str, Any]:
    shown = queries.detail(actor, person, at=clock.now())
    return {
        "person_id": person.pk,
        "person_name": person.name,
        "place": shown.place,
        "is_waiting": shown.is_waiting,
        "follow_up_on": shown.follow_up_on,
        "assessments": [_result(one) for one in shown.assessments],
        "notes": [_note(one) for one in shown.notes],
    }


def _person(request: HttpRequest, person_id: int) -> tuple[Actor, Person]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.COUNSEL)
    return actor, access.person_for(actor, person_id, at=clock.now())


@router.post("/wellbeing", response={201: Thanks}, summary="I filled in a questionnaire; only the counselling centre reads it")
def fill_wellbeing(request: HttpRequest, filled: Filled) -> Any:
    actor, at = actor_of(request), clock.now()
    person = people.persons_by_id([actor.person_id])[actor.person_id]
    taken = actions.assess(person=person, instrument=filled.instrument, answers=filled.answers, by=actor, at=at)
    supporters = queries.thanks(actor, at=at).supporters
    return Status(201, {
        "call_now": taken.is_urgent,
        "supporters": [{"name": one.name, "phone": one.phone} for one in supporters],
        "hotline": rules.HOTLINE, "ambulance": rules.AMBULANCE, "police": rules.POLICE,
    })  # fmt: skip


@router.get("/counselling", response=CounselledPage, summary="Whom the centre knows; whoever has to be called at once first")
def list_counselled(request: HttpRequest, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> dict[str, Any]:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.COUNSEL)
    found = queries.known_people(actor, at=at)
    start = (page - 1) * PER_PAGE
    items = [
        {
            "person_id": row.person.pk, "person_name": row.person.name, "place": row.place, "is_waiting": row.is_waiting,
            "follow_up_on": row.follow_up_on,
        }
        for row in queries.rows(actor, list(found[start : start + PER_PAGE]), at=at)
    ]  # fmt: skip
    return {"items": items, "total": found.count(), "page": page, "per_page": PER_PAGE}


@router.get("/counselling/{person_id}", response=CounselledDetail, summary="Everything the centre knows of a person")
def read_counselled(request: HttpRequest, person_id: int) -> dict[str, Any]:
    return _detail(*_person(request, person_id))


@router.post("/counselling/{person_id}/notes", response={201: CounselledDetail}, summary="A note, which cannot be changed")
def write_counselling_note(request: HttpRequest, person_id: int, writing: Writing) -> Any:
    actor, person = _person(request, person_id)
    actions.write_note(person=person, by=actor, at=clock.now(), **writing.dict())
    return Status(201, _detail(actor, person))


@router.post("/counselling/{person_id}/assessments", response={201: CounselledDetail}, summary="Filled in together")
def assess_together(request: HttpRequest, person_id: int, filled: Filled) -> Any:
    actor, person = _person(request, person_id)
    actions.assess(person=person, instrument=filled.instrument, answers=filled.answers, by=actor, at=clock.now())
    return Status(201, _detail(actor, person))


@router.post("/counselling/{person_id}/answer", response=CounselledDetail, summary="Somebody of the centre called")
def answer_urgent(request: HttpRequest, person_id: int, answering: Answering) -> dict[str, Any]:
    actor, person = _person(request, person_id)
    actions.answer(person=person, by=actor, at=clock.now(), **answering.dict())
    return _detail(actor, person)
