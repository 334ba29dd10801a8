"""Who calls: a bearer token, or the session of a browser (then with its CSRF token)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security.apikey import APIKeyCookie

from linglou.foundation.access.actor import Actor
from linglou.foundation.accounts import actions, queries
from linglou.foundation.accounts.problems import BAD_TOKEN, SECOND_FACTOR_REQUIRED
from linglou.kernel import clock
from linglou.kernel.problems import Problem


class BearerToken(HttpBearer):
    """A token made at /account/tokens/. One that is sent and wrong is refused, whatever else the request carries."""

    def __call__(self, request: HttpRequest) -> Actor | None:
        sent = request.headers.get(self.header)
        if sent is None:
            return None
        scheme, _space, secret = sent.partition(" ")
        if scheme.lower() != self.openapi_scheme or not secret:
            raise Problem(BAD_TOKEN)
        return self.authenticate(request, secret)

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        actor = actions.actor_of_token(token, at=clock.now())
        if settings.REQUIRE_SECOND_FACTOR and actor.needs_second_factor and not queries.is_enrolled(actor.account_id):
            raise Problem(SECOND_FACTOR_REQUIRED)
        request.actor = actor  # type: ignore[attr-defined]
        return actor


class BrowserSession(APIKeyCookie):
    """The session cookie. The second factor is the middleware's concern, as for pages."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        return actor or None
