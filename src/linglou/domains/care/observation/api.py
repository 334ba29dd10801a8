"""Decisions about an observation for API clients: extend, release, resume."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from linglou.domains.care import access
from linglou.domains.care.gate import Id, Made, Said, Text, to_do
from linglou.domains.care.observation import actions
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock

router = Router(tags=["care"])


class Extending(Schema):
    last_day: date
    reason: Said


class Releasing(Schema):
    facts: dict[Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]+$")], bool | None] = {}
    reason: Text = ""


class Because(Schema):
    reason: Said


@router.post("/care/plans/{plan_id}/observations/{observation_id}/extend", response=Made)
def extend_observation(request: HttpRequest, plan_id: Id, observation_id: Id, body: Extending) -> dict[str, Any]:
    """A later last day."""
    actor, plan = to_do(request, plan_id, Verb.RELEASE)
    one = access.observation_for(plan, observation_id)
    return {"id": actions.extend(observation=one, last_day=body.last_day, reason=body.reason, by=actor, at=clock.now()).pk}


@router.post("/care/plans/{plan_id}/observations/{observation_id}/release", response=Made)
def release_observation(request: HttpRequest, plan_id: Id, observation_id: Id, body: Releasing) -> dict[str, Any]:
    """Let the person go, by the criteria; with a reason where they are not met."""
    actor, plan = to_do(request, plan_id, Verb.RELEASE)
    one = access.observation_for(plan, observation_id)
    return {"id": actions.release(observation=one, said=body.facts, reason=body.reason, by=actor, at=clock.now()).pk}


@router.post("/care/plans/{plan_id}/observations/{observation_id}/resume", response=Made)
def resume_observation(request: HttpRequest, plan_id: Id, observation_id: Id, body: Because) -> dict[str, Any]:
    """Watched again."""
    actor, plan = to_do(request, plan_id, Verb.RELEASE)
    one = access.observation_for(plan, observation_id)
    return {"id": actions.resume(observation=one, reason=body.reason, by=actor, at=clock.now()).pk}
