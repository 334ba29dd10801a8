"""People over HTTP: search, one person, units, the chain audit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import access, actions, chain_audit, queries
from linglou.foundation.people.models import Post, Tree, Unit, UnitKind
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

router = Router(tags=["people"])

# Ids are bigints; anything larger is no id, and is refused before it reaches the database.
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class PersonRow(Schema):
    id: int
    number: str
    name: str
    kind: str
    place: str = Field(description="Where they belong in the administration, from the college down; '' when nowhere.")
    room: str


class SearchResult(Schema):
    people: list[PersonRow]
    has_more: bool = Field(description="More people match than are listed; type more.")
    by_phone: bool = Field(description="Found by a whole phone number; such a search leaves a trail.")
    by_sound: bool = Field(description="Nobody's name is written like that; these sound like it.")


class UnitRow(Schema):
    id: int
    tree: Tree
    kind: UnitKind
    name: str
    code: str
    path: str = Field(description="Ids from the root, itself included: `/1/5/23/`.")
    closed_at: datetime | None


class Holder(Schema):
    id: int
    number: str
    name: str


class ChainLink(Schema):
    roles: list[Role]
    unit: UnitRow | None = Field(description="Where the post is held; null for a hole.")
    holders: list[Holder]


class MembershipRow(Schema):
    unit: UnitRow
    place: str
    starts_at: datetime
    ends_at: datetime | None


class PostRow(Schema):
    id: int
    role: Role
    unit_id: int | None
    ward_id: int | None
    holder: Holder
    starts_at: datetime


class PersonDetail(Schema):
    """Phone and id numbers are masked unless asked for with `show` by somebody who may see them; '' where even the mask says
    too much."""

    id: int
    number: str
    name: str
    kind: str
    sex: str
    phone: str
    guardian_name: str
    guardian_phone: str
    id_number: str
    birth_date: date | None
    memberships: list[MembershipRow]
    posts: list[PostRow]
    chain: list[ChainLink]


class Branch(Schema):
    unit: UnitRow
    members: int = Field(description="People who belong to the unit or under it.")


class Seat(Schema):
    role: Role
    holders: list[PostRow] = Field(description="Empty: vacant.")


class UnitDetail(Schema):
    unit: UnitRow
    seats: list[Seat]
    children: list[Branch]


class FindingRow(Schema):
    code: str
    is_hole: bool
    unit_id: int | None
    unit_name: str
    person_id: int | None
    person_name: str
    number: str
    students: int | None


class ChainAudit(Schema):
    unit: UnitRow
    at: datetime
    holes: int = Field(description="0: the school can be declared ready.")
    warnings: int
    counts: dict[str, int]
    findings: list[FindingRow] = Field(description="At most 500 persons of one kind; `counts` are whole.")


@router.get("/people", response=SearchResult, summary="Search people")
def search_people(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=60, description="The beginning of a name, pinyin, initials or number; a whole phone.")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> SearchResult:
    """Within the scope in which the caller may see names."""
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_NAMES)
    found = actions.look_up(by=actor, text=q, at=clock.now(), limit=limit)
    rows = [
        PersonRow(
            id=card.person.pk, number=card.person.number, name=card.person.name, kind=card.person.kind, place=card.place,
            room=card.room,
        )
        for card in found.cards
    ]  # fmt: skip
    return SearchResult(people=rows, has_more=found.has_more, by_phone=found.by_phone, by_sound=found.by_sound)


@router.get("/people/{person_id}", response=PersonDetail, summary="One person")
def get_person(
    request: HttpRequest,
    person_id: Id,
    show: Annotated[
        list[str], Query(description="`contact` and `identity`: in clear, where allowed. Either leaves a trail.")
    ] = [],  # noqa: B006  (ninja copies it)
) -> PersonDetail:
    """Absent and out of scope answer alike (404)."""
    actor, at = actor_of(request), clock.now()
    view = actions.view_person(by=actor, person_id=person_id, at=at, contact="contact" in show, identity="identity" in show)
    person, profile = view.person, view.profile
    return PersonDetail(
        id=person.pk, number=person.number, name=person.name, kind=person.kind, sex=person.sex, phone=view.phone,
        guardian_name=view.guardian_name, guardian_phone=view.guardian_phone, id_number=view.id_number,
        birth_date=view.birth_date,
        memberships=[
            MembershipRow(unit=_unit(fact.unit), place=fact.place, starts_at=fact.starts_at, ends_at=fact.ends_at)
            for fact in profile.memberships
        ],
        posts=[_post(post) for post in profile.posts],
        chain=[
            ChainLink(
                roles=list(link.roles), unit=_unit(link.unit) if link.unit else None,
                holders=[Holder(id=one.pk, number=one.number, name=one.name) for one in link.holders],
            )
            for link in profile.chain
        ],
    )  # fmt: skip


@router.get("/units", response=list[UnitRow], summary="The units at the top of the caller's scopes")
def list_units(request: HttpRequest) -> list[UnitRow]:
    tops = Unit.objects.filter(path__in=access.scopes(actor_of(request))).order_by("path")
    return [_unit(unit) for unit in tops]


@router.get("/units/{unit_id}", response=UnitDetail, summary="One unit, its posts and the units under it")
def get_unit(request: HttpRequest, unit_id: Id) -> UnitDetail:
    """Above the caller's scopes only the way down to them is shown."""
    actor, at = actor_of(request), clock.now()
    unit = access.get_unit(actor, unit_id)
    scopes = access.scopes(actor)
    inside = any(unit.path.startswith(scope) for scope in scopes)
    children = [
        Branch(unit=_unit(branch.unit), members=branch.members if inside else 0)
        for tree in Tree
        for branch in queries.children_of(unit, tree=tree, at=at)
        if inside or any(scope.startswith(branch.unit.path) for scope in scopes)
    ]
    seats = queries.seats_of(unit, at=at) if inside else []
    return UnitDetail(
        unit=_unit(unit),
        seats=[Seat(role=seat.role, holders=[_post(post) for post in seat.posts]) for seat in seats],
        children=children,
    )


@router.get("/chain-audit", response=ChainAudit, summary="Holes in the responsible chain")
def get_chain_audit(request: HttpRequest, unit: Id | None = None) -> ChainAudit:
    """Of the caller's widest scope, or of another of their scopes."""
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.AUDIT_CHAIN)
    tops = chain_audit.units_to_audit(actor.paths(Verb.AUDIT_CHAIN))
    chosen = next((top for top in tops if unit in (None, top.pk)), None)
    if chosen is None:
        raise Problem(NOT_FOUND)
    audit = chain_audit.run(chosen, at=at)
    sees_names = actor.may(Verb.SEE_NAMES, at=[chosen.path])
    findings = [
        FindingRow(
            code=one.code, is_hole=one.is_hole, unit_id=one.unit_id, unit_name=one.unit_name, person_id=one.person_id,
            person_name=one.person_name if sees_names else "", number=one.number, students=one.students,
        )
        for one in audit.findings
    ]  # fmt: skip
    return ChainAudit(
        unit=_unit(chosen), at=at, holes=audit.holes, warnings=audit.warnings, counts=audit.counts, findings=findings
    )


def _unit(unit: Unit) -> UnitRow:
    return UnitRow(
        id=unit.pk, tree=Tree(unit.tree), kind=UnitKind(unit.kind), name=unit.name, code=unit.code, path=unit.path,
        closed_at=unit.closed_at,
    )  # fmt: skip


def _post(post: Post) -> PostRow:
    holder = Holder(id=post.person.pk, number=post.person.number, name=post.person.name)
    return PostRow(
        id=post.pk, role=Role(post.role), unit_id=post.unit_id, ward_id=post.ward_id, holder=holder, starts_at=post.starts_at
    )
