"""今日跟进: the page that answers "whom do I call now?"."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linglou.boards import calls
from linglou.boards import work as works
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock


@require_safe
@requires(Verb.LOG_CONTACT)
def work(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("round", "")
    found, rounds = works.of(
        actor_of(request), at=clock.now(), round_id=int(asked) if asked.isdecimal() and len(asked) < 19 else None
    )
    context = {"work": found, "round": found.round, "rounds": rounds, "results": calls.results(), "show_unit": True}
    return render(request, "boards/work.html", context)
