"""The list of cases."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linglou.domains.cases import queries
from linglou.domains.cases.models import Status
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock

PER_PAGE = 30


@requires(Verb.SEE_CASES)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    status = request.GET.get("status", "")
    status = status if status in {*Status.values, "ended", "owing"} else ""
    diseases = queries.diseases_of(actor)
    disease = request.GET.get("disease", "")
    disease = disease if disease in dict(diseases) else ""
    page = Paginator(queries.listed(actor, status=status, disease=disease), PER_PAGE).get_page(request.GET.get("page"))
    counts = queries.counts(actor)
    context = {
        "page": page,
        "rows": [(case, queries.disease_name(case.disease)) for case in queries.rows(actor, list(page), at=at)],
        "counts": counts,
        "tabs": [
            ("", _("在管"), counts.current),
            *((code, Status(code).label, n) for code, n in counts.by_status.items() if n),
            ("owing", _("待上报"), counts.owing),
            ("ended", _("已结束"), counts.ended),
        ],
        "status": status,
        "disease": disease,
        "diseases": diseases,
        "may_open": actor.may_anywhere(Verb.OPEN_CASES),
        "may_see_clinical": actor.may_anywhere(Verb.SEE_CLINICAL),
        "at": at,
    }
    return render(request, "cases/list.html", context)
