"""Closings: the list, the sheet of one, closing by hand, verifying, and the sheet as a file."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linglou.boards import closings, queries, sheets
from linglou.engines.rounds.models import Round, State
from linglou.engines.rounds.problems import ALREADY_CLOSED
from linglou.flows import close_opens_search_tasks
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.problems import Problem


@require_safe
@requires(Verb.SEE_CLOSING)
def closing_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    rows, not_asked = closings.recent(actor), closings.not_asked(actor, at=clock.now())
    return render(request, "boards/closings.html", {"rows": rows, "not_asked": not_asked})


@require_safe
@requires(Verb.SEE_CLOSING)
def sheet(request: HttpRequest, round_id: int) -> HttpResponse:
    """The closing sheet; for a round that still runs, a page that says so and offers to close it."""
    actor = actor_of(request)
    found = closings.get_sheet(actor, round_id, unit_id=_number(request, "unit"), page=_number(request, "page") or 0)
    if isinstance(found, Round):
        may_close = actor.may(Verb.CLOSE_ROUND, at=[found.school.path])
        return render(request, "boards/not_closed.html", {"round": found, "may_close": may_close})
    checked = closings.verified(found.closing) if request.GET.get("verify") else None
    may_export = all(actor.may(Verb.EXPORT, at=[unit.path]) for unit in found.units)
    context = {"sheet": found, "round": found.round, "checked": checked, "may_export": may_export}
    return render(request, "boards/closing.html", context)


@require_safe
@requires(Verb.SEE_CLOSING)
def verify(request: HttpRequest, round_id: int) -> HttpResponse:
    """Recount one closing now and say what was found (asked by the sheet's button)."""
    found = closings.get_sheet(actor_of(request), round_id)
    if isinstance(found, Round):
        return redirect("boards:closing", round_id=round_id)
    if not getattr(request, "htmx", False):
        return redirect(f"{request.path.removesuffix('verify/')}?verify=1")
    return render(request, "boards/verified.html", {"checked": closings.verified(found.closing)})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Verb.CLOSE_ROUND)
def close(request: HttpRequest, round_id: int) -> HttpResponse:
    """Ask first, with the figures; then close."""
    actor, at = actor_of(request), clock.now()
    round_ = closings.get_round_to_close(actor, round_id)
    if round_.state == State.CLOSED:
        raise Problem(ALREADY_CLOSED, closed_at=f"{clock.local(round_.closed_at or at):%Y-%m-%d %H:%M}")
    if request.method != "POST":
        count = queries.total(round_.school, round_)
        context = {"round": round_, "count": count, "is_early": at < round_.closes_at}
        return render(request, "boards/close.html", context)
    closing = close_opens_search_tasks.close(round_=round_, at=at, by=actor)
    messages.success(
        request, _("已结账：应报 {roster} = 已报 {responded} + 免报 {excused} + 未报 {missing}。").format(
            roster=closing.roster, responded=closing.responded, excused=closing.excused, missing=closing.missing
        ),
    )  # fmt: skip
    return redirect("boards:closing", round_id=round_.pk)


@require_safe
@requires(Verb.EXPORT)
def export(request: HttpRequest, round_id: int) -> HttpResponse:
    """The sheet as .xlsx."""
    actor = actor_of(request)
    found = closings.get_sheet(actor, round_id, unit_id=_number(request, "unit"), page_size=None)
    if isinstance(found, Round):
        return redirect("boards:closing", round_id=round_id)
    for unit in found.units:
        actor.check(Verb.EXPORT, at=[unit.path])
    return sheets.closing_file(found, by=actor, at=clock.now())


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 12 else None
