"""The chain audit, and the declaration that the school is ready."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import access, actions, chain_audit, queries
from linglou.foundation.people.views import number_in
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@requires(Verb.AUDIT_CHAIN)
@require_safe
def chain(request: HttpRequest) -> HttpResponse:
    """Every hole and vacancy in the viewer's part of the school."""
    actor = actor_of(request)
    tops = chain_audit.units_to_audit(actor.paths(Verb.AUDIT_CHAIN))
    wanted = number_in(request.GET.get("unit"))
    unit = next((top for top in tops if top.pk == wanted), tops[0] if tops else None)
    if unit is None:
        raise Problem(NOT_FOUND)
    audit = chain_audit.run(unit, at=clock.now())
    labels = queries.labels_by_path({finding.path for finding in audit.findings if finding.path})
    return render(
        request,
        "people/chain.html",
        {
            "unit": unit, "tops": tops if len(tops) > 1 else [], "audit": audit,
            "groups": [(group, [(one, labels.get(one.path, "")) for one in group.findings]) for group in audit.groups()],
            "state": chain_audit.state_of(unit, audit) if unit.kind == "school" else None,
            "can_declare": unit.kind == "school" and access.user_can_declare_ready(actor, unit),
            "can_open_people": actor.may_anywhere(Verb.SEE_NAMES), "can_open_units": bool(access.scopes(actor)),
        },
    )  # fmt: skip


@requires(Verb.CONFIGURE)
@require_POST
def ready(request: HttpRequest) -> HttpResponse:
    """Declare the school ready, or take it back."""
    actor, at = actor_of(request), clock.now()
    school = access.get_unit(actor, number_in(request.POST.get("unit")))
    access.check_user_can_declare_ready(actor, school)
    if request.POST.get("do") == "withdraw":
        actions.withdraw_readiness(school=school, at=at, by=actor)
        messages.success(request, _("已撤回就绪确认。"))
    else:
        actions.declare_ready(school=school, at=at, by=actor)
        messages.success(request, _("已确认：责任链完整，学校就绪。"))
    return redirect("people:chain")
