"""The clinic certifies a return, in two steps that need no script: by which disease's criteria; then what they ask for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linglou.domains.care.absences import access, actions, knowledge, queries
from linglou.domains.care.absences.forms import DiseaseForm, ReturnForm
from linglou.domains.care.absences.problems import ABSENCE_DATES, NO_RETURN_RULE, RETURN_AGAINST_RULE
from linglou.domains.cases import queries as cases
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook.rules.criteria import Known
from linglou.kernel import clock
from linglou.kernel.problems import Problem

ON_THE_FORM = {ABSENCE_DATES, NO_RETURN_RULE, RETURN_AGAINST_RULE}


@requires(Verb.RELEASE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def certify(request: HttpRequest, absence_id: int) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    absence = access.absence_for(actor, absence_id)
    access.check_user_can_certify(actor, absence)
    today = clock.day_of(at)
    chooser = DiseaseForm(request.GET if "disease" in request.GET else {"disease": absence.disease}, today=today)
    disease = chooser.cleaned_data["disease"] if chooser.is_valid() else ""
    rule = knowledge.rule_of(disease, today)
    known = knowledge.known_before(actor, absence, at=at)
    form = ReturnForm(request.POST or None, rule=rule, known=known, today=today)
    if request.method == "POST" and form.is_valid():
        typed = form.typed()
        known = Known(at=at, **typed)
        try:
            ended = actions.certify(
                absence=absence, disease=disease, returned_on=form.cleaned_data["returned_on"], reason=form.cleaned_data["reason"],
                by=actor, at=at, **typed,
            )  # fmt: skip
        except Problem as problem:
            if problem.kind not in ON_THE_FORM:
                raise
            form.add_error("reason" if problem.kind is RETURN_AGAINST_RULE else None, f"{problem.title}{problem.cure}")
        else:
            messages.success(request, _("已签发复课证明，缺课追踪结束。"))
            return redirect("care:certificate", ended.certificate_id)
    context: dict[str, Any] = {
        "shown": queries.detail(actor, absence, at=at),
        "absence": absence,
        "chooser": chooser,
        "disease": disease,
        "disease_name": cases.disease_name(disease),
        "judged": knowledge.judged(rule, known) if rule else None,
        "form": form,
    }
    return render(request, "care/absence_return.html", context, status=422 if request.method == "POST" else 200)
