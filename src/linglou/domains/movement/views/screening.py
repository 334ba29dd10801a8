"""The screening list: who is on it, of what class, why, and how it ended."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linglou.domains.movement import actions, queries
from linglou.domains.movement.forms import SettleForm
from linglou.domains.movement.models import Category, State
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock

PER_PAGE = 30


@requires(Verb.SEE_WHEREABOUTS)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    asked = {name: request.GET.get(name, "") for name in ("state", "category", "unit")}
    state = asked["state"] if asked["state"] in State.values else ""
    category = asked["category"] if asked["category"] in Category.values else ""
    unit = queries.unit_to_filter_by(actor, asked["unit"])
    found = queries.screenings(actor, state=state, category=category, unit=unit)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    counts = queries.screening_counts(actor, unit=unit)
    context = {
        "page": page, "rows": queries.listed(actor, list(page), at=at), "state": state, "category": category, "unit": unit,
        "tabs": [("" if value == "open" else value, label, counts.get(value, 0)) for value, label in State.choices],
        "categories": Category.choices, "units": queries.units_to_filter(actor), "at": at,
    }  # fmt: skip
    return render(request, "movement/screening.html", context)


@requires(Verb.SEE_WHEREABOUTS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, screening_id: int) -> HttpResponse:
    """One person on the list; settled by who may check."""
    actor, at = actor_of(request), clock.now()
    found = queries.screening(actor, screening_id)
    form = SettleForm(request.POST or None)
    if request.method == "POST":
        actor.check(Verb.CHECK_WHEREABOUTS, at=[found.unit.path])
        if form.is_valid():
            actions.settle_screening(screening=found, by=actor, at=at, **form.cleaned_data)
            messages.success(request, _("已记录排查结果，相关任务随之办结。"))
            return redirect("movement:screening")
    context = {"shown": queries.screening_detail(actor, found, at=at), "screening": found, "form": form, "at": at}
    return render(request, "movement/screened.html", context, status=422 if form.errors else 200)
