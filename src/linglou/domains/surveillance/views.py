"""Pages of alerts: the list, one alert and what to do about it, and the events that are typed in."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.domains.surveillance import access, actions, naming, queries
from linglou.domains.surveillance.forms import EventForm, PeopleForm, SettleForm, moment_now
from linglou.domains.surveillance.models import Alert, Event, State
from linglou.domains.surveillance.rules import OUTCOMES
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.problems import Problem

PER_PAGE = 40


@requires(Verb.SEE_ALERTS)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    state = request.GET.get("state", "")
    state = state if state in State.values else ""
    page = Paginator(queries.listed(actor, state=state), PER_PAGE).get_page(request.GET.get("page"))
    counts = queries.counts(actor, at=at)
    context = {
        "page": page,
        "groups": queries.grouped(queries.rows(list(page))),
        "counts": counts,
        "tabs": [
            ("", _("未办结"), counts.unfinished),
            (State.NEW.value, State.NEW.label, counts.new),
            (State.HANDLING.value, State.HANDLING.label, counts.handling),
            (State.SETTLED.value, State.SETTLED.label, counts.settled),
            (State.WITHDRAWN.value, State.WITHDRAWN.label, counts.withdrawn),
        ],
        "state": state,
        "may_record": actor.may_anywhere(Verb.HANDLE_ALERTS),
        "at": at,
    }
    return render(request, "surveillance/list.html", context)


@requires(Verb.SEE_ALERTS)
@never_cache
@require_safe
def detail(request: HttpRequest, alert_id: int) -> HttpResponse:
    return _page(request, access.alert_for(actor_of(request), alert_id))


@requires(Verb.HANDLE_ALERTS)
@require_POST
def handle(request: HttpRequest, alert_id: int) -> HttpResponse:
    actor = actor_of(request)
    alert = access.alert_for(actor, alert_id)
    access.check_user_can_handle(actor, alert)
    actions.handle(alert=alert, by=actor, at=clock.now())
    messages.success(request, _("已开始处置。完成后请记录结果。"))
    return redirect("surveillance:detail", alert_id)


@requires(Verb.HANDLE_ALERTS)
@require_POST
def settle(request: HttpRequest, alert_id: int) -> HttpResponse:
    actor = actor_of(request)
    alert = access.alert_for(actor, alert_id)
    access.check_user_can_handle(actor, alert)
    form = _settle_form(request, alert)
    if not form.is_valid():
        return _page(request, alert, form)
    try:
        actions.settle(alert=alert, settlement=naming.settlement(actor, form.cleaned_data), by=actor, at=clock.now())
    except Problem as problem:
        if not problem.errors:
            raise
        for error in problem.errors:
            form.explain(error.field, error.code)
        return _page(request, alert, form)
    messages.success(request, _("已记录处置结果，相关任务随之办结。"))
    return redirect("surveillance:detail", alert_id)


def _settle_form(request: HttpRequest, alert: Alert) -> SettleForm:
    others = naming.choices_to_merge(actor_of(request), alert)
    if request.method == "POST":
        return SettleForm(request.POST, others=others)
    return SettleForm(others=others, initial={"reported_at": moment_now(clock.local(clock.now()))})


def _page(request: HttpRequest, alert: Alert, form: SettleForm | None = None) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    context = {
        "shown": queries.detail(actor, alert, at=at),
        "alert": alert,
        "outcome": OUTCOMES.get(alert.outcome, alert.outcome),
        "form": form or _settle_form(request, alert),
        "at": at,
    }
    return render(request, "surveillance/detail.html", context, status=422 if form else 200)


# -- events --------------------------------------------------------------------------------------------------------------


@requires(Verb.HANDLE_ALERTS)
@never_cache
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.events(actor_of(request)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "surveillance/events.html", {"page": page})


@requires(Verb.HANDLE_ALERTS)
@never_cache
@require_http_methods(["GET", "POST"])
def new_event(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    today = clock.day_of(at)
    form = EventForm(request.POST or None, today=today, initial={"day": today, "outcome": ""})
    if request.method == "POST" and form.is_valid():
        named = naming.people(form, actor, at=at)
        if named:
            asked = form.cleaned_data
            event = actions.record_event(
                school_id=actor.school_id, kind=asked["kind"], day=asked["day"], person_ids=named.ids, outcome=asked["outcome"],
                what=asked["what"], unit=named.unit, by=actor, at=at,
            )  # fmt: skip
            messages.success(
                request, ngettext("已登记，涉及 %(n)s 人。", "已登记，涉及 %(n)s 人。", len(named.ids)) % {"n": len(named.ids)}
            )
            return redirect("surveillance:event", event.pk)
    return render(request, "surveillance/new_event.html", {"form": form}, status=422 if form.errors else 200)


@requires(Verb.HANDLE_ALERTS)
@never_cache
@require_safe
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    return _event_page(request, access.event_for(actor_of(request), event_id), PeopleForm(initial={"outcome": ""}))


@requires(Verb.HANDLE_ALERTS)
@require_POST
def add_people(request: HttpRequest, event_id: int) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    found = access.event_for(actor, event_id)
    form = PeopleForm(request.POST)
    named = naming.people(form, actor, at=at) if form.is_valid() else None
    if not named:
        return _event_page(request, found, form)
    actions.add_to_event(event=found, person_ids=named.ids, outcome=form.cleaned_data["outcome"], by=actor, at=at)
    messages.success(request, _("已补记。"))
    return redirect("surveillance:event", event_id)


@requires(Verb.HANDLE_ALERTS)
@require_POST
def withdraw_event(request: HttpRequest, event_id: int) -> HttpResponse:
    actor = actor_of(request)
    actions.withdraw_event(event=access.event_for(actor, event_id), by=actor, at=clock.now())
    messages.success(request, _("已撤销，不再计入预警。"))
    return redirect("surveillance:event", event_id)


def _event_page(request: HttpRequest, found: Event, form: PeopleForm) -> HttpResponse:
    shown = queries.event_page(actor_of(request), found, at=clock.now())
    context = {"shown": shown, "event": found, "form": form}
    return render(request, "surveillance/event.html", context, status=422 if form.errors else 200)
