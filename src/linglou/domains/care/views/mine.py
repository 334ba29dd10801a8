"""One's own observation: which day it is, what comes next, whom to call, and what one needs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linglou.domains.care.forms import NeedForm
from linglou.domains.care.models import PlanState
from linglou.domains.care.plans import actions, queries
from linglou.domains.care.problems import PLAN_CLOSED
from linglou.foundation.access.guards import actor_of, signed_in
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.problems import Problem


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The page; a posted need becomes somebody's task."""
    actor, at = actor_of(request), clock.now()
    shown = queries.own(Person.objects.get(pk=actor.person_id), at=at)
    form = NeedForm(request.POST or None)
    if request.method == "POST":
        if shown is None or shown.plan.state != PlanState.OPEN:
            raise Problem(PLAN_CLOSED)
        if form.is_valid():
            actions.raise_need(plan=shown.plan, by=actor, at=at, **form.cleaned_data)
            messages.success(request, _("收到了，正在转给能办的人，答复会发到消息里。"))
            return redirect("care:mine")
    context = {"shown": shown, "plan": shown.plan if shown else None, "form": form, "at": at, "today": clock.day_of(at)}
    return render(request, "care/mine.html", context, status=422 if form.is_bound else 200)
