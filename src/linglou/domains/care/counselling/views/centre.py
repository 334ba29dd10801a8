"""The counselling centre's own pages: who has to be called, one person over time, notes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.domains.care.counselling import access, actions, queries, rules
from linglou.domains.care.counselling.forms import AnswerForm, NoteForm, QuestionnaireForm
from linglou.domains.care.models import Instrument
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

PER_PAGE = 30


@requires(Verb.COUNSEL)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """``?number=`` opens the page of somebody whom the centre does not know yet."""
    actor, at = actor_of(request), clock.now()
    number = request.GET.get("number", "").strip()[:40]
    found = queries.person_by_number(actor, number, at=at) if number else None
    if found:
        return redirect("care:counselled", found.pk)
    page = Paginator(queries.known_people(actor, at=at), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": queries.rows(actor, list(page), at=at),
        "waiting": queries.waiting_count(actor),
        "number": number,
    }
    return render(request, "care/counselling.html", context)


@requires(Verb.COUNSEL)
@never_cache
@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    return _page(request, _person(request, person_id))


@requires(Verb.COUNSEL)
@never_cache
@require_safe
def urgent(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Where a task leads: to the person whom it does not name."""
    return redirect("care:counselled", access.assessment_for(actor_of(request), assessment_id).person_id)


@requires(Verb.COUNSEL)
@require_POST
def note(request: HttpRequest, person_id: int) -> HttpResponse:
    about, form = _person(request, person_id), NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, about, status=422, writing=form)
    actions.write_note(person=about, by=actor_of(request), at=clock.now(), **form.cleaned_data)
    messages.success(request, _("已保存咨询记录。"))
    return redirect("care:counselled", person_id)


@requires(Verb.COUNSEL)
@require_POST
def answer(request: HttpRequest, person_id: int) -> HttpResponse:
    about, form = _person(request, person_id), AnswerForm(request.POST, auto_id="answer_%s")
    if not form.is_valid():
        return _page(request, about, status=422, answering=form)
    actions.answer(person=about, by=actor_of(request), at=clock.now(), **form.cleaned_data)
    messages.success(request, _("已记录，紧急提醒办结。"))
    return redirect("care:counselled", person_id)


@requires(Verb.COUNSEL)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assess(request: HttpRequest, person_id: int, instrument: str) -> HttpResponse:
    """A questionnaire filled in together."""
    about = _person(request, person_id)
    if instrument not in rules.QUESTIONNAIRES:
        raise Problem(NOT_FOUND)
    form = QuestionnaireForm(request.POST or None, instrument=instrument)
    if request.method == "POST" and form.is_valid():
        actions.assess(person=about, instrument=instrument, answers=form.answers(), by=actor_of(request), at=clock.now())
        messages.success(request, _("已记录测评。"))
        return redirect("care:counselled", person_id)
    context = {"form": form, "title": Instrument(instrument).label, "stem": rules.STEM, "person": about}
    return render(request, "care/questionnaire.html", context, status=422 if request.method == "POST" else 200)


def _person(request: HttpRequest, person_id: int) -> Person:
    return access.person_for(actor_of(request), person_id, at=clock.now())


def _page(request: HttpRequest, about: Person, *, status: int = 200, **forms: Any) -> HttpResponse:
    shown = queries.detail(actor_of(request), about, at=clock.now())
    context: dict[str, Any] = {
        "shown": shown,
        "person": about,
        "today": clock.day_of(clock.now()),
        "instruments": Instrument.choices,
        "outcomes": rules.OUTCOMES,
        "writing": NoteForm(),
        "answering": AnswerForm(auto_id="answer_%s"),
    }
    return render(request, "care/counselled.html", context | forms, status=status)
