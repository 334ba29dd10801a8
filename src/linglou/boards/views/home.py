"""The first page: did mine count? Then whom I answer for, and the ways to the day's work."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linglou.boards import navigation
from linglou.domains.care.observation import queries as observation
from linglou.domains.command.levels import queries as levels
from linglou.domains.daily import queries as daily
from linglou.domains.daily import zero_report
from linglou.domains.movement import whereabouts
from linglou.engines.notifications.queries import unread_count
from linglou.foundation.access.guards import actor_of, signed_in
from linglou.foundation.people.models import Person
from linglou.kernel import clock, ids

ELSEWHERE = {"/", "/account/", "/inbox/"}  # stand elsewhere on the page already


@signed_in
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One's own report comes first, for staff too."""
    actor, at = actor_of(request), clock.now()
    person = Person.objects.get(pk=actor.person_id)
    page = {
        "at": at,
        "person": person,
        "asked": daily.asked_of(person, at=at),
        "watched": next(iter(observation.watching(person.pk)), None),
        "level": levels.banner(actor.school_id, at),
        "today": clock.day_of(at),
        "whereabouts": whereabouts.asked_of(person, at=at),
        "wards": [
            (
                ward,
                daily.asked_of(ward, at=at),
                whereabouts.asked_of(ward, at=at),
                whereabouts.told_by_others(ward, actor.person_id, at=at),
            )
            for ward in daily.wards_of(actor)
        ],
        "units_waiting": [one for one in zero_report.units_asked(actor, at=at) if one.answer is None],
        "unread": unread_count(person.pk),
        "tiles": [link for link in navigation.offered(actor, "/").links if link.url not in ELSEWHERE],
        "key": ids.token(24),
    }
    return render(request, "boards/home.html", page)
