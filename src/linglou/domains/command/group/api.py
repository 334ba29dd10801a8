"""The command group for API clients: members, the division of responsibility, its audit."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from linglou.domains.command.group import actions, queries
from linglou.domains.command.models import Member as MemberRow
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT, NOT_FOUND
from linglou.kernel.problems import FieldError, Problem

router = Router(tags=["command"])
Id = Annotated[int, Field(ge=1, le=2**62)]
Number = Annotated[str, Field(max_length=30, pattern=r"^[^\x00]*$")]
Office = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00]*\S[^\x00]*$")]

PositionName = Literal["leader", "deputy-leader", "member"]


class Member(Schema):
    id: int
    person_id: int
    name: str
    position: PositionName
    duty: str = Field(description="The office held.")
    deputy: str


class MemberChange(Schema):
    position: PositionName
    duty: Office
    deputy_number: Number = Field(default="", description="Staff number of who stands in; empty: nobody.")


class NewMember(MemberChange):
    number: Annotated[str, Field(min_length=1, max_length=30, pattern=r"^[^\x00]*$")] = Field(description="Staff number.")


class Responsible(Schema):
    responsibility_id: int
    person_id: int
    name: str


class Line(Schema):
    key: str = Field(description="area:<code> or unit:<id>")
    name: str
    holders: list[Responsible]


class Finding(Schema):
    fault: Literal["no-leader", "several-leaders", "gap", "overlap", "left", "no-post", "no-deputy", "idle"]
    is_serious: bool
    what: str
    who: list[str]


class Division(Schema):
    lines: list[Line]
    findings: list[Finding]


class Assignment(Schema):
    key: Annotated[str, Field(max_length=60, pattern=r"^(area|unit):[^\x00]+$")]
    person_id: Id
    alone: bool = Field(default=True, description="Whoever was responsible is so no more.")


class Area(Schema):
    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*\S[^\x00]*$")]


@router.get("/command/group", response=list[Member], summary="Members of the command group")
def group_members(request: HttpRequest) -> list[Member]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_COMMAND)
    return [_member(one) for one in queries.members(actor.school_id)]


@router.post("/command/group", response={201: Member}, summary="Add a member")
def add_group_member(request: HttpRequest, body: NewMember) -> Status[Member]:
    actor = _keeper(request)
    person, deputy = _staff(actor, "number", body.number), _deputy(actor, body.deputy_number)
    made = actions.add_member(person=person, position=body.position, duty=body.duty, deputy=deputy, by=actor, at=clock.now())
    return Status(201, _member(made))


@router.patch("/command/group/{member_id}", response=Member, summary="Change a member")
def change_group_member(request: HttpRequest, member_id: Id, body: MemberChange) -> Member:
    actor = _keeper(request)
    changed = actions.change_member(
        member=_one(actor, member_id), position=body.position, duty=body.duty, deputy=_deputy(actor, body.deputy_number),
        by=actor, at=clock.now(),
    )  # fmt: skip
    return _member(changed)


@router.delete("/command/group/{member_id}", response={204: None}, summary="Somebody belongs to it no more")
def end_group_member(request: HttpRequest, member_id: Id) -> HttpResponse:
    actor = _keeper(request)
    actions.end_member(member=_one(actor, member_id), by=actor, at=clock.now())
    return HttpResponse(status=204)


@router.get("/command/division", response=Division, summary="Who is responsible for what, and what is wrong with that")
def division(request: HttpRequest) -> Division:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SEE_COMMAND)
    found = queries.division(actor.school_id, at)
    return Division(
        lines=[_line(one) for one in (*found.areas, *found.units)],
        findings=[
            Finding(fault=one.finding.fault.value, is_serious=one.finding.is_serious, what=one.what, who=one.who)
            for one in queries.audit(actor.school_id, at)
        ],
    )


@router.post("/command/division", response={201: Responsible}, summary="Make a member responsible")
def assign_responsibility(request: HttpRequest, body: Assignment) -> Status[Responsible]:
    actor = _keeper(request)
    given = actions.assign(key=body.key, person_id=body.person_id, alone=body.alone, by=actor, at=clock.now())
    return Status(201, Responsible(responsibility_id=given.pk, person_id=given.person_id, name=given.person.name))


@router.delete("/command/division/{responsibility_id}", response={204: None}, summary="Relieve somebody")
def relieve_responsibility(request: HttpRequest, responsibility_id: Id) -> HttpResponse:
    actions.relieve(responsibility_id=responsibility_id, by=_keeper(request), at=clock.now())
    return HttpResponse(status=204)


@router.post("/command/areas", response={201: Line}, summary="Add a field of work")
def add_area(request: HttpRequest, body: Area) -> Status[Line]:
    area = actions.add_area(name=body.name, by=_keeper(request), at=clock.now())
    return Status(201, Line(key=f"area:{area.area}", name=area.name, holders=[]))


@router.delete("/command/areas/{area_id}", response={204: None}, summary="Close a field of work of the school's own")
def close_area(request: HttpRequest, area_id: Id) -> HttpResponse:
    actions.close_area(area_id=area_id, by=_keeper(request), at=clock.now())
    return HttpResponse(status=204)


def _keeper(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    actor.check_anywhere(Verb.KEEP_GROUP)
    return actor


def _one(actor: Actor, member_id: int) -> MemberRow:
    found = queries.member_of(actor.school_id, member_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _deputy(actor: Actor, number: str) -> Person | None:
    return _staff(actor, "deputy_number", number) if number.strip() else None


def _staff(actor: Actor, field: str, number: str) -> Person:
    found = queries.staff_numbered(actor.school_id, number)
    if found is None:
        raise Problem(
            INVALID_INPUT,
            (FieldError(field, "unknown-person", _("没有工号为“%(number)s”的教职工。") % {"number": number}, number),),
        )
    return found


def _member(one: MemberRow) -> Member:
    return Member(
        id=one.pk, person_id=one.person_id, name=one.person.name, position=cast(PositionName, one.position), duty=one.duty,
        deputy=one.deputy.name if one.deputy else "",
    )  # fmt: skip


def _line(one: queries.Line) -> Line:
    return Line(
        key=one.key, name=one.name,
        holders=[Responsible(responsibility_id=held.pk, person_id=held.person_id, name=held.person.name) for held in one.holders],
    )  # fmt: skip
