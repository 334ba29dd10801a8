"""Isolation rooms: how many beds, how many taken, who is there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from linglou.domains.care.models import Placement, Room, Site
from linglou.foundation.access.actor import Actor


@dataclass
class RoomRow:
    """A room with who is in it (placements, without names where the viewer may not see them)."""

    room: Room
    inside: list[Placement]

    @property
    def free(self) -> int:
        return self.room.beds - len(self.inside)


@dataclass
class SiteRow:
    site: Site
    rooms: list[RoomRow] = field(default_factory=list)

    @property
    def beds(self) -> int:
        return sum(row.room.beds for row in self.rooms)

    @property
    def taken(self) -> int:
        return sum(len(row.inside) for row in self.rooms)

    @property
    def free(self) -> int:
        return self.beds - self.taken


def sites(actor: Actor) -> list[SiteRow]:
    """The sites of the actor's school with their rooms as they stand."""
    inside: dict[int, list[Placement]] = defaultdict(list)
    placed = Placement.objects.filter(room__site__school_id=actor.school_id, to_at=None).select_related(
        "plan__person", "plan__unit"
    )
    for placement in placed.order_by("from_at"):
        inside[placement.room_id or 0].append(placement)
    found = {site.pk: SiteRow(site) for site in Site.objects.filter(school_id=actor.school_id, closed_at=None).order_by("name")}
    for room in Room.objects.filter(site__in=list(found)).order_by("name"):
        found[room.site_id].rooms.append(RoomRow(room, inside[room.pk]))
    return list(found.values())


def free_rooms(school_id: int) -> list[Room]:
    """Rooms with a bed left."""
    rooms = Room.objects.filter(site__school_id=school_id, site__closed_at=None, beds__gt=0).select_related("site")
    taken: dict[int, int] = defaultdict(int)
    for room_id in Placement.objects.filter(room__in=rooms, to_at=None).values_list("room_id", flat=True):
        taken[room_id or 0] += 1
    return [room for room in rooms.order_by("site__name", "name") if taken[room.pk] < room.beds]


def room_of(actor: Actor, room_id: int) -> Room | None:
    return Room.objects.filter(pk=room_id, site__school_id=actor.school_id, site__closed_at=None).select_related("site").first()


def site_of(actor: Actor, site_id: int) -> Site | None:
    return Site.objects.filter(pk=site_id, school_id=actor.school_id, closed_at=None).first()
