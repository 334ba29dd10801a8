"""How a disease went through the school: who may have had it from whom, over the days, and how many of those at risk fell ill."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linglou.domains.cases.forms import PeriodForm
from linglou.domains.cases.godata import files
from linglou.domains.cases.godata import queries as godata_queries
from linglou.domains.cases.queries import disease_name
from linglou.domains.cases.transmission import charts, queries
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock


@requires(Verb.SEE_CLINICAL)
@never_cache
@require_safe
def transmission(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    today = clock.day_of(at)
    diseases = [(slug, disease_name(slug)) for slug in queries.diseases(actor)]
    if not diseases:
        return render(request, "cases/transmission.html", {"form": None})
    wanted = request.GET.get("disease", "")
    disease = wanted if wanted in dict(diseases) else diseases[0][0]
    since, until = queries.period(actor, disease, today=today)
    asked = {"disease": disease, "since": since, "until": until, "by": queries.CLASS} | {
        name: text for name, text in request.GET.dict().items() if text
    }
    form = PeriodForm(asked | {"disease": disease}, diseases=diseases)
    if not form.is_valid():
        return render(request, "cases/transmission.html", {"form": form}, status=422)
    by = form.cleaned_data["by"]
    shown = queries.transmission(actor, disease, since=form.cleaned_data["since"], until=form.cleaned_data["until"], at=at)
    context: dict[str, Any] = {
        "form": form, "shown": shown, "disease": disease_name(disease), "may_export": actor.may_anywhere(Verb.EXPORT),
    }  # fmt: skip
    if shown.nodes:
        sources: dict[int, list[queries.Node]] = {}
        for edge in shown.edges:
            sources.setdefault(edge.target.case.pk, []).append(edge.source)
        context |= {
            "network": charts.network(shown, by), "timeline": charts.timeline(shown, by),
            "line_list": [(node, sources.get(node.case.pk, [])) for node in shown.nodes],
            "tables": [
                (_("按班级"), shown.rates[queries.CLASS]), (_("按寝室"), shown.rates[queries.ROOM]),
                (_("按楼栋"), shown.rates[queries.BUILDING]),
            ],
            "height": "tall" if len(shown.nodes) > 8 else "",
        }  # fmt: skip
    return render(request, "cases/transmission.html", context)


@requires(Verb.EXPORT)
@never_cache
@require_safe
def godata(request: HttpRequest) -> HttpResponse:
    """The cases, contacts and relationships of a disease in a period as a zip for Go.Data; ``names=0`` leaves the names out."""
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SEE_CLINICAL)
    diseases = [(slug, disease_name(slug)) for slug in queries.diseases(actor)]
    form = PeriodForm(request.GET.dict() | {"by": queries.CLASS}, diseases=diseases)
    if not form.is_valid():
        return render(request, "cases/transmission.html", {"form": form}, status=422)
    asked = form.cleaned_data
    export = godata_queries.export(
        actor, asked["disease"], since=asked["since"], until=asked["until"], with_names=request.GET.get("names") != "0", at=at
    )
    name = f"godata-{asked['disease']}-{asked['since']}-{asked['until']}.zip"
    return HttpResponse(
        files.as_zip(export, by=actor, at=at), content_type="application/zip",
        headers={"Content-Disposition": content_disposition_header(True, name) or ""},
    )  # fmt: skip
