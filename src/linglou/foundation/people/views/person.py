"""One person: what the viewer may see, where they belong, who is responsible for them; moving and leaving."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.foundation.access.guards import actor_of, requires, signed_in
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import access, actions, queries
from linglou.foundation.people.forms import LeaveForm, PlaceForm
from linglou.foundation.people.models import Tree
from linglou.foundation.people.problems import ENDS_BEFORE_START
from linglou.foundation.people.unit_search import units_named
from linglou.foundation.people.views import number_in
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@signed_in
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    return redirect("people:person", actor_of(request).person_id)


@signed_in
@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    return _page(request, person_id)


@signed_in
@require_POST
def identity(request: HttpRequest, person_id: int) -> HttpResponse:
    """The same page with the id number and the birth date in clear: asked for on purpose, and left in the trail."""
    return _page(request, person_id, identity=True)


def _page(request: HttpRequest, person_id: int, *, identity: bool = False) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    view = actions.view_person(by=actor, person_id=person_id, at=at, identity=identity)
    return render(
        request,
        "people/person.html",
        {
            "view": view,
            "absent": [
                (tree.value, tree.label) for tree in Tree if tree not in {fact.tree for fact in view.profile.memberships}
            ],
            "can_search": actor.may_anywhere(Verb.SEE_NAMES),
            "can_open_units": bool(access.scopes(actor)),
            "can_issue_code": actor.may(Verb.ISSUE_CODES, at=access.paths_of(person_id, at=at)),
            "at": at,
        },
    )


@requires(Verb.MANAGE_UNITS)
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, person_id: int, tree: str) -> HttpResponse:
    """Choose where the person belongs, and from which day."""
    actor, at = actor_of(request), clock.now()
    if tree not in Tree.values:
        raise Problem(NOT_FOUND)
    who = access.get_person(actor, person_id, at)
    access.check_user_can_move(actor, who, at)
    given = request.POST if request.method == "POST" else request.GET
    since = request.GET.get("since", "")
    if chosen := number_in(given.get("unit")):
        unit = access.get_unit(actor, chosen)
        access.check_user_can_manage_unit(actor, unit)
        form = PlaceForm(request.POST or None, at=at, initial={"since": since} if since else None)
        if request.method == "POST" and form.is_valid():
            try:
                actions.join(person=who, unit=unit, at=at, by=actor, place=form.cleaned_data["place"], since=form.moment)
            except Problem as problem:
                if problem.kind is not ENDS_BEFORE_START:
                    raise
                form.add_error("since", f"{problem.title}{problem.cure}")
            else:
                messages.success(request, _("%(name)s已转入“%(unit)s”。") % {"name": who.name, "unit": unit.name})
                return redirect("people:person", who.pk)
        label = queries.labels_of([unit])[unit.pk]
        return render(
            request, "people/move_here.html", {"person": who, "unit": unit, "label": label, "form": form},
            status=422 if request.method == "POST" else 200,
        )  # fmt: skip
    if request.method == "POST":
        raise Problem(NOT_FOUND)
    text = request.GET.get("q", "").strip()
    choices = units_named(text, school_id=who.school_id, tree=tree, scope=within(actor, Verb.MANAGE_UNITS, "path"))
    labels = queries.labels_of(choices)
    template = "people/move_choices.html" if request.headers.get("HX-Request") else "people/move.html"
    return render(
        request,
        template,
        {
            "person": who, "tree": tree, "tree_label": Tree(tree).label, "text": text, "since": since,
            "is_new": bool(since), "choices": [(unit, labels[unit.pk]) for unit in choices],
        },
    )  # fmt: skip


@requires(Verb.MANAGE_UNITS)
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, person_id: int, tree: str) -> HttpResponse:
    """End where the person belongs in one tree, with a reason, from a day."""
    actor, at = actor_of(request), clock.now()
    if tree not in Tree.values:
        raise Problem(NOT_FOUND)
    who = access.get_person(actor, person_id, at)
    access.check_user_can_move(actor, who, at)
    form = LeaveForm(request.POST or None, tree=tree, at=at)
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_membership(
                person=who, tree=tree, at=at, by=actor, since=form.moment, reason=form.cleaned_data["reason"]
            )
        except Problem as problem:
            if problem.kind is not ENDS_BEFORE_START:
                raise
            form.add_error("since", f"{problem.title}{problem.cure}")
        else:
            messages.success(request, _("%(name)s的隶属已结束。") % {"name": who.name})
            return redirect("people:person", who.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "people/leave.html", {"person": who, "tree_label": Tree(tree).label, "form": form}, status=status)
