"""What is brought to the isolation rooms today, for the kitchen and logistics; and the same as a workbook."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linglou.domains.care import rules
from linglou.domains.care.rooms import deliveries, sheets
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock


@requires(Verb.KEEP_ROOMS)
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """By building and room; each person whose row is shown gets an entry in the trail."""
    today = deliveries.today(actor_of(request), at=clock.now())
    labels = [(meal, label) for meal, (label, _at) in rules.MEALS.items()]
    buildings = [
        (
            building, [(label, building.meals[meal]) for meal, label in labels],
            [(one, [label for meal, label in labels if meal in one.meals]) for one in building.deliveries],
        )
        for building in today.buildings
    ]  # fmt: skip
    context = {"today": today, "totals": [(label, today.meals[meal]) for meal, label in labels], "buildings": buildings}
    return render(request, "care/deliveries.html", context)


@requires(Verb.KEEP_ROOMS)
@never_cache
@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    today = deliveries.today(actor_of(request), at=clock.now())
    name = f"deliveries-{today.day}.xlsx"
    return HttpResponse(
        sheets.workbook(today), content_type=sheets.XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
