"""Where I am and have been, on one screen; and the same page for somebody whom one telephones or helps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linglou.domains.movement import access, explaining, queries, telling, whereabouts
from linglou.domains.movement.forms import StayForm, TripForm
from linglou.domains.movement.gates import queries as gates
from linglou.domains.movement.telling import NewTrip, Teller
from linglou.domains.movement.whereabouts import place_name, trip_name
from linglou.engines.rounds.models import Source as RoundSource
from linglou.foundation.access.guards import actor_of, requires, signed_in
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Person
from linglou.kernel import clock, ids
from linglou.kernel.problems import Problem


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    person = Person.objects.get(pk=actor.person_id)
    return _page(request, Teller(person, actor), reverse("movement:mine"), "movement/mine.html")


@requires(Verb.SEE_WHEREABOUTS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody else's: every look leaves a trace; told by who may check, also as the end of a call-back (``?call=``)."""
    actor, at = actor_of(request), clock.now()
    who = access.person_to_see(actor, person_id, at=at)
    if request.method == "POST":
        access.check_user_can_check(actor, who, at=at)
    call = queries.call_of(actor, request.GET.get("call", ""), who)
    here = reverse("movement:person", args=[who.pk]) + (f"?call={call.pk}" if call and request.method != "POST" else "")
    telling.read_of([who.pk], by=actor, at=at)
    return _page(request, Teller(who, actor, call), here, "movement/person.html", {"gates": gates.of_person(who, at=at)})


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tell_for(request: HttpRequest, person_id: int) -> HttpResponse:
    """The round answered for somebody. Whoever sees whereabouts goes on at the person's page, where what stands is shown."""
    actor, at = actor_of(request), clock.now()
    teller = telling.for_somebody(person_id=person_id, by=actor, at=at)
    if request.method != "POST" and not teller.is_blind:
        own = teller.person.pk == actor.person_id
        return redirect("movement:mine") if own else redirect("movement:person", person_id=teller.person.pk)
    return _page(request, teller, reverse("movement:tell_for", args=[teller.person.pk]), "movement/tell_for.html")


def _page(request: HttpRequest, teller: Teller, here: str, template: str, more: dict[str, Any] | None = None) -> HttpResponse:
    at = clock.now()
    doing = request.POST.get("do", "") if request.method == "POST" else ""
    today = clock.day_of(at)
    stay = StayForm(request.POST if doing == "stay" else None, initial={"from_day": "", "where": "region"}, prefix="stay")
    trip = TripForm(request.POST if doing == "trip" else None, initial={"means": "train"}, prefix="trip")
    if doing and _done(request, doing, teller, stay, trip):
        messages.success(request, _("已记下。"))
        return redirect(here)
    told = whereabouts.told_by(teller.person, at=at, only_by=teller.shown_of)
    who = whereabouts.companions(told.trips)
    page: dict[str, Any] = {
        "told": told, "person": teller.person, "today": today, "key": ids.token(24), "here": here, "call": teller.call,
        "stays": [(row, place_name(row.region, row.place)) for row in told.stays],
        "trips": [(row, trip_name(row), [who[one].name for one in row.companion_ids if one in who]) for row in told.trips],
        "asked": whereabouts.asked_of(teller.person, at=at), "stay_form": stay, "trip_form": trip,
        "screening": None if teller.is_blind else explaining.current(teller.person),
        "once": teller.standing is not None and teller.standing.source == RoundSource.MONITOR,
        "may_tell": (
            teller.by.person_id == teller.person.pk
            or (telling.may_tell(teller, at=at) if teller.is_blind else access.user_can_check(teller.by, teller.person, at=at))
        ),
        **(more or {}),
    }  # fmt: skip
    return render(request, template, page, status=422 if stay.errors or trip.errors else 200)


def _done(request: HttpRequest, doing: str, teller: Teller, stay: StayForm, trip: TripForm) -> bool:
    """Whether it was written; if not, the form says why."""
    at = clock.now()
    key = request.POST.get("key", "")[:64] or ids.token(24)
    number = request.POST.get("id", "")
    form: forms.Form | None = {"stay": stay, "trip": trip}.get(doing)
    if form is not None and not form.is_valid():
        return False
    try:
        if doing == "stay":
            telling.add_stay(teller=teller, stay=stay.stay(), key=key, at=at)
        elif doing == "trip":
            telling.add_trip(teller=teller, trip=NewTrip(**trip.trip()), key=key, at=at)
        elif doing == "campus":
            telling.never_left(teller=teller, key=key, at=at)
        elif doing == "back":
            telling.came_back(teller=teller, key=key, at=at)
        elif doing == "drop-stay" and number.isdecimal():
            telling.drop_stay(teller=teller, stay_id=int(number), key=key, at=at)
        elif doing == "drop-trip" and number.isdecimal():
            telling.drop_trip(teller=teller, trip_id=int(number), key=key, at=at)
    except Problem as problem:
        if form is None or not problem.errors:
            raise
        for error in problem.errors:
            form.add_error(error.field, str(error.message))
        return False
    return True
