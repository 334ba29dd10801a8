"""The missing list: who has to be called, the contact log in one tap, and the list as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linglou.boards import access, calls, queries, sheets
from linglou.boards.views.board import crumbs
from linglou.engines.rounds import progress
from linglou.engines.rounds.models import Attempt, Round
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Tree, Unit, UnitKind
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem


@require_safe
@requires(Verb.SEE_WHETHER)
def missing_list(request: HttpRequest, unit_id: int) -> HttpResponse:
    """One page of a unit's missing people."""
    actor, at = actor_of(request), clock.now()
    unit = access.get_unit(actor, unit_id, Verb.SEE_WHETHER)
    round_ = _round(request, unit)
    if round_ is None:
        return render(request, "boards/no_round.html", {"unit": unit, "crumbs": crumbs(actor, unit, Verb.SEE_WHETHER)})
    sight = access.sight(actor, unit)
    page = calls.page(round_, unit, by=actor, at=at, after=request.GET.get("after", ""))
    context = {
        "unit": unit, "round": round_, "sight": sight, "page": page, "total": queries.total(unit, round_),
        "results": calls.results(), "parts": _parts(round_, unit), "crumbs": crumbs(actor, unit, Verb.SEE_WHETHER),
    }  # fmt: skip
    return render(request, "boards/missing.html", context)


@require_POST
@requires(Verb.LOG_CONTACT)
def log_attempt(request: HttpRequest, round_id: int, person_id: int) -> HttpResponse:
    """One tap of the contact log. htmx gets the person's row back, a plain form the page it came from."""
    actor, at = actor_of(request), clock.now()
    round_, person = calls.get_callable(actor, round_id, person_id, at=at)
    result = request.POST.get("result", "")
    if result not in Attempt.values:
        error = FieldError("result", "unknown", _("请选择一种联系结果。"), result)
        raise Problem(INVALID_INPUT, errors=(error,))
    row = calls.log(round_, person, result=Attempt(result), note=request.POST.get("note", "")[:200], by=actor, at=at)
    if getattr(request, "htmx", False):
        back = request.htmx.current_url_abs_path or ""  # type: ignore[attr-defined]
        context = {"person": row, "round": round_, "results": calls.results(), "is_swap": True, "back": back.split("#")[0]}
        return render(request, "boards/logged.html", context)
    back = request.POST.get("back", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours else reverse("boards:work"))


@require_safe
@requires(Verb.EXPORT)
def export(request: HttpRequest, unit_id: int) -> HttpResponse:
    """The whole missing list of a unit as .xlsx, watermarked and audited."""
    actor, at = actor_of(request), clock.now()
    unit = access.get_unit(actor, unit_id, Verb.EXPORT)
    actor.check(Verb.SEE_WHETHER, at=[unit.path])
    round_ = _round(request, unit)
    if round_ is None:
        return redirect("boards:missing", unit_id=unit.pk)
    return sheets.missing_file(round_, unit, by=actor, at=at)


def _round(request: HttpRequest, unit: Unit) -> Round | None:
    asked = request.GET.get("round", "")
    return access.get_round(unit, int(asked)) if asked.isdecimal() and len(asked) < 19 else queries.round_to_show(unit)


def _parts(round_: Round, unit: Unit) -> list[tuple[str, list[progress.Count]]]:
    """The units below with anybody missing, to narrow the list to."""
    if unit.kind in queries.LEAVES:
        return []
    trees = [(Tree.ADMINISTRATION, _("院系班级")), (Tree.RESIDENCE, _("楼栋"))]
    if unit.kind != UnitKind.SCHOOL:
        trees = [(Tree(unit.tree), "")]
    parts = [
        (label, [c for c in progress.children(round_, unit, tree=tree, limit=queries.CHILDREN) if c.missing])
        for tree, label in trees
    ]
    return [part for part in parts if part[1]]
