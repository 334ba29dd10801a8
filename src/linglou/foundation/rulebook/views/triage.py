"""What a daily report means by the rules of a day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linglou.foundation.access.guards import requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook import queries
from linglou.foundation.rulebook.views.days import asked_day


@requires(Verb.SEE_RULES)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    on = asked_day(request)
    return render(request, "rulebook/rules.html", {"on": on, "rules": queries.triage_rules(on)})
