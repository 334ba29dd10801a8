"""The gates for API clients: who of a unit is on campus or out, and when one person came and went."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from linglou.domains.movement import access
from linglou.domains.movement.gates import queries
from linglou.domains.movement.telling import read_of
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.queries import labels_by_path
from linglou.kernel import clock

router = Router(tags=["movement"])
PER_PAGE = 200
Id = Annotated[int, Field(ge=1, le=2**62)]
State = Literal["in", "out", "unknown", "none"]


class AtGates(Schema):
    person_id: int
    name: str
    number: str
    unit: str
    since: datetime | None = Field(description="Their last tap; null when there is none.")
    gate: str


class PresenceOut(Schema):
    counts: dict[State, int] = Field(description="Everybody of the unit by their last tap.")
    total: int
    page: int
    per_page: int
    items: list[AtGates]


class PassageOut(Schema):
    at: datetime
    gate: str


class VisitOut(Schema):
    came: PassageOut | None = Field(description="Null: no tap says when they had come in.")
    left: PassageOut | None = Field(description="Null: still there, or no tap says when they had gone.")
    is_on: bool


class GatesOut(Schema):
    state: State
    last: PassageOut | None
    visits: list[VisitOut] = Field(description="Of the last fourteen days, the latest first.")


@router.get(
    "/whereabouts/units/{unit_id}/gates", response=PresenceOut, summary="Who of a unit is on campus or out, by the gates"
)
def list_at_gates(
    request: HttpRequest, unit_id: Id, state: State = "out", page: Annotated[int, Query(ge=1, le=10**6)] = 1
) -> dict[str, Any]:
    """Whoever went longest ago first. Each person listed gets an entry in the trail."""
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SEE_WHEREABOUTS)
    unit = access.unit_to_see(actor, unit_id)
    found = queries.presence(unit, state=state, at=at)
    listed = found.listed[(page - 1) * PER_PAGE : page * PER_PAGE]
    read_of([one.person_id for one in listed], by=actor, at=at, unit_id=unit.pk)
    labels = labels_by_path({one.path for one in listed})
    return {
        "counts": found.counts, "total": len(found.listed), "page": page, "per_page": PER_PAGE,
        "items": [
            {
                **{name: getattr(one, name) for name in ("person_id", "name", "number", "since", "gate")},
                "unit": labels.get(one.path, ""),
            }
            for one in listed
        ],
    }  # fmt: skip


@router.get("/whereabouts/people/{person_id}/gates", response=GatesOut, summary="When a person came and went, by the gates")
def person_at_gates(request: HttpRequest, person_id: Id) -> queries.Gates:
    """Leaves an entry in the trail."""
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SEE_WHEREABOUTS)
    person = access.person_to_see(actor, person_id, at=at)
    read_of([person.pk], by=actor, at=at)
    return queries.of_person(person, at=at)
