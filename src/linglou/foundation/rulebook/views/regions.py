"""What a daily report means by the rules of a day, and the school's risk regions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook import actions, queries
from linglou.foundation.rulebook.forms import LEVELS, RiskRegionForm
from linglou.foundation.rulebook.models import RiskRegion
from linglou.foundation.rulebook.views.days import asked_day
from linglou.kernel import clock, regions


@requires(Verb.SEE_RULES)
@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Shown to everybody with SEE_RULES; a risk region is listed with EDIT_SCHEDULE."""
    actor = actor_of(request)
    at = clock.now()
    form = RiskRegionForm(request.POST or None, initial={"from_day": clock.day_of(at)})
    if request.method == "POST":
        actor.check_anywhere(Verb.EDIT_SCHEDULE)
        if form.is_valid():
            actions.list_risk_region(**form.cleaned_data, by=actor, at=at)
            return redirect("rulebook:rules")
    on = asked_day(request)
    context = {
        "on": on,
        "rules": queries.triage_rules(on),
        "regions": [_row(row) for row in queries.listed_risk_regions(actor.school_id, on)],
        "form": form,
        "may_edit": actor.may_anywhere(Verb.EDIT_SCHEDULE),
    }
    return render(request, "rulebook/rules.html", context, status=422 if form.errors else 200)


@requires(Verb.EDIT_SCHEDULE)
@require_POST
def withdraw(request: HttpRequest, region_id: int) -> HttpResponse:
    actions.withdraw_risk_region(region_id=region_id, by=actor_of(request), at=clock.now())
    return redirect("rulebook:rules")


def _row(row: RiskRegion) -> dict[str, object]:
    return {"entry": row, "name": regions.name_of_prefix(row.region), "level": dict(LEVELS).get(row.level, row.level)}
