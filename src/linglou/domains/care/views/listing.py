"""Everybody under care whom the viewer answers for."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linglou.domains.care.plans import queries
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock

PER_PAGE = 30


@requires(Verb.SEE_CARE)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    tab = request.GET.get("tab", "")
    tab = tab if tab in queries.TABS else ""
    text = request.GET.get("q", "").strip().replace("\0", "")[:40]
    page = Paginator(queries.listed(actor, tab=tab, text=text, at=at), PER_PAGE).get_page(request.GET.get("page"))
    counts = queries.counts(actor, at=at)
    names = {
        "": _("在管"), "unchecked": _("今天没人查看"), "due": _("待解除"), "patients": _("病例"), "needs": _("有需求"),
        "closed": _("已结束"),
    }  # fmt: skip
    context = {
        "page": page, "rows": queries.rows(actor, list(page), at=at), "tab": tab, "text": text, "at": at, "today": clock.day_of(at), "counts": counts,
        "tabs": [(key, names[key], counts[key]) for key in queries.TABS],
        "sees_cases": actor.may_anywhere(Verb.SEE_CASES), "may_keep_rooms": actor.may_anywhere(Verb.KEEP_ROOMS),
    }  # fmt: skip
    return render(request, "care/list.html", context)
