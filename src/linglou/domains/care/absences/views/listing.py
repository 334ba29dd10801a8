"""The absences one follows, and one's own."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linglou.domains.care.absences import queries, rules
from linglou.domains.cases import queries as cases
from linglou.foundation.access.guards import actor_of, requires, signed_in
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock

PER_PAGE = 30
TABS = ("", "waiting", "ended")


@requires(Verb.TRACK_ABSENCES)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ""
    page = Paginator(queries.listed(actor, at=at, tab=tab), PER_PAGE).get_page(request.GET.get("page"))
    counts, today = queries.counts(actor, at=at), clock.day_of(at)
    context = {
        "page": page,
        "rows": [
            {
                "absence": one,
                "day": rules.days_missed(one.from_day, today),
                "symptoms": queries.symptom_names(one),
                "disease": cases.disease_name(one.disease),
            }
            for one in queries.rows(actor, list(page), at=at)
        ],
        "counts": counts,
        "tabs": [
            ("", _("缺课中"), counts.open), ("waiting", _("今天还没有跟进"), counts.waiting), ("ended", _("已结束"), counts.ended),
        ],
        "tab": tab,
    }  # fmt: skip
    return render(request, "care/absences.html", context)


@signed_in
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    return render(request, "care/my_absences.html", {"absences": queries.own(actor_of(request), at=at)})
