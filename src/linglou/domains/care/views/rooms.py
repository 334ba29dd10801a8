"""Isolation rooms: how many beds, how many free."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from linglou.domains.care.forms import BedsForm, RoomsForm, SiteForm
from linglou.domains.care.problems import BEDS_IN_USE, NAME_TAKEN
from linglou.domains.care.rooms import actions, queries
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@requires(Verb.KEEP_ROOMS)
@never_cache
@require_http_methods(["GET", "POST"])
def rooms(request: HttpRequest) -> HttpResponse:
    """All sites with their rooms; posted, a new site."""
    actor, form = actor_of(request), SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_site(by=actor, at=clock.now(), **form.cleaned_data)
        except Problem as problem:
            if problem.kind is not NAME_TAKEN:
                raise
            form.add_error("name", f"{problem.title}{problem.cure}")
        else:
            messages.success(request, _("已添加，请再添加房间。"))
            return redirect("care:rooms")
    sites = queries.sites(actor)
    context = {
        "sites": sites, "form": form, "adding": RoomsForm(), "sees_names": actor.may_anywhere(Verb.SEE_CARE),
        "beds": sum(site.beds for site in sites), "taken": sum(site.taken for site in sites),
    }  # fmt: skip
    return render(request, "care/rooms.html", context, status=422 if form.is_bound else 200)


@requires(Verb.KEEP_ROOMS)
@require_POST
def add_rooms(request: HttpRequest, site_id: int) -> HttpResponse:
    actor, form = actor_of(request), RoomsForm(request.POST)
    site = queries.site_of(actor, site_id)
    if site is None:
        raise Problem(NOT_FOUND)
    if form.is_valid():
        new = actions.add_rooms(site=site, names=form.split(), beds=form.cleaned_data["beds"], by=actor, at=clock.now())
        messages.success(request, _("已添加 %(n)s 间。") % {"n": len(new)})
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("care:rooms")


@requires(Verb.KEEP_ROOMS)
@require_POST
def change_beds(request: HttpRequest, room_id: int) -> HttpResponse:
    actor, form = actor_of(request), BedsForm(request.POST)
    room = queries.room_of(actor, room_id)
    if room is None:
        raise Problem(NOT_FOUND)
    try:
        if form.is_valid():
            actions.change_beds(room=room, by=actor, at=clock.now(), **form.cleaned_data)
            messages.success(request, _("已更新%(room)s的床位数。") % {"room": room.name})
        else:
            messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    except Problem as problem:
        if problem.kind is not BEDS_IN_USE:
            raise
        messages.error(request, f"{problem.title}{problem.cure}")
    return redirect("care:rooms")
