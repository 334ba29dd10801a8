"""Turns the account behind a session into ``request.actor``: the person and what their posts allow, now."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from linglou.foundation.access.actor import Actor
from linglou.foundation.people import queries
from linglou.kernel import clock


def actor_of(request: HttpRequest) -> Actor | None:
    user = request.user
    if not user.is_authenticated:
        return None
    return queries.actor_of(user.person, account_id=user.pk, at=clock.now())  # type: ignore[union-attr]


class WhoIsAsking:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        return self.get_response(request)
