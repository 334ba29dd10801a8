"""Call-backs: draw a sample, telephone, record what came of it."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from linglou.domains.movement import queries, rules, sampling
from linglou.domains.movement.forms import SampleForm
from linglou.domains.movement.problems import NOBODY_TO_DRAW
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.problems import Problem

PER_PAGE = 30


@requires(Verb.CHECK_WHEREABOUTS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The call-backs that wait in my scope, with telephone numbers; the samples they were drawn in."""
    actor, at = actor_of(request), clock.now()
    form = SampleForm(request.POST or None, units=queries.units_to_draw(actor))
    if request.method == "POST" and form.is_valid():
        unit, size = form.cleaned_data["unit"], form.cleaned_data["size"]
        try:
            sample = sampling.draw(unit=unit, size=size, seed=secrets.randbits(31), by=actor, at=at)
        except Problem as problem:
            if problem.kind is not NOBODY_TO_DRAW:
                raise
            form.add_error("unit", f"{problem.title}{problem.cure}")
        else:
            messages.success(request, _("已抽取 %(n)d 人，请逐一电话核实。") % {"n": sample.size})
            return redirect("movement:checks")
    done = request.GET.get("done") == "1"
    page = Paginator(queries.calls(actor, done=done), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "rows": queries.call_rows(actor, list(page), at=at), "done": done,
        "results": rules.RESULTS, "samples": queries.samples(actor),
    }  # fmt: skip
    return render(request, "movement/checks.html", context, status=422 if form.errors else 200)


@requires(Verb.CHECK_WHEREABOUTS)
@require_POST
def record(request: HttpRequest, call_id: int) -> HttpResponse:
    actor = actor_of(request)
    call = queries.call(actor, call_id)
    sampling.record(
        call=call, result=request.POST.get("result", ""), note=request.POST.get("note", ""), by=actor, at=clock.now()
    )
    messages.success(request, _("已记下。"))
    return redirect("movement:checks")
