"""One plan: who is watched, until when, by whom cared for; what happened each day; what is decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linglou.domains.care import access, forms
from linglou.domains.care.models import Observation, Plan
from linglou.domains.care.observation import actions as observing
from linglou.domains.care.observation import queries as observations
from linglou.domains.care.plans import actions, queries
from linglou.domains.care.problems import HOLDS_NO_POST, NOT_LATER, NOT_WATCHED, ROOM_FULL, STILL_WATCHED, WHY
from linglou.domains.care.rooms import actions as rooms
from linglou.domains.care.rooms import queries as room_queries
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.problems import Problem

ON_THE_FORM = {WHY, NOT_LATER, NOT_WATCHED, ROOM_FULL, STILL_WATCHED, HOLDS_NO_POST}


@requires(Verb.SEE_CARE)
@never_cache
@require_safe
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    return _page(request, access.plan_for(actor_of(request), plan_id))


@requires(Verb.HANDLE_CARE)
@require_POST
def log(request: HttpRequest, plan_id: int) -> HttpResponse:
    found, form = _to_do(request, plan_id, Verb.HANDLE_CARE), forms.LogForm(request.POST)

    def do() -> str:
        actions.log(plan=found, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已记入今天的日志。")

    return _done(request, found, "logging", form, do)


@requires(Verb.HANDLE_CARE)
@require_POST
def place(request: HttpRequest, plan_id: int) -> HttpResponse:
    found = _to_do(request, plan_id, Verb.HANDLE_CARE)
    form = forms.PlaceForm(request.POST, rooms=room_queries.free_rooms(found.school_id))

    def do() -> str:
        rooms.place(plan=found, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已记录观察地点。")

    return _done(request, found, "placing", form, do)


@requires(Verb.HANDLE_CARE)
@require_POST
def people(request: HttpRequest, plan_id: int) -> HttpResponse:
    found, at = _to_do(request, plan_id, Verb.HANDLE_CARE), clock.now()
    form = forms.PeopleForm(request.POST, candidates=queries.candidates(queries.plan_with_people(found.pk), at=at))

    def do() -> str:
        actions.name_people(plan=found, named=form.cleaned_data, by=actor_of(request), at=at)
        return _("已更新负责人员。")

    return _done(request, found, "naming", form, do)


@requires(Verb.HANDLE_CARE)
@require_POST
def arrange(request: HttpRequest, plan_id: int) -> HttpResponse:
    found, form = _to_do(request, plan_id, Verb.HANDLE_CARE), forms.ArrangementForm(request.POST)

    def do() -> str:
        actions.arrange(plan=found, arranged=form.cleaned_data, by=actor_of(request), at=clock.now())
        return _("已保存安排。")

    return _done(request, found, "arranging", form, do)


@requires(Verb.HANDLE_CARE)
@require_POST
def need(request: HttpRequest, plan_id: int) -> HttpResponse:
    found, form = _to_do(request, plan_id, Verb.HANDLE_CARE), forms.NeedForm(request.POST)

    def do() -> str:
        actions.raise_need(plan=found, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已提出，正在转给能办的人。")

    return _done(request, found, "needing", form, do)


@requires(Verb.HANDLE_CARE)
@require_POST
def close(request: HttpRequest, plan_id: int) -> HttpResponse:
    found, at = _to_do(request, plan_id, Verb.HANDLE_CARE), clock.now()
    form = forms.ClosingForm(request.POST, today=clock.day_of(at))

    def do() -> str:
        actions.close(plan=found, by=actor_of(request), at=at, **form.cleaned_data)
        return _("一人一策已结束，到回访日期会提醒责任人。")

    return _done(request, found, "closing", form, do)


@requires(Verb.RELEASE)
@require_POST
def extend(request: HttpRequest, plan_id: int, observation_id: int) -> HttpResponse:
    found, form = _to_do(request, plan_id, Verb.RELEASE), forms.ExtendForm(request.POST)
    one = access.observation_for(found, observation_id)

    def do() -> str:
        observing.extend(observation=one, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已延长观察。")

    return _done(request, found, f"extending-{one.pk}", form, do)


@requires(Verb.RELEASE)
@require_POST
def release(request: HttpRequest, plan_id: int, observation_id: int) -> HttpResponse:
    found, at = _to_do(request, plan_id, Verb.RELEASE), clock.now()
    one = access.observation_for(found, observation_id)
    form = forms.ReleaseForm(request.POST, asked=observations.judged(one, at=at).asked)

    def do() -> str:
        observing.release(
            observation=one, said=form.said(), reason=form.cleaned_data["reason"], by=actor_of(request), at=at
        )  # fmt: skip
        return _("已解除观察，本人会收到通知。")

    return _done(request, found, f"releasing-{one.pk}", form, do)


@requires(Verb.RELEASE)
@require_POST
def resume(request: HttpRequest, plan_id: int, observation_id: int) -> HttpResponse:
    found, form = _to_do(request, plan_id, Verb.RELEASE), forms.ReasonForm(request.POST)
    one = access.observation_for(found, observation_id)

    def do() -> str:
        observing.resume(observation=one, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已恢复观察。")

    return _done(request, found, f"resuming-{one.pk}", form, do)


def _to_do(request: HttpRequest, plan_id: int, verb: Verb) -> Plan:
    actor = actor_of(request)
    found = access.plan_for(actor, plan_id)
    access.check_user_can(actor, verb, found)
    return found


def _done(request: HttpRequest, found: Plan, name: str, form: Any, do: Callable[[], str]) -> HttpResponse:
    """Do what a valid form says and go back to the plan; else the plan with the form as it was typed."""
    if form.is_valid():
        try:
            messages.success(request, do())
            return redirect("care:plan", found.pk)
        except Problem as problem:
            if problem.kind not in ON_THE_FORM:
                raise
            form.add_error(
                "reason" if problem.kind is WHY and "reason" in form.fields else None, f"{problem.title}{problem.cure}"
            )
    return _page(request, found, status=422, typed={name: form})


def _page(request: HttpRequest, found: Plan, *, status: int = 200, typed: dict[str, Any] | None = None) -> HttpResponse:
    actor, at, typed = actor_of(request), clock.now(), typed or {}
    shown = queries.detail(actor, found, at=at)
    context: dict[str, Any] = {"shown": shown, "plan": shown.plan, "at": at, "today": clock.day_of(at)}
    if shown.may["handle"]:
        plan, place = shown.plan, shown.place
        names = {role: getattr(plan, f"{role}_id") for role in queries.PEOPLE}
        kept = {name: getattr(plan, name) for name in actions.ARRANGED}
        kept["family_consents"] = {True: "yes", False: "no", None: ""}[plan.family_consents]
        free = room_queries.free_rooms(plan.school_id)
        context |= {
            "logging": forms.LogForm(auto_id="log_%s"),
            "needing": forms.NeedForm(auto_id="need_%s"),
            "placing": forms.PlaceForm(
                rooms=free, auto_id="place_%s", initial={"kind": place.kind, "detail": place.detail} if place else None
            ),
            "naming": forms.PeopleForm(candidates=queries.candidates(plan, at=at), initial=names, auto_id="name_%s"),
            "arranging": forms.ArrangementForm(initial=kept, auto_id="arrange_%s"),
            "closing": forms.ClosingForm(today=clock.day_of(at), auto_id="close_%s"),
        }
    context["deciding"] = [_deciding(one, typed, at=at) for one in [*shown.observations, *shown.ended] if shown.may["release"]]
    return render(request, "care/plan.html", context | {k: v for k, v in typed.items() if "-" not in k}, status=status)


def _deciding(one: Observation, typed: dict[str, Any], *, at: Any) -> dict[str, Any]:
    """What the clinic can decide about an observation, with the criteria as they stand."""
    if one.state != "watching":
        return {"one": one, "resuming": typed.get(f"resuming-{one.pk}") or forms.ReasonForm(auto_id=f"resume{one.pk}_%s")}
    judged = observations.judged(one, at=at)
    return {
        "one": one, "judged": judged,
        "releasing": typed.get(f"releasing-{one.pk}") or forms.ReleaseForm(asked=judged.asked, auto_id=f"release{one.pk}_%s"),
        "extending": typed.get(f"extending-{one.pk}") or forms.ExtendForm(auto_id=f"extend{one.pk}_%s"),
    }  # fmt: skip
