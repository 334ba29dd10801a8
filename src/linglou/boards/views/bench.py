"""The clinic's bench."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linglou.boards import bench
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock


@requires(Verb.HANDLE_CASES)
@never_cache
@require_safe
def clinic(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    context = {"bench": bench.of(actor_of(request), at=at), "at": at, "today": clock.day_of(at)}
    return render(request, "boards/clinic.html", context)
