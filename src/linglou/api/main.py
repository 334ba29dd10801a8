"""The HTTP API under /api/v1: each floor's ``api.py`` is a router, mounted here."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import URLPattern, URLResolver
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from linglou.api.authentication import BearerToken, BrowserSession
from linglou.api.problems import CSRF_REFUSED, METHOD_NOT_ALLOWED, REFUSED
from linglou.boards import api as boards
from linglou.domains.care import api as care
from linglou.domains.care.absences import api as absences
from linglou.domains.care.certificates import api as certificates
from linglou.domains.care.counselling import api as counselling
from linglou.domains.care.observation import api as observation
from linglou.domains.care.rooms import api as rooms
from linglou.domains.cases import api as cases
from linglou.domains.cases.contacts import api as contacts
from linglou.domains.cases.transmission import api as transmission
from linglou.domains.command.group import api as command_group
from linglou.domains.command.levels import api as levels
from linglou.domains.daily import api as daily
from linglou.domains.movement import api as movement
from linglou.domains.movement.gates import api as gates
from linglou.domains.movement.stays import api as stays
from linglou.domains.signals import api as signals
from linglou.domains.surveillance import api as surveillance
from linglou.foundation.accounts import api as accounts
from linglou.foundation.people import api as people
from linglou.foundation.people.roster_import import api as imports
from linglou.foundation.rulebook import api as rulebook
from linglou.kernel.common_problems import (
    DATABASE_AWAY,
    INTERNAL_ERROR,
    INVALID_INPUT,
    MALFORMED_BODY,
    NOT_FOUND,
    NOT_LOGGED_IN,
    TOO_LARGE,
)
from linglou.kernel.problems import FieldError, Problem

logger = logging.getLogger(__name__)
RETRY_SECONDS = 3
PROBLEM_TYPE = "application/problem+json"

ROUTERS = (
    accounts.router,
    people.router,
    imports.router,
    rulebook.router,
    signals.router,
    daily.router,
    movement.router,
    surveillance.router,
    cases.router,
    contacts.router,
    transmission.router,
    care.router,
    observation.router,
    rooms.router,
    certificates.router,
    absences.router,
    counselling.router,
    levels.router,
    command_group.router,
    stays.router,
    gates.router,
    boards.router,
)

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. Branch on `code`, never on the text.",
    "type": "object",
    "required": ["type", "code", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "Address of the explanation."},
        "code": {"type": "string"},
        "title": {"type": "string", "description": "What was wrong, with the value."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do next."},
        "values": {"type": "object", "additionalProperties": {"type": "string"}},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string", "description": "Dotted path."},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "value": {},
                },
            },
        },
    },
}


class Api(NinjaAPI):
    """Every refusal is a ``Problem``; every operation documents that."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        refusal = {
            "description": "A refusal, by its code",
            "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for operations in schema["paths"].values():
            for operation in operations.values():
                operation["responses"]["default"] = refusal
        return schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        package = operation.view_func.__module__.split(".")[-2]
        return f"{package}_{operation.view_func.__name__}"

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns = super()._get_urls()
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                reads_only = pattern.name == "openapi-json"
                view = require_safe(pattern.callback) if reads_only else pattern.callback
                pattern.callback = _speaking_problems(view)
        return patterns


def _speaking_problems(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What answers outside of an operation (no such method, no such page) answers with a problem too."""

    def speaking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            return refuse(Problem(NOT_FOUND))
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response.headers["Allow"]
            response = refuse(Problem(METHOD_NOT_ALLOWED, method=request.method, allowed=allowed))
            response.headers["Allow"] = allowed
        return response

    functools.update_wrapper(speaking, view, assigned=[name for name in functools.WRAPPER_ASSIGNMENTS if hasattr(view, name)])
    return speaking


def refuse(problem: Problem) -> HttpResponse:
    response = JsonResponse(problem.as_json(), status=problem.status, content_type=PROBLEM_TYPE)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


api = Api(
    title="Linglou API",
    version="1",
    description="Log in as in the browser (session cookie and `X-CSRFToken`), or send a token as `Authorization: Bearer`. "
    "Every refusal is a problem (RFC 9457) with a `code`.",
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url=None,
    auth=[BearerToken(), BrowserSession()],
)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Any) -> HttpResponse:
    return refuse(problem)


@api.exception_handler(ValidationError)
def _validation(request: HttpRequest, error: Any) -> HttpResponse:
    found = tuple(
        FieldError(".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0]), one["type"], one["msg"])
        for one in error.errors
    )
    return refuse(Problem(INVALID_INPUT, errors=found))


@api.exception_handler(AuthenticationError)
def _unauthenticated(request: HttpRequest, error: Any) -> HttpResponse:
    return refuse(Problem(NOT_LOGGED_IN))


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: Any) -> HttpResponse:
    if error.status_code == 403:
        return refuse(Problem(CSRF_REFUSED))
    return refuse(Problem(MALFORMED_BODY if error.status_code == 400 else REFUSED))


@api.exception_handler(Http404)
@api.exception_handler(PermissionDenied)
def _absent(request: HttpRequest, error: Any) -> HttpResponse:
    return refuse(Problem(NOT_FOUND))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: Any) -> HttpResponse:
    return refuse(Problem(TOO_LARGE, limit=256 * 1024))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def _database_away(request: HttpRequest, error: Any) -> HttpResponse:
    return refuse(Problem(DATABASE_AWAY, retry_after=RETRY_SECONDS))


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Any) -> HttpResponse:
    """The trace goes to the log, never to the caller."""
    logger.error("unexpected error", exc_info=error)
    return refuse(Problem(INTERNAL_ERROR))


for router in ROUTERS:
    api.add_router("", router)
