"""A school's own rules: beside the packs, never over them."""

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
from linglou.foundation.rulebook.forms import OwnRuleForm
from linglou.foundation.rulebook.problems import NO_SUCH_NUMBER, NOT_STRICTER, UNKNOWN_RULE
from linglou.foundation.rulebook.views.days import asked_day
from linglou.kernel import clock
from linglou.kernel.problems import Problem

REFUSED = (UNKNOWN_RULE, NO_SUCH_NUMBER, NOT_STRICTER)


@requires(Verb.SEE_RULES)
@never_cache
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """All of them; posted, a new one."""
    actor, at = actor_of(request), clock.now()
    if request.method == "POST":
        actor.check_anywhere(Verb.KEEP_OWN_RULES)
    form = OwnRuleForm(request.POST or None, initial={"from_day": clock.day_of(at), "rule_id": request.GET.get("rule", "")})
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_own_rule(by=actor, at=at, **form.cleaned_data)
            messages.success(request, _("已登记，从起始日起与现行规则并列执行。"))
            return redirect("rulebook:own")
        except Problem as problem:
            if problem.kind not in REFUSED:
                raise
            form.add_error("rule_id" if problem.kind is UNKNOWN_RULE else None, f"{problem.title}{problem.cure}")
            for error in problem.errors:
                form.add_error(error.field, error.message)
    context = {
        "on": asked_day(request), "form": form, "may_keep": actor.may_anywhere(Verb.KEEP_OWN_RULES),
        "rules": [(one, next(iter(queries.rows_named(one.rule_id)), None)) for one in queries.every_own_rule(actor.school_id)],
    }  # fmt: skip
    return render(request, "rulebook/own.html", context, status=422 if form.is_bound else 200)


@requires(Verb.KEEP_OWN_RULES)
@require_POST
def withdraw(request: HttpRequest, own_id: int) -> HttpResponse:
    actions.withdraw_own_rule(own_id=own_id, by=actor_of(request), at=clock.now())
    messages.success(request, _("已撤销，以后按现行规则执行。"))
    return redirect("rulebook:own")
