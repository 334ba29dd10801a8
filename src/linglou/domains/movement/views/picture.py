"""The picture: how well everybody's whereabouts are known, by college and down to the names; and the round that asks."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linglou.domains.movement import access, picture, queries, rules, telling, whereabouts
from linglou.domains.movement.forms import BaselineForm
from linglou.foundation.access.guards import actor_of, requires, signed_in
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.problems import Problem

PER_PAGE = 50


@signed_in
@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Counts by the units below one; who sees no whereabouts sees the colleges' counts alone."""
    actor, at = actor_of(request), clock.now()
    access.check_sees_counts(actor)
    asked = request.GET.get("unit", "")
    unit = access.unit_to_picture(actor, int(asked) if asked.isdecimal() else None)
    parts = picture.counts(unit, at=at)
    page = {
        "unit": unit, "parts": parts, "total": picture.total(unit, parts), "round": whereabouts.latest_round(actor.school_id),
        "sees_people": actor.may(Verb.SEE_WHEREABOUTS, at=[unit.path]), "screened": queries.screened(actor),
        "may_check": actor.may_anywhere(Verb.CHECK_WHEREABOUTS), "may_ask": actor.may_anywhere(Verb.EDIT_SCHEDULE),
        "form": BaselineForm(), "above": queries.above(actor, unit), "at": at,
        "areas": len(queries.areas(actor.school_id, clock.day_of(at))),
    }  # fmt: skip
    return render(request, "movement/overview.html", page)


@requires(Verb.SEE_WHEREABOUTS)
@never_cache
@require_safe
def people(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Everybody in a unit by name, who is least known first. Each person shown gets an entry in the trail."""
    actor, at = actor_of(request), clock.now()
    unit = access.unit_to_see(actor, unit_id)
    wanted = request.GET.get("known", "")
    wanted = wanted if wanted in rules.KNOWLEDGE else ""
    shown = Paginator(picture.persons(unit, at=at, knowledge=wanted), PER_PAGE).get_page(request.GET.get("page"))
    telling.read_of([row.person_id for row in shown], by=actor, at=at, unit_id=unit.pk)
    page = {
        "unit": unit, "page": shown, "wanted": wanted, "tabs": [("", _("全部")), *rules.KNOWLEDGE.items()],
        "rows": [
            (row, picture.knowledge_name(row.knowledge), whereabouts.place_name(row.region, row.place) if row.region is not None else "")
            for row in shown
        ],
    }  # fmt: skip
    return render(request, "movement/people.html", page)


@requires(Verb.EDIT_SCHEDULE)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask everybody now."""
    form = BaselineForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("请填截止时间。"))
        return redirect("movement:overview")
    try:
        telling.open_baseline(closes_at=form.cleaned_data["closes"], by=actor_of(request), at=clock.now())
    except Problem as problem:
        if not problem.errors:
            raise
        messages.warning(request, str(problem.errors[0].message))
    else:
        messages.success(request, _("已开始摸底，所有人会在首页看到。"))
    return redirect("movement:overview")
