"""Who one is, and the tokens of one's API clients."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.accounts import actions, queries, rules
from linglou.foundation.accounts.models import ApiToken
from linglou.kernel import clock

router = Router(tags=["accounts"])


class Person(Schema):
    id: int
    name: str
    number: str
    kind: str
    school_id: int


class Post(Schema):
    role: str
    role_name: str
    unit_id: int | None = Field(None, description="Null for a guardian, whose post is held for a person.")
    at: str = Field(description="The unit's name, or the ward's.")


class Me(Schema):
    person: Person
    posts: list[Post]
    verbs: list[str] = Field(description="What this session or token may do somewhere, sorted.")


class Token(Schema):
    id: int
    name: str
    prefix: str = Field(description="The first characters of the token, to tell it apart.")
    verbs: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(None, description="To the minute.")
    revoked_at: datetime | None = None


class NewToken(Schema):
    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    verbs: list[Verb] = Field(default_factory=list, max_length=len(Verb), description="A subset of one's own verbs.")
    days: int = Field(90, ge=1, le=max(rules.TOKEN_DAYS))


class MadeToken(Token):
    token: str = Field(description="The secret. It is shown this once: keep it, and send it as `Authorization: Bearer`.")


def _token(token: ApiToken) -> dict[str, Any]:
    return {field: getattr(token, field) for field in Token.model_fields}


@router.get("/me", response=Me, summary="Who am I, and what may I do")
def me(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    return {
        "person": queries.person_of(actor),
        "posts": [
            {"role": post.role.value, "role_name": post.role.label, "unit_id": post.unit_id, "at": post.label}
            for post in queries.posts_of(actor)
        ],
        "verbs": sorted(queries.verbs_of(actor)),
    }


@router.get("/tokens", response=list[Token], summary="My tokens, newest first, revoked ones included")
def list_tokens(request: HttpRequest) -> list[dict[str, Any]]:
    return [_token(token) for token in queries.tokens_of(actor_of(request).account_id)]


@router.post("/tokens", response={201: MadeToken}, summary="Make a token (from a session only, not with a token)")
def create_token(request: HttpRequest, body: NewToken) -> Status[dict[str, Any]]:
    token, secret = actions.create_token(
        name=body.name, verbs=[verb.value for verb in body.verbs], days=body.days, at=clock.now(), by=actor_of(request)
    )
    return Status(201, _token(token) | {"token": secret})


@router.delete("/tokens/{int:token_id}", response={204: None}, summary="Revoke a token; again is no error")
def revoke_token(request: HttpRequest, token_id: int) -> Status[None]:
    actions.revoke_token(token_id=token_id, at=clock.now(), by=actor_of(request))
    return Status(204, None)
