"""What stands in front of a page: somebody is logged in, and holds a post that gives the verb somewhere.

Whether the verb holds for *this* unit or person is the domain's question (``actor.may(verb, at=paths)``)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.kernel.common_problems import NOT_LOGGED_IN
from linglou.kernel.problems import Problem

View = Callable[..., HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """The person behind the request. Raises ``Problem(NOT_LOGGED_IN)``."""
    actor: Actor | None = getattr(request, "actor", None)
    if not actor:
        raise Problem(NOT_LOGGED_IN)
    return actor


def signed_in(view: View) -> View:
    """Anybody who is logged in. A browser is sent to the log-in page and comes back afterwards."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not getattr(request, "actor", None):
            return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")
        return view(request, *args, **kwargs)

    return guarded


def requires(verb: Verb) -> Callable[[View], View]:
    """Logged in, with a post that gives ``verb`` somewhere. Raises ``Problem(NOT_ALLOWED)``."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor_of(request).check_anywhere(verb)
            return view(request, *args, **kwargs)

        return signed_in(guarded)

    return decorate
