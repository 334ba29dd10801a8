"""Opening a case, in two steps that need no script: of whom and of what; then what was found and what is decided."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linglou.domains.cases import access, actions, queries
from linglou.domains.cases.forms import DiseaseForm, OpenForm, SheetForm
from linglou.domains.cases.problems import CASE_IS_OPEN, NO_DEFINITION, NOT_YET_HAPPENED, REASON_NEEDED
from linglou.domains.signals import access as signals
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.problems import Problem

ON_THE_FORM = {REASON_NEEDED, NO_DEFINITION, NOT_YET_HAPPENED, CASE_IS_OPEN}


@requires(Verb.OPEN_CASES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    today = clock.day_of(at)
    asked = request.GET.get("signal", "")
    signal = signals.signal_for(actor, int(asked)) if asked.isdecimal() else None
    given = {"number": signal.person.number, **request.GET.dict()} if signal else request.GET.dict()
    chooser = DiseaseForm(given if given.get("disease") else None, today=today, initial=given)
    context: dict[str, Any] = {"chooser": chooser, "signal": signal}
    if not chooser.is_valid():
        return render(request, "cases/new.html", context)
    person, unit = queries.person_to_open_for(actor, chooser.cleaned_data["number"], at=at)
    if person is None or unit is None:
        chooser.add_error("number", _("没有查到这个学号/工号，或不在您的管理范围。"))
        return render(request, "cases/new.html", context, status=422 if request.method == "POST" else 200)
    disease, day = chooser.cleaned_data["disease"], chooser.cleaned_data["day"] or today
    data = request.POST or None
    openings = queries.openings_of(actor, unit, disease, day)
    reported = signal.because.get("symptoms", ()) if signal else ()
    sheet = SheetForm(data, disease=disease, on=day, said=dict.fromkeys(reported, True), since={})
    form = OpenForm(data, events=openings, at=at)
    if request.method == "POST" and sheet.is_valid() and form.is_valid():
        access.check_user_can_open(actor, unit, form.cleaned_data["event"])
        try:
            case = actions.open_case(
                person=person, unit=unit, disease=disease, findings=sheet.findings(), by=actor, at=at,
                signal_id=signal.pk if signal else None, **form.cleaned_data,
            )  # fmt: skip
        except Problem as problem:
            if problem.kind not in ON_THE_FORM:
                raise
            form.add_error("reason" if problem.kind is REASON_NEEDED else None, f"{problem.title}{problem.cure}")
        else:
            messages.success(
                request, _("已建立病例 %(number)s，正在通知校医院、辅导员、学院、防控办和指挥部。") % {"number": case.number}
            )
            return redirect("cases:detail", case.pk)
    context |= {
        "person": person,
        "unit": unit,
        "disease": queries.disease_name(disease),
        "day": day,
        "sheet": sheet,
        "form": form,
        "may_decide": actor.may(Verb.HANDLE_CASES, at=[unit.path]),
    }
    return render(request, "cases/open.html", context, status=422 if request.method == "POST" else 200)
