"""The rules as people may read them: which held on a day, from which document; and the school's risk regions."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook import actions, queries
from linglou.foundation.rulebook.forms import LEVELS, RiskRegionForm
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import clock, regions


def _day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return clock.day_of(clock.now())


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
    on = _day(request)
    language = "en" if (get_language() or "").startswith("en") else "zh"
    context = {
        "on": on,
        "rules": [(rule, getattr(rule.title, language), _text(rule.caveat, language)) for rule in queries.triage_rules(on)],
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


def _text(text: object, language: str) -> str:
    return getattr(text, language) if text else ""


def _row(row: RiskRegion) -> dict[str, object]:
    return {"entry": row, "name": regions.name_of_prefix(row.region), "level": dict(LEVELS).get(row.level, row.level)}
