"""Find people: as one types, and without scripts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import access, actions
from linglou.kernel import clock


@requires(Verb.SEE_NAMES)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The search page; to htmx only the list of who was found."""
    text = request.GET.get("q", "").strip()
    actor = actor_of(request)
    found = actions.look_up(by=actor, text=text, at=clock.now())
    template = "people/found.html" if request.headers.get("HX-Request") else "people/search.html"
    return render(request, template, {"text": text, "found": found, "can_add": access.user_can_add_somewhere(actor)})
