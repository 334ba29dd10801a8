"""What stands around every Django request: problems turned into pages or RFC 9457 bodies, and the content policy."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from linglou.kernel.common_problems import DATABASE_AWAY, NOT_FOUND, TOO_LARGE
from linglou.kernel.problems import Problem

Next = Callable[[HttpRequest], HttpResponse]
RETRY_SECONDS = 3
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


class ContentSecurity:
    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class Problems:
    """Any ``Problem`` raised in a view becomes an answer in the form the caller asked for."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError):
            return answer(request, Problem(DATABASE_AWAY, retry_after=RETRY_SECONDS))

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Problem):
            return answer(request, exception)
        if isinstance(exception, Http404 | PermissionDenied):
            return answer(request, Problem(NOT_FOUND))
        if isinstance(exception, RequestDataTooBig):
            return answer(request, Problem(TOO_LARGE, limit=256 * 1024))
        if isinstance(exception, OperationalError | InterfaceError):
            return answer(request, Problem(DATABASE_AWAY, retry_after=RETRY_SECONDS))
        return None


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    wants_json = request.path.startswith("/api/") or "json" in request.headers.get("Accept", "")
    response: HttpResponse
    if wants_json:
        response = JsonResponse(problem.as_json(), status=problem.status, content_type="application/problem+json")
    else:
        response = render(request, "ui/problem.html", {"problem": problem}, status=problem.status)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response
