"""Writes of isolation rooms, and where people under care are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from linglou.domains.care.models import PlaceKind, Placement, Plan, PlanState, Room, Site
from linglou.domains.care.problems import BEDS_IN_USE, NAME_TAKEN, PLAN_CLOSED, ROOM_FULL
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.kernel.problems import Problem


@transaction.atomic
def add_site(*, name: str, kind: str, address: str, by: Actor, at: datetime) -> Site:
    """A building or hotel. Raises ``Problem(NAME_TAKEN)``."""
    try:
        with transaction.atomic():
            site = Site.objects.create(school_id=by.school_id, name=name.strip(), kind=PlaceKind(kind), address=address.strip())
    except IntegrityError as error:
        raise Problem(NAME_TAKEN, name=name.strip()) from error
    _audit(by, at, "site.add", site)
    return site


@transaction.atomic
def add_rooms(*, site: Site, names: list[str], beds: int, by: Actor, at: datetime) -> list[Room]:
    """Rooms of a site, each with so many beds; those that are there already stay as they are."""
    there = set(Room.objects.filter(site=site).values_list("name", flat=True))
    new = [Room(site=site, name=name, beds=beds) for name in dict.fromkeys(map(str.strip, names)) if name and name not in there]
    Room.objects.bulk_create(new)
    _audit(by, at, "site.rooms", site, count=len(new))
    return new


@transaction.atomic
def change_beds(*, room: Room, beds: int, by: Actor, at: datetime) -> Room:
    """How many a room holds (0: not in use). Raises ``Problem(BEDS_IN_USE)``."""
    locked = Room.objects.select_for_update(of=("self",)).select_related("site").get(pk=room.pk)
    inside = Placement.objects.filter(room=locked, to_at=None).count()
    if beds < inside:
        raise Problem(BEDS_IN_USE, room=locked.name, n=str(inside))
    locked.beds = beds
    locked.save(update_fields=["beds"])
    _audit(by, at, "site.beds", locked.site, count=beds)
    return locked


@transaction.atomic
def place(*, plan: Plan, kind: str, room: Room | None, detail: str, by: Actor | None, at: datetime) -> Placement:
    """Where the person is from now on; the place before ends. Raises ``Problem`` (PLAN_CLOSED, ROOM_FULL)."""
    locked = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if locked.state != PlanState.OPEN:
        raise Problem(PLAN_CLOSED)
    before = Placement.objects.filter(plan=locked, to_at=None).first()
    if before and (before.kind, before.room_id, before.detail) == (kind, room.pk if room else None, detail.strip()):
        return before
    if before:
        before.to_at = at
        before.save(update_fields=["to_at"])
    if room:
        _take_bed(room)
    placed = Placement.objects.create(
        plan=locked,
        kind=PlaceKind(kind),
        room=room,
        detail=detail.strip()[:120],
        from_at=at,
        by_id=by.person_id if by else None,
    )
    audit.record(
        by=by, school_id=locked.school_id, at=at, action="plan.place", subject_type="plan", subject_id=locked.pk,
        person_id=locked.person_id,
    )  # fmt: skip
    return placed


def _take_bed(room: Room) -> None:
    """Two who ask for the last bed at once: the row of the room decides."""
    locked = Room.objects.select_for_update(of=("self",)).get(pk=room.pk)
    if Placement.objects.filter(room=locked, to_at=None).count() >= locked.beds:
        raise Problem(ROOM_FULL, room=locked.name, beds=str(locked.beds))


def _audit(by: Actor, at: datetime, action: str, site: Site, **detail: Any) -> None:
    audit.record(by=by, school_id=site.school_id, at=at, action=action, subject_type="site", subject_id=site.pk, **detail)
