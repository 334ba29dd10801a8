"""One absence: registering it, each day's follow-up, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.domains.care.absences import access, actions, queries
from linglou.domains.care.absences.forms import AbsenceForm, FollowUpForm, HospitalForm, ReasonForm
from linglou.domains.care.absences.problems import ABSENCE_DATES, ABSENCE_IS_OPEN, WHY_VOID
from linglou.domains.care.models import Absence
from linglou.domains.cases import access as cases
from linglou.domains.daily.rules import SYMPTOMS
from linglou.domains.signals import access as signals
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.problems import Problem

ON_THE_FORM = {ABSENCE_DATES, ABSENCE_IS_OPEN, WHY_VOID}


@requires(Verb.TRACK_ABSENCES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """``?signal=`` or ``?case=`` fills in what the signal or the case already says."""
    actor, at = actor_of(request), clock.now()
    origin, given = _origin(request, actor)
    form = AbsenceForm(request.POST or None, today=clock.day_of(at), initial=given)
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        person, unit = queries.person_to_register(actor, typed.pop("number"), at=at)
        if person is None or unit is None:
            form.add_error("number", _("没有查到这个学号/工号，或不在您的管理范围。"))
        else:
            # where it came from counts only for the person whom that was about
            about: dict[str, Any] = origin if given.get("number") == person.number else {}
            try:
                absence = actions.register(person=person, unit=unit, by=actor, at=at, **typed, **about)
            except Problem as problem:
                _put_on(form, problem)
            else:
                messages.success(request, _("已登记。从明天起每天 18 点前跟进一次，直到复课。"))
                return redirect("care:absence", absence.pk)
    context = {"form": form, "name": given.get("name", "")}
    return render(request, "care/absence_new.html", context, status=422 if request.method == "POST" else 200)


def _origin(request: HttpRequest, actor: Actor) -> tuple[dict[str, Any], dict[str, Any]]:
    """The signal or the case that the page was opened from, and what it says."""
    signal_id, case_id = request.GET.get("signal", ""), request.GET.get("case", "")
    if signal_id.isdecimal():
        signal = signals.signal_for(actor, int(signal_id))
        symptoms = [code for code in signal.because.get("symptoms", ()) if code in SYMPTOMS]
        return {"signal_id": signal.pk}, {
            "number": signal.person.number, "name": signal.person.name, "symptoms": symptoms,
        }  # fmt: skip
    if case_id.isdecimal():
        case = cases.case_for(actor, int(case_id))
        return {"case_id": case.pk}, {
            "number": case.person.number, "name": case.person.name, "disease": case.disease, "onset": case.onset,
            "whereabouts": case.whereabouts, "hospital": case.hospital,
        }  # fmt: skip
    return {}, {}


@requires(Verb.TRACK_ABSENCES)
@never_cache
@require_safe
def detail(request: HttpRequest, absence_id: int) -> HttpResponse:
    return _page(request, access.absence_for(actor_of(request), absence_id))


@requires(Verb.TRACK_ABSENCES)
@require_POST
def follow(request: HttpRequest, absence_id: int) -> HttpResponse:
    absence, form = access.absence_for(actor_of(request), absence_id), FollowUpForm(request.POST)

    def do() -> str:
        actions.follow_up(absence=absence, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已记录今天的跟进。")

    return _done(request, absence, "following", form, do)


@requires(Verb.TRACK_ABSENCES)
@require_POST
def accept(request: HttpRequest, absence_id: int) -> HttpResponse:
    absence, form = access.absence_for(actor_of(request), absence_id), HospitalForm(request.POST)

    def do() -> str:
        actions.accept_certificate(absence=absence, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已凭医院证明复课，追踪结束。")

    return _done(request, absence, "accepting", form, do)


@requires(Verb.TRACK_ABSENCES)
@require_POST
def void(request: HttpRequest, absence_id: int) -> HttpResponse:
    absence, form = access.absence_for(actor_of(request), absence_id), ReasonForm(request.POST)

    def do() -> str:
        actions.void(absence=absence, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("登记已作废。")

    return _done(request, absence, "voiding", form, do)


def _done(request: HttpRequest, absence: Absence, name: str, form: Any, do: Callable[[], str]) -> HttpResponse:
    """Do what a valid form says and go back to the absence; else the absence with the form as it was typed."""
    if form.is_valid():
        try:
            messages.success(request, do())
            return redirect("care:absence", absence.pk)
        except Problem as problem:
            _put_on(form, problem)
    return _page(request, access.absence_for(actor_of(request), absence.pk), status=422, **{name: form})


def _put_on(form: Any, problem: Problem) -> None:
    if problem.kind not in ON_THE_FORM:
        raise problem
    form.add_error(None, f"{problem.title}{problem.cure}")


def _page(request: HttpRequest, absence: Absence, *, status: int = 200, **forms: Any) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    shown = queries.detail(actor, absence, at=at)
    context: dict[str, Any] = {"shown": shown, "absence": absence}
    if shown.is_open:
        context |= {
            "following": FollowUpForm(initial={"whereabouts": absence.whereabouts}),
            "accepting": HospitalForm(auto_id="accept_%s", initial={"returned_on": clock.day_of(at)}),
            "voiding": ReasonForm(auto_id="void_%s"),
        }
    return render(request, "care/absence.html", context | forms, status=status)
