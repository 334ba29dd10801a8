"""One person's record by hand: somebody arrives, something on record is wrong, somebody leaves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import access, actions, queries, records, rules
from linglou.foundation.people.forms import AddForm, CorrectForm, LeaveForm
from linglou.foundation.people.models import PersonKind, Tree
from linglou.foundation.people.problems import ENDS_BEFORE_START, KIND_HELD_BY_POST, NUMBER_TAKEN
from linglou.foundation.people.unit_search import units_named
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT, NOT_FOUND
from linglou.kernel.problems import Problem

ON_THE_FORM = {INVALID_INPUT, NUMBER_TAKEN, KIND_HELD_BY_POST}


@requires(Verb.IMPORT_ROSTER)
@require_safe
def add_where(request: HttpRequest) -> HttpResponse:
    """Which class or department somebody new belongs to."""
    actor = actor_of(request)
    text = request.GET.get("q", "").strip()
    choices = units_named(
        text, school_id=actor.school_id, tree=Tree.ADMINISTRATION, scope=within(actor, Verb.MANAGE_UNITS, "path")
    )
    labels = queries.labels_of(choices)
    template = "people/add_choices.html" if request.headers.get("HX-Request") else "people/add_where.html"
    return render(request, template, {"text": text, "choices": [(unit, labels[unit.pk]) for unit in choices]})


@requires(Verb.IMPORT_ROSTER)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, unit_id: int) -> HttpResponse:
    """Enter somebody new at a unit; a student then gets a room."""
    actor, at = actor_of(request), clock.now()
    unit = access.get_unit(actor, unit_id)
    access.check_user_can_add(actor, unit)
    if unit.tree != Tree.ADMINISTRATION or unit.kind not in rules.HAVE_MEMBERS or unit.closed_at is not None:
        raise Problem(NOT_FOUND)
    form = AddForm(request.POST or None, unit=unit, at=at)
    if request.method == "POST" and form.is_valid():
        try:
            person = records.add(unit=unit, typed=form.typed(), since=form.moment, at=at, by=actor)
        except Problem as problem:
            _show(form, problem)
        else:
            messages.success(request, _("已新增%(name)s，自%(day)s起计入“%(unit)s”的名册。") % {
                "name": person.name, "day": form.cleaned_data["since"].isoformat(), "unit": unit.name,
            })  # fmt: skip
            if person.kind == PersonKind.STUDENT:
                return redirect(
                    f"{reverse('people:move', args=[person.pk, Tree.RESIDENCE])}?since={form.cleaned_data['since']}"
                )
            return redirect("people:person", person.pk)
    label = queries.labels_of([unit])[unit.pk]
    status = 422 if request.method == "POST" else 200
    return render(request, "people/add.html", {"unit": unit, "label": label, "form": form}, status=status)


@requires(Verb.IMPORT_ROSTER)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, person_id: int) -> HttpResponse:
    """Correct what is on record. Guarded fields show at most their masks: nobody reads them here."""
    actor, at = actor_of(request), clock.now()
    person = access.get_person(actor, person_id, at)
    access.check_user_can_correct(actor, person, at)
    view = actions.view_person(by=actor, person_id=person_id, at=at, contact=False)
    form = CorrectForm(
        request.POST or None,
        person=person,
        shown={"phone": view.phone, "guardian_phone": view.guardian_phone, "id_number": view.id_number,
               "guardian_name": view.guardian_name} if not view.sight.own else {},
        sees_identity=view.sight.identity,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            changed = records.correct(
                person=person, typed=form.typed(), erase=form.cleaned_data.get("erase", ()), at=at, by=actor
            )
        except Problem as problem:
            _show(form, problem)
        else:
            if changed:
                messages.success(request, _("已更正%(name)s的信息，并留痕。") % {"name": form.cleaned_data["name"]})
            else:
                messages.info(request, _("没有改动。"))
            return redirect("people:person", person.pk)
    return render(
        request, "people/correct.html", {"person": person, "form": form}, status=422 if request.method == "POST" else 200
    )


@requires(Verb.MANAGE_UNITS)
@require_http_methods(["GET", "HEAD", "POST"])
def depart(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody leaves the school: memberships and posts end, with a reason and a day."""
    actor, at = actor_of(request), clock.now()
    person = access.get_person(actor, person_id, at)
    access.check_user_can_depart(actor, person, at)
    form = LeaveForm(request.POST or None, tree=None, at=at)
    if request.method == "POST" and form.is_valid():
        try:
            actions.depart(person=person, reason=form.cleaned_data["reason"], since=form.moment, at=at, by=actor)
        except Problem as problem:
            if problem.kind is not ENDS_BEFORE_START:
                raise
            form.add_error("since", f"{problem.title}{problem.cure}")
        else:
            messages.success(request, _("已为%(name)s办理离校。") % {"name": person.name})
            return redirect("people:person", person.pk)
    view = {"profile": queries.profile_of(person, at=at)}
    return render(
        request, "people/depart.html", {"person": person, "form": form, "view": view},
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


def _show(form: Any, problem: Problem) -> None:
    """A refusal about what was typed goes back onto the form; any other is none of the form's."""
    if problem.kind is ENDS_BEFORE_START:
        form.add_error("since", f"{problem.title}{problem.cure}")
    elif problem.kind in ON_THE_FORM:
        form.add_problem(problem)
    else:
        raise problem
