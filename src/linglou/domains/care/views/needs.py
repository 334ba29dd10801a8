"""A need, for whoever has its task."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linglou.domains.care.forms import AnswerForm
from linglou.domains.care.plans import actions, queries
from linglou.foundation.access.guards import actor_of, signed_in
from linglou.kernel import clock


@signed_in
@never_cache
@require_http_methods(["GET", "POST"])
def need(request: HttpRequest, need_id: int) -> HttpResponse:
    """What somebody asked for and where they are, nothing of why; and the answer."""
    actor, at = actor_of(request), clock.now()
    shown = queries.need(actor, need_id, at=at)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.answer_need(need=shown.need, by=actor, at=at, **form.cleaned_data)
        messages.success(request, _("已答复，本人会看到。"))
        return redirect("care:need", need_id)
    return render(request, "care/need.html", {"shown": shown, "form": form, "at": at}, status=422 if form.is_bound else 200)
