"""What stands between a session and a page: who is asking, whether the installation has a school at all, and whether those
who hold sensitive posts have passed their second factor in this session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from linglou.foundation.access.actor import Actor
from linglou.foundation.accounts import queries
from linglou.foundation.accounts.problems import SECOND_FACTOR_REQUIRED
from linglou.foundation.people import queries as people
from linglou.kernel import clock
from linglou.kernel.problems import Problem

Next = Callable[[HttpRequest], HttpResponse]
SEEN_EVERY = timedelta(minutes=10)

# Pages that stay open until the second factor is passed: those that are needed to pass it, and to leave. Not the recovery codes:
# each of them is a second factor, and they would be had for the password alone.
WITHOUT_SECOND_FACTOR = frozenset({
    "account_login", "account_logout", "account_inactive", "account_reauthenticate", "account_change_password",
    "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_index", "accounts:activate", "accounts:overview",
    "accounts:sessions", "accounts:end_session", "accounts:looks", "accounts:setup", "accounts:checklist",
})  # fmt: skip


def actor_of(request: HttpRequest) -> Actor | None:
    user = request.user
    if not user.is_authenticated:
        return None
    return people.actor_of(user.person, account_id=user.pk, at=clock.now())  # type: ignore[union-attr]


class WhoIsAsking:
    """``request.actor``: the person and what their posts allow, now. Looked up when first asked for."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        note_activity(request)
        keep_out_of_caches(request, response)
        return response


def keep_out_of_caches(request: HttpRequest, response: HttpResponse) -> None:
    """What is drawn for somebody stays in no cache, unless its view says otherwise: the next one at this computer may go back."""
    is_somebodys = bool(request.session.session_key) and "_auth_user_id" in request.session
    if (is_somebodys or request.path.startswith("/api/")) and not response.has_header("Cache-Control"):
        response.headers["Cache-Control"] = "private, no-store"


def note_activity(request: HttpRequest) -> None:
    """Keep "last seen" of the session true to ten minutes, at the price of one indexed look-up."""
    key = request.session.session_key
    if key and "_auth_user_id" in request.session:
        now = clock.now()
        UserSession.objects.filter(session_key=key, last_seen_at__lt=now - SEEN_EVERY).update(last_seen_at=now)


class FirstRun:
    """While there is no school, the home page is the wizard."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/" and not request.user.is_authenticated and not queries.has_school():
            return redirect("accounts:setup")
        return self.get_response(request)


class SecondFactor:
    """Holders of posts with ``second_factor`` get nothing but the pages to enrol and pass it, until they have."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if not settings.REQUIRE_SECOND_FACTOR or (match and match.view_name in WITHOUT_SECOND_FACTOR):
            return None
        actor: Actor | None = request.actor  # type: ignore[attr-defined]
        if not actor or not actor.needs_second_factor or has_passed(request):
            return None
        if request.path.startswith("/api/"):
            problem = Problem(SECOND_FACTOR_REQUIRED)
            return JsonResponse(problem.as_json(), status=problem.status, content_type="application/problem+json")
        step = "mfa_reauthenticate" if queries.is_enrolled(actor.account_id) else "mfa_activate_totp"
        return redirect(f"{reverse(step)}?{urlencode({'next': request.get_full_path()})}")


def has_passed(request: HttpRequest) -> bool:
    """Whether a second factor was used in this session."""
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    return any(record.get("method") == "mfa" for record in records)
