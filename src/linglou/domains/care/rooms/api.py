"""Isolation rooms for API clients: which there are, and how many they hold."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from linglou.domains.care.gate import Id, Made, Short
from linglou.domains.care.rooms import actions, deliveries, queries
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

router = Router(tags=["care"])


class RoomOut(Schema):
    id: int
    name: str
    beds: int
    taken: int


class SiteOut(Schema):
    id: int
    name: str
    kind: Literal["isolation-room", "hotel"]
    address: str
    rooms: list[RoomOut]


class NewSite(Schema):
    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    kind: Literal["isolation-room", "hotel"]
    address: Short = ""


class NewRooms(Schema):
    names: Annotated[list[Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*$")]], Field(max_length=200)]
    beds: Annotated[int, Field(ge=1, le=20)] = 1


class Beds(Schema):
    beds: Annotated[int, Field(ge=0, le=20)]


class DeliveryOut(Schema):
    room: str
    meals: list[Literal["breakfast", "lunch", "dinner"]]
    diet: str
    medicine: str | None = Field(description="Null: there is some, and which is not for the reader.")


class BuildingOut(Schema):
    site_id: int
    name: str
    meals: dict[Literal["breakfast", "lunch", "dinner"], int] = Field(description="How many of each.")
    deliveries: list[DeliveryOut]


class DeliveriesOut(Schema):
    day: date
    people: int
    buildings: list[BuildingOut]


@router.get("/care/deliveries", response=DeliveriesOut)
def list_deliveries(request: HttpRequest) -> dict[str, Any]:
    """What is brought to the school's isolation rooms today; no names. Leaves an entry in the trail for each person."""
    actor = actor_of(request)
    actor.check_anywhere(Verb.KEEP_ROOMS)
    today = deliveries.today(actor, at=clock.now())
    return {
        "day": today.day, "people": today.people,
        "buildings": [
            {
                "site_id": one.site.pk, "name": one.site.name, "meals": one.meals, "deliveries": one.deliveries,
            }
            for one in today.buildings
        ],
    }  # fmt: skip


@router.get("/care/sites", response=list[SiteOut])
def list_sites(request: HttpRequest) -> list[dict[str, Any]]:
    """Isolation rooms with their beds; no names."""
    actor = actor_of(request)
    actor.check_anywhere(Verb.KEEP_ROOMS)
    return [
        {
            **{name: getattr(row.site, name) for name in ("id", "name", "kind", "address")},
            "rooms": [
                {"id": one.room.pk, "name": one.room.name, "beds": one.room.beds, "taken": len(one.inside)} for one in row.rooms
            ],
        }
        for row in queries.sites(actor)
    ]  # fmt: skip


@router.post("/care/sites", response={201: Made})
def add_site(request: HttpRequest, body: NewSite) -> Status[dict[str, Any]]:
    """A building or hotel with isolation rooms."""
    actor = actor_of(request)
    actor.check_anywhere(Verb.KEEP_ROOMS)
    site = actions.add_site(name=body.name, kind=body.kind, address=body.address, by=actor, at=clock.now())
    return Status(201, {"id": site.pk})


@router.post("/care/sites/{site_id}/rooms", response={201: list[Made]})
def add_rooms(request: HttpRequest, site_id: Id, body: NewRooms) -> Status[list[dict[str, Any]]]:
    """Rooms of a site; those that are there already stay as they are."""
    actor = actor_of(request)
    actor.check_anywhere(Verb.KEEP_ROOMS)
    site = queries.site_of(actor, site_id)
    if site is None:
        raise Problem(NOT_FOUND)
    new = actions.add_rooms(site=site, names=body.names, beds=body.beds, by=actor, at=clock.now())
    return Status(201, [{"id": room.pk} for room in new])


@router.patch("/care/rooms/{room_id}", response=Made)
def change_beds(request: HttpRequest, room_id: Id, body: Beds) -> dict[str, Any]:
    """How many a room holds."""
    actor = actor_of(request)
    actor.check_anywhere(Verb.KEEP_ROOMS)
    room = queries.room_of(actor, room_id)
    if room is None:
        raise Problem(NOT_FOUND)
    return {"id": actions.change_beds(room=room, beds=body.beds, by=actor, at=clock.now()).pk}
