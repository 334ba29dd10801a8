"""What every API of care begins with: the shapes of what is sent, and the plan that somebody may do something about."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Schema

from linglou.domains.care import access
from linglou.domains.care.models import Plan
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb

Id = Annotated[int, Field(ge=1, le=2**62)]
Text = Annotated[str, Field(max_length=400, pattern=r"^[^\x00]*$")]
Said = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00]*$")]
Short = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]


class Made(Schema):
    id: int


def to_do(request: HttpRequest, plan_id: int, verb: Verb) -> tuple[Actor, Plan]:
    """Raises ``Problem`` (NOT_ALLOWED, NOT_FOUND)."""
    actor = actor_of(request)
    actor.check_anywhere(verb)
    plan = access.plan_for(actor, plan_id)
    access.check_user_can(actor, verb, plan)
    return actor, plan
