"""Issue activation codes: choose a unit, print its sheet; or find one person, and give or reset."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.accounts import actions, queries, rules, sheets
from linglou.foundation.accounts.forms import OneCodeForm, SheetForm
from linglou.foundation.people.queries import units_in
from linglou.kernel import clock, typesetting
from linglou.kernel.problems import Problem

TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf"}


@requires(Verb.ISSUE_CODES)
@never_cache
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """Where the actor issues codes, how far each is, and a search by number."""
    actor, at = actor_of(request), clock.now()
    roots = queries.roots_for_codes(actor)
    if len(roots) == 1 and "number" not in request.GET:
        return redirect("accounts:unit_codes", roots[0].pk)
    number = request.GET.get("number", "")[:60]
    found = queries.people_with_number(number, by=actor, at=at) if number else []
    if len(found) == 1:
        return redirect("accounts:person_code", found[0].pk)
    return render(
        request,
        "accounts/codes.html",
        {"progress": queries.progress(roots, at=at), "number": number, "found": found},
    )


@requires(Verb.ISSUE_CODES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unit_codes(request: HttpRequest, unit_id: int) -> HttpResponse:
    """A unit: how far its people are, its sub-units, and the sheet to print. A post answers with the file."""
    actor, at = actor_of(request), clock.now()
    unit = queries.unit_for_codes(unit_id, by=actor)
    form = SheetForm(request.POST or None)
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            return _sheet(request, unit_id, form)
        except Problem as refused:
            problem = refused
    below = units_in(unit.path).filter(parent=unit).order_by("sort_key", "pk")
    return render(
        request,
        "accounts/unit_codes.html",
        {
            "unit": unit,
            "above": [above for above in _ancestors(unit) if actor.may(Verb.ISSUE_CODES, at=[above.path])],
            "whole": queries.progress([unit], at=at)[0],
            "below": queries.progress(below, at=at),
            "form": form,
            "problem": problem,
            "can_pdf": typesetting.chinese_font() is not None,
        },
        status=problem.status if problem else 422 if request.method == "POST" else 200,
    )


def _ancestors(unit: queries.Unit) -> list[queries.Unit]:
    by_id = queries.Unit.objects.in_bulk(unit.ancestor_ids[:-1])
    return [by_id[unit_id] for unit_id in unit.ancestor_ids[:-1]]


def _sheet(request: HttpRequest, unit_id: int, form: SheetForm) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    unit = queries.unit_for_codes(unit_id, by=actor)
    wanted = form.cleaned_data
    issued, _passed_over = actions.issue_sheet(
        unit=unit, whom=queries.Whom(wanted["whom"]), renew=wanted["renew"], days=wanted["days"], format=wanted["format"],
        can_print=typesetting.chinese_font() is not None, at=at, by=actor,
    )  # fmt: skip
    address = request.build_absolute_uri(reverse("accounts:activate"))
    mark = sheets.Watermark(actor.name, at)
    make = sheets.code_sheet_pdf if wanted["format"] == "pdf" else sheets.code_sheet_xlsx
    name = f"{_('激活码')}-{unit.name}-{clock.local(at):%Y%m%d%H%M}.{wanted['format']}"
    return download(make(issued, address=address, mark=mark), name=name, kind=TYPES[wanted["format"]])


def download(body: bytes, *, name: str, kind: str) -> HttpResponse:
    """A file to keep, which no cache keeps."""
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Cache-Control"] = "no-store"
    return response


@requires(Verb.ISSUE_CODES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_code(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: what they have, and a code for them, shown once. For an account it is a reset."""
    actor, at = actor_of(request), clock.now()
    person = queries.person_for_codes(person_id, by=actor, at=at)
    form = OneCodeForm(request.POST or None)
    problem, issued = None, None
    had_account = queries.Account.objects.filter(person=person).exists()
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            issued = actions.issue_code(
                person=person, days=wanted["days"], drop_second_factor=wanted["drop_second_factor"], at=at, by=actor
            )
        except Problem as refused:
            problem = refused
    return render(
        request,
        "accounts/person_code.html",
        {
            "person": person,
            "has_account": had_account,
            "obstacle": queries.obstacle_of(person, by=actor, at=at),
            "waiting": queries.ActivationCode.objects.filter(person=person, used_at=None, expires_at__gt=at).first(),
            "form": form,
            "problem": problem,
            "issued": issued,
            "printed": rules.printed_code(issued.code) if issued else "",
        },
        status=problem.status if problem else 200,
    )
