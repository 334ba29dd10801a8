"""The board: how a round stands, from the school to the leaf, live while it runs."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from linglou.boards import access, queries
from linglou.engines.rounds import progress
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Unit, UnitKind
from linglou.kernel import clock


@require_safe
@requires(Verb.SEE_BOARD)
def home(request: HttpRequest) -> HttpResponse:
    """The actor's own unit; with several, a board of just those."""
    actor = actor_of(request)
    units = access.scope_units(actor, Verb.SEE_BOARD)
    if len(units) == 1 and units[0].kind != UnitKind.AUTHORITY:
        return redirect("boards:board", unit_id=units[0].pk)
    if any(unit.kind == UnitKind.AUTHORITY for unit in units):
        rows = queries.schools([unit.path for unit in units], at=clock.now())
        return render(request, "boards/schools.html", {"rows": rows, "units": units})
    shown = next((r for unit in units if (r := queries.round_to_show(unit))), None)
    rows_ = progress.counts(shown, [unit.pk for unit in units]) if shown else []
    sights = [access.sight(actor, unit) for unit in units]
    abnormal = bool(sights) and all(sight.abnormal for sight in sights)
    context = {"rows": rows_, "round": shown, "abnormal": abnormal, "empty_units": len(units) - len(rows_)}
    return render(request, "boards/my_units.html", context)


@require_safe
@requires(Verb.SEE_BOARD)
def board(request: HttpRequest, unit_id: int) -> HttpResponse:
    """One unit. Asked by htmx, only the live part, and nothing at all when nothing has changed."""
    actor, at = actor_of(request), clock.now()
    unit = access.get_unit(actor, unit_id, Verb.SEE_BOARD)
    if unit.kind == UnitKind.AUTHORITY:
        return redirect("boards:home")
    asked = request.GET.get("round", "")
    round_ = access.get_round(unit, int(asked)) if asked.isdecimal() and len(asked) < 19 else queries.round_to_show(unit)
    if round_ is None:
        return render(request, "boards/no_round.html", {"unit": unit, "crumbs": crumbs(actor, unit, Verb.SEE_BOARD)})
    sight, count = access.sight(actor, unit), queries.total(unit, round_)
    tree, start = request.GET.get("tree", ""), _number(request.GET.get("from", ""))
    htmx = bool(getattr(request, "htmx", False))
    minute = int(at.timestamp()) // 60
    tag = f'"{queries.etag((count, round_.state, sight, tree, start, get_language(), minute, htmx))}"'
    if tag.strip('"') in request.headers.get("If-None-Match", ""):
        return _live_headers(HttpResponseNotModified(), tag)
    shown = queries.board(unit, round_, count, sight=sight, at=at, tree=tree, start=start)
    context = {"board": shown, "at": at, "round": round_, "unit": unit}
    if htmx:
        return _live_headers(render(request, "boards/board.html#live", context), tag)
    context |= {"crumbs": crumbs(actor, unit, Verb.SEE_BOARD), "choice": queries.choice(unit, round_)}
    return _live_headers(render(request, "boards/board.html", context), tag)


def crumbs(actor: Actor, unit: Unit, verb: Verb) -> list[dict[str, Any]]:
    """The units above one that the actor may see (``pk``, ``name``), from the top. Their paths are known without a query."""
    above = list(accumulate((f"{unit_id}/" for unit_id in unit.ancestor_ids[:-1]), initial="/"))[1:]
    seen = [path for path in above if actor.may(verb, at=[path])]
    if not seen:
        return []
    shown = Unit.objects.filter(path__in=seen).exclude(kind=UnitKind.AUTHORITY).order_by("depth")
    return [dict(row) for row in shown.values("pk", "name")]


def _live_headers(response: HttpResponse, tag: str) -> HttpResponse:
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0
