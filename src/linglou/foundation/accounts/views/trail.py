"""The trail: search it, page through it, take a copy. It shows who did what to whom, never what was answered."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.accounts import sheets, trail
from linglou.foundation.accounts.forms import TrailForm
from linglou.foundation.accounts.views.codes import TYPES, download
from linglou.foundation.audit.queries import parse_cursor
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import Problem


@requires(Verb.SEE_AUDIT)
@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    form = TrailForm(request.GET or _recent(at), auto_id="trail_%s")
    page = None
    if form.is_valid():
        page = trail.page(
            wanted=trail.Wanted(**form.cleaned_data), by=actor, before=parse_cursor(request.GET.get("before", "")), at=at
        )
    query = request.GET.copy()
    query.pop("before", None)
    return render(
        request,
        "accounts/trail.html",
        {"form": form, "page": page, "query": query.urlencode(), "paged": "before" in request.GET},
        status=200 if form.is_valid() else 422,
    )


def _recent(at: clock.datetime) -> dict[str, str]:
    """A first look shows the last week: an open search would read the whole trail for a rare action."""
    return {"since": (clock.day_of(at) - timedelta(days=6)).isoformat(), "until": clock.day_of(at).isoformat()}


@requires(Verb.SEE_AUDIT)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The found entries as a file, watermarked; taking it is itself an entry."""
    actor, at = actor_of(request), clock.now()
    form = TrailForm(request.POST)
    if not form.is_valid():
        raise Problem(INVALID_INPUT)
    rows = trail.export(wanted=trail.Wanted(**form.cleaned_data), by=actor, at=at)
    titles = (_("时间"), _("操作人"), _("操作"), _("涉及谁"), _("读/写"), _("详情"))
    body = sheets.trail_xlsx(rows, titles=titles, mark=sheets.Watermark(actor.name, at))
    return download(body, name=f"{_('审计日志')}-{clock.local(at):%Y%m%d%H%M}.xlsx", kind=TYPES["xlsx"])
