"""Writes about the command group: members come, change and go; responsibility is given and ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from linglou.domains.command.group import queries
from linglou.domains.command.models import Member, OwnArea, Position, Responsibility
from linglou.domains.command.problems import ALREADY_MEMBER, AREA_EXISTS, NOT_A_MEMBER, OWN_DEPUTY, UNKNOWN_AREA
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Person
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@transaction.atomic
def add_member(*, person: Person, position: str, duty: str, deputy: Person | None, by: Actor, at: datetime) -> Member:
    """Raises ``Problem`` (ALREADY_MEMBER, OWN_DEPUTY)."""
    if deputy == person:
        raise Problem(OWN_DEPUTY, name=person.name)
    try:
        with transaction.atomic():
            member = Member.objects.create(
                school_id=by.school_id, person=person, position=Position(position), duty=duty.strip(), deputy=deputy, from_at=at,
                recorded_by=by.person_id,
            )  # fmt: skip
    except IntegrityError as error:
        raise Problem(ALREADY_MEMBER, name=person.name) from error
    _audit(by, at, "group.add", person.pk, position=position)
    return member


@transaction.atomic
def change_member(*, member: Member, position: str, duty: str, deputy: Person | None, by: Actor, at: datetime) -> Member:
    """Another position, office or deputy from now on; what was stays on record. Raises ``Problem`` (NOT_A_MEMBER, OWN_DEPUTY)."""
    locked = _locked(member)
    if deputy and deputy.pk == locked.person_id:
        raise Problem(OWN_DEPUTY, name=locked.person.name)
    if (locked.position, locked.duty, locked.deputy) == (position, duty.strip(), deputy):
        return locked
    _end(locked, at)
    changed = Member.objects.create(
        school_id=locked.school_id, person=locked.person, position=Position(position), duty=duty.strip(), deputy=deputy,
        from_at=at, recorded_by=by.person_id,
    )  # fmt: skip
    _audit(by, at, "group.change", locked.person_id, position=position)
    return changed


@transaction.atomic
def end_member(*, member: Member, by: Actor, at: datetime) -> None:
    """Somebody belongs to it no more; what they were responsible for becomes a gap. Raises ``Problem(NOT_A_MEMBER)``."""
    locked = _locked(member)
    _end(locked, at)
    Responsibility.objects.filter(school_id=locked.school_id, person=locked.person, to_at=None).update(to_at=at)
    _audit(by, at, "group.end", locked.person_id)


@transaction.atomic
def assign(*, key: str, person_id: int, alone: bool, by: Actor, at: datetime) -> Responsibility:
    """Make a member responsible for ``area:<code>`` or ``unit:<id>``; ``alone``: whoever was is so no more. Raises ``Problem``
    (UNKNOWN_AREA, NOT_A_MEMBER)."""
    subject = _subject(key, by.school_id, at)
    if not Member.objects.select_for_update().filter(school_id=by.school_id, person_id=person_id, to_at=None).exists():
        raise Problem(
            NOT_A_MEMBER,
            name=Person.objects.filter(pk=person_id, school_id=by.school_id).values_list("name", flat=True).first() or "",
        )
    there = Responsibility.objects.select_for_update().filter(school_id=by.school_id, to_at=None, **subject)
    if alone:
        there.exclude(person_id=person_id).update(to_at=at)
    given, made = there.get_or_create(
        school_id=by.school_id,
        person_id=person_id,
        to_at=None,
        **subject,
        defaults={"from_at": at, "recorded_by": by.person_id},
    )
    if made or alone:
        _audit(by, at, "group.assign", person_id, subject=key)
    return given


@transaction.atomic
def relieve(*, responsibility_id: int, by: Actor, at: datetime) -> None:
    """Somebody is not responsible for it any more. Raises ``Problem(NOT_FOUND)``."""
    held = Responsibility.objects.select_for_update().filter(pk=responsibility_id, school_id=by.school_id, to_at=None).first()
    if held is None:
        raise Problem(NOT_FOUND)
    held.to_at = at
    held.save(update_fields=["to_at"])
    _audit(by, at, "group.relieve", held.person_id)


@transaction.atomic
def add_area(*, name: str, by: Actor, at: datetime) -> OwnArea:
    """A field of work of the school's own. Raises ``Problem(AREA_EXISTS)``."""
    if name.strip() in queries.area_names(by.school_id, at).values():
        raise Problem(AREA_EXISTS, name=name.strip())
    try:
        with transaction.atomic():
            area = OwnArea.objects.create(school_id=by.school_id, name=name.strip())
    except IntegrityError as error:
        raise Problem(AREA_EXISTS, name=name.strip()) from error
    audit.record(by=by, school_id=by.school_id, at=at, action="group.add-area", subject_type="own-area", subject_id=area.pk)
    return area


@transaction.atomic
def close_area(*, area_id: int, by: Actor, at: datetime) -> None:
    """It is work no more; who was responsible is relieved. Raises ``Problem(NOT_FOUND)``."""
    area = OwnArea.objects.select_for_update().filter(pk=area_id, school_id=by.school_id, closed_at=None).first()
    if area is None:
        raise Problem(NOT_FOUND)
    area.closed_at = at
    area.save(update_fields=["closed_at"])
    Responsibility.objects.filter(school_id=by.school_id, area=area.area, to_at=None).update(to_at=at)
    audit.record(by=by, school_id=by.school_id, at=at, action="group.close-area", subject_type="own-area", subject_id=area.pk)


@transaction.atomic
def contact_sheet(*, by: Actor, at: datetime) -> list[tuple[Member, list[str]]]:
    """Every member with what they are responsible for; the caller shows their numbers, so each one shown stands on the trail."""
    members, division = queries.members(by.school_id), queries.division(by.school_id, at)
    people = [one.person_id for one in members] + [one.deputy_id for one in members if one.deputy_id]
    audit.record_reads(by=by, school_id=by.school_id, at=at, action="group.read-numbers", person_ids=sorted(set(people)))
    lines = [*division.areas, *division.units]
    return [
        (one, [line.name for line in lines if any(held.person_id == one.person_id for held in line.holders)]) for one in members
    ]


def _subject(key: str, school_id: int, at: datetime) -> dict[str, Any]:
    """``area:gate`` or ``unit:12`` as columns. Raises ``Problem(UNKNOWN_AREA)``."""
    kind, _colon, value = key.partition(":")
    if kind == "area" and value in queries.area_names(school_id, at):
        return {"area": value, "unit": None}
    unit = next((one for one in queries.units(school_id) if kind == "unit" and str(one.pk) == value), None)
    if unit is None:
        raise Problem(UNKNOWN_AREA, area=key)
    return {"area": "", "unit": unit}


def _locked(member: Member) -> Member:
    found = (
        Member.objects.select_for_update(of=("self",))
        .select_related("person", "deputy")
        .filter(pk=member.pk, to_at=None)
        .first()
    )
    if found is None:
        raise Problem(NOT_A_MEMBER, name=member.person.name)
    return found


def _end(member: Member, at: datetime) -> None:
    member.to_at = at
    member.save(update_fields=["to_at"])


def _audit(by: Actor, at: datetime, action: str, person_id: int, **detail: Any) -> None:
    audit.record(
        by=by, school_id=by.school_id, at=at, action=action, subject_type="command-group", subject_id=by.school_id,
        person_id=person_id, **detail,
    )  # fmt: skip
