"""The command group as it stands: members, who is responsible for what, and what is wrong with that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from linglou.domains.command.group import rules
from linglou.domains.command.models import Member, OwnArea, Position, Responsibility
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, PersonKind, Tree, Unit
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

RANK = {position: n for n, position in enumerate(Position.values)}


def members(school_id: int) -> list[Member]:
    """Those who belong to it now: leaders, deputy leaders, members."""
    found = Member.objects.filter(school_id=school_id, to_at=None).select_related("person", "deputy")
    return sorted(found, key=lambda one: (RANK[one.position], one.pk))


def member_of(school_id: int, member_id: int) -> Member | None:
    return Member.objects.filter(pk=member_id, school_id=school_id, to_at=None).select_related("person").first()


def area_names(school_id: int, at: datetime) -> dict[str, str]:
    """The fields of work: the rulebook's, then the school's own; code -> what it is called."""
    names = {row.area: rulebook.said(row.title) for row in rulebook.areas(clock.day_of(at))}
    return names | {one.area: one.name for one in own_areas(school_id)}


def own_areas(school_id: int) -> list[OwnArea]:
    return list(OwnArea.objects.filter(school_id=school_id, closed_at=None).order_by("pk"))


def units(school_id: int) -> list[Unit]:
    """The units that have a responsible leader: colleges and departments of the school itself."""
    found = Unit.objects.filter(school_id=school_id, parent_id=school_id, tree=Tree.ADMINISTRATION, closed_at=None)
    return list(found.order_by("kind", "sort_key", "pk"))


@dataclass(frozen=True)
class Responsible:
    """Who is responsible, for each field of work and each unit; each list is in the order of assignment."""

    by_area: dict[str, list[Responsibility]]
    by_unit: dict[int, list[Responsibility]]


def responsible(school_id: int) -> Responsible:
    by_area: dict[str, list[Responsibility]] = defaultdict(list)
    by_unit: dict[int, list[Responsibility]] = defaultdict(list)
    for one in Responsibility.objects.filter(school_id=school_id, to_at=None).select_related("person", "unit").order_by("pk"):
        if one.unit_id is None:
            by_area[one.area].append(one)
        else:
            by_unit[one.unit_id].append(one)
    return Responsible(by_area, by_unit)


def owner_of(school_id: int, area: str) -> int | None:
    """Who sees to a field of work: its responsible leader, else the leader of the group; None when there is neither."""
    found = responsible(school_id).by_area.get(area)
    if found:
        return found[0].person_id
    return next((one.person_id for one in members(school_id) if one.position == Position.LEADER), None)


@dataclass(frozen=True)
class Line:
    """One row of the division: a field of work or a unit, with who is responsible."""

    key: str
    name: str
    holders: list[Responsibility]
    own: OwnArea | None = None


@dataclass(frozen=True)
class Division:
    areas: list[Line]
    units: list[Line]


def division(school_id: int, at: datetime) -> Division:
    found, own = responsible(school_id), {one.area: one for one in own_areas(school_id)}
    return Division(
        [
            Line(f"area:{code}", name, found.by_area.get(code, []), own.get(code))
            for code, name in area_names(school_id, at).items()
        ],
        [Line(f"unit:{unit.pk}", unit.name, found.by_unit.get(unit.pk, [])) for unit in units(school_id)],
    )


@dataclass(frozen=True)
class Remark:
    """A finding of the audit with the names it is about."""

    finding: rules.Finding
    what: str = ""
    who: list[str] = field(default_factory=list)


def audit(school_id: int, at: datetime) -> list[Remark]:
    """Gaps, overlaps and what else is wrong, serious things first."""
    seats = members(school_id)
    duties = Responsibility.objects.filter(school_id=school_id, to_at=None).order_by("pk")
    areas, of_units = area_names(school_id, at), {unit.pk: unit.name for unit in units(school_id)}
    everybody = {one.person_id for one in seats} | {one.deputy_id for one in seats if one.deputy_id}
    found = rules.audit(
        areas=list(areas), units=list(of_units),
        seats=[rules.Seat(one.person_id, one.position == Position.LEADER, one.deputy_id) for one in seats],
        duties=[rules.Duty(one.person_id, one.area, one.unit_id) for one in duties],
        belong=_belonging(everybody, at), hold_post=people.holders_of(Role.COMMAND_GROUP, school_id=school_id, at=at),
    )  # fmt: skip
    names = dict(Person.objects.filter(pk__in={one for each in found for one in each.persons}).values_list("pk", "name"))
    return [
        Remark(one, areas.get(one.area) or of_units.get(one.unit_id or 0, ""), [names[person] for person in one.persons])
        for one in found
    ]


def _belonging(person_ids: Collection[int], at: datetime) -> Collection[int]:
    return people.units_of_persons(person_ids, at=at).keys()


def staff_numbered(school_id: int, number: str) -> Person | None:
    """A member of staff by number: whoever may lead or stand in."""
    found = people.person_by_number(school_id, number)
    return found if found and found.kind == PersonKind.STAFF else None
