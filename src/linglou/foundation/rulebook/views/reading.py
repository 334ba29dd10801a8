"""Rules to read: a disease's pack as a clinician reads it, and what a school has to do by number and clock."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linglou.foundation.access.guards import requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook import queries
from linglou.foundation.rulebook.rules.diseases import Classification, Observation, Release
from linglou.foundation.rulebook.views.days import asked_day
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@requires(Verb.SEE_RULES)
@require_safe
def diseases(request: HttpRequest) -> HttpResponse:
    on = asked_day(request)
    listed = [
        {
            "disease": disease,
            "class": next(iter(queries.disease_rows(disease.slug, Classification, on)), None),
            "contact": queries.contact_definition(disease.slug, on),
            "observation": queries.observation(disease.slug, "close-contact", on),
        }
        for disease in queries.diseases()
    ]
    return render(request, "rulebook/diseases.html", {"on": on, "diseases": listed})


@requires(Verb.SEE_RULES)
@require_safe
def disease(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.disease(slug)
    if found is None:
        raise Problem(NOT_FOUND)
    on = asked_day(request)
    context = {
        "on": on,
        "disease": found,
        "class": next(iter(queries.disease_rows(slug, Classification, on)), None),
        "definitions": queries.case_definitions(slug, on).values(),
        "window": queries.infectious_window(slug, on),
        "contact": queries.contact_definition(slug, on),
        "observations": queries.disease_rows(slug, Observation, on),
        "releases": queries.disease_rows(slug, Release, on),
        "parameters": queries.parameters(slug),
    }
    return render(request, "rulebook/disease.html", context)


@requires(Verb.SEE_RULES)
@require_safe
def school(request: HttpRequest) -> HttpResponse:
    on = asked_day(request)
    context = {
        "on": on,
        "thresholds": queries.thresholds(on),
        "clocks": queries.report_clocks(on),
        "levels": queries.level_effects(on),
        "screening": queries.screening(on),
    }
    return render(request, "rulebook/school.html", context)
