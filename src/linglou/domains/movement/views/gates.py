"""Who of a unit is on campus, and who left and is not back, by the gates."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linglou.domains.movement import access
from linglou.domains.movement.gates import queries, rules
from linglou.domains.movement.telling import read_of
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.queries import labels_by_path
from linglou.kernel import clock

PER_PAGE = 50


@requires(Verb.SEE_WHEREABOUTS)
@never_cache
@require_safe
def listing(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Whoever is out first. Each person shown gets an entry in the trail."""
    actor, at = actor_of(request), clock.now()
    unit = access.unit_to_see(actor, unit_id)
    asked = request.GET.get("state", "")
    state = asked if asked in rules.STATES else "out"
    found = queries.presence(unit, state=state, at=at)
    shown = Paginator(found.listed, PER_PAGE).get_page(request.GET.get("page"))
    read_of([row.person_id for row in shown], by=actor, at=at, unit_id=unit.pk)
    labels = labels_by_path({row.path for row in shown})
    page = {
        "unit": unit, "page": shown, "wanted": state, "rows": [(row, labels.get(row.path, "")) for row in shown], "at": at,
        "tabs": [(name, label, found.counts[name]) for name, label in rules.STATES.items()], "has_taps": sum(found.counts.values()) > found.counts["none"],
    }  # fmt: skip
    return render(request, "movement/gates.html", page)
