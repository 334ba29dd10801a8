"""What Django asks for when no view is reached or a view breaks: the same problems, in the same two forms."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from linglou.kernel.common_problems import DATABASE_AWAY, FORM_EXPIRED, INTERNAL_ERROR, MALFORMED_BODY, NOT_FOUND
from linglou.kernel.problems import Problem
from linglou.server.middleware import RETRY_SECONDS, answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, Problem(MALFORMED_BODY))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, Problem(NOT_FOUND))


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The CSRF check failed: most often a page left open for days, or a browser that keeps no cookies."""
    return answer(request, Problem(FORM_EXPIRED))


def broken(request: HttpRequest) -> HttpResponse:
    """An exception nobody expected; or the database gone while a middleware needed it, which is worth another try."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return answer(request, Problem(DATABASE_AWAY, retry_after=RETRY_SECONDS))
    return answer(request, Problem(INTERNAL_ERROR))
