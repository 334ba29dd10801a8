"""The school's terms: what "within the same term" means."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook import actions, queries
from linglou.foundation.rulebook.forms import TermForm
from linglou.foundation.rulebook.problems import TERMS_OVERLAP
from linglou.foundation.rulebook.views.days import asked_day
from linglou.kernel import clock
from linglou.kernel.problems import Problem


@requires(Verb.SEE_RULES)
@never_cache
@require_http_methods(["GET", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """The calendar; posted, another term."""
    actor, at = actor_of(request), clock.now()
    if request.method == "POST":
        actor.check_anywhere(Verb.KEEP_OWN_RULES)
    form = TermForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_term(by=actor, at=at, **form.cleaned_data)
            messages.success(request, _("已登记学期。"))
            return redirect("rulebook:terms")
        except Problem as problem:
            if problem.kind is not TERMS_OVERLAP:
                raise
            form.add_error("first_day", f"{problem.title}{problem.cure}")
    context = {
        "on": asked_day(request), "today": clock.day_of(at), "form": form, "terms": queries.terms(actor.school_id),
        "may_keep": actor.may_anywhere(Verb.KEEP_OWN_RULES), "rows": queries.thresholds_by_term(clock.day_of(at)),
    }  # fmt: skip
    return render(request, "rulebook/terms.html", context, status=422 if form.is_bound else 200)


@requires(Verb.KEEP_OWN_RULES)
@require_POST
def withdraw(request: HttpRequest, term_id: int) -> HttpResponse:
    actions.withdraw_term(term_id=term_id, by=actor_of(request), at=clock.now())
    messages.success(request, _("已撤销这个学期。"))
    return redirect("rulebook:terms")
