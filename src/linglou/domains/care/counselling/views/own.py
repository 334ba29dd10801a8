"""A questionnaire that somebody fills in themselves, on a phone; and what is said to them afterwards."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linglou.domains.care.counselling import actions, queries, rules
from linglou.domains.care.counselling.forms import QuestionnaireForm
from linglou.domains.care.models import Instrument
from linglou.foundation.access.guards import actor_of, signed_in
from linglou.foundation.people import queries as people
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

CALLS = {"hotline": rules.HOTLINE, "ambulance": rules.AMBULANCE, "police": rules.POLICE}


@signed_in
@never_cache
@require_safe
def wellbeing(request: HttpRequest) -> HttpResponse:
    questionnaires = [
        {"key": key, "title": Instrument(key).label, "n": len(one.items)} for key, one in rules.QUESTIONNAIRES.items()
    ]
    thanks = queries.thanks(actor_of(request), at=clock.now())
    return render(
        request, "care/wellbeing.html", {"questionnaires": questionnaires, "supporters": thanks.supporters, "calls": CALLS}
    )


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def fill(request: HttpRequest, instrument: str) -> HttpResponse:
    if instrument not in rules.QUESTIONNAIRES:
        raise Problem(NOT_FOUND)
    actor = actor_of(request)
    form = QuestionnaireForm(request.POST or None, instrument=instrument)
    if request.method == "POST" and form.is_valid():
        person = people.persons_by_id([actor.person_id])[actor.person_id]
        actions.assess(person=person, instrument=instrument, answers=form.answers(), by=actor, at=clock.now())
        return redirect("care:wellbeing_done")
    context = {"form": form, "title": Instrument(instrument).label, "stem": rules.STEM, "calls": CALLS}
    return render(request, "care/questionnaire.html", context, status=422 if request.method == "POST" else 200)


@signed_in
@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    shown = queries.thanks(actor_of(request), at=clock.now())
    return render(request, "care/wellbeing_done.html", {"shown": shown, "calls": CALLS})
