"""``/healthz`` and ``/metrics``."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from linglou.kernel import clock
from linglou.server import health

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """200 with the state of every part; 503 only while the database is away, for then nothing can be served here."""
    found = health.look(clock.now())
    return JsonResponse(found.as_json(), status=200 if found.can_serve else 503)


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(health.metrics(clock.now()), content_type=METRICS_TYPE)
