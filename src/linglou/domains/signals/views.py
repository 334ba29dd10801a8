"""The list of signals, and one signal with what to do about it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linglou.domains.signals import access, actions, queries
from linglou.domains.signals.forms import SettleForm
from linglou.domains.signals.models import Severity, State
from linglou.domains.signals.rules import OUTCOMES
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock

PER_PAGE = 30
SEVERITIES = (Severity.URGENT, Severity.ABNORMAL, Severity.WATCH)


@requires(Verb.SEE_SIGNALS)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    state = request.GET.get("state", "")
    state = state if state in State.values else ""
    asked = request.GET.get("severity", "")
    severity = int(asked) if asked in {str(value.value) for value in SEVERITIES} else None
    unit = queries.unit_to_filter_by(actor, request.GET.get("unit"))
    signals = queries.listed(actor, state=state, severity=severity, unit=unit)
    page = Paginator(signals, PER_PAGE).get_page(request.GET.get("page"))
    counts = queries.counts(actor, unit=unit)
    context = {
        "page": page,
        "rows": queries.rows(actor, list(page), at=at),
        "counts": counts,
        "tabs": [
            ("", _("未办结"), counts.unfinished),
            (State.NEW.value, State.NEW.label, counts.new),
            (State.HANDLING.value, State.HANDLING.label, counts.handling),
            (State.SETTLED.value, State.SETTLED.label, counts.settled),
            (State.REVISED.value, State.REVISED.label, counts.revised),
        ],
        "state": state,
        "severities": SEVERITIES,
        "severity": severity,
        "units": queries.units_to_choose(actor),
        "unit": unit,
        "at": at,
    }
    return render(request, "signals/list.html", context)


@requires(Verb.SEE_SIGNALS)
@never_cache
@require_safe
def detail(request: HttpRequest, signal_id: int) -> HttpResponse:
    return _page(request, signal_id, SettleForm())


@requires(Verb.HANDLE_SIGNALS)
@require_POST
def handle(request: HttpRequest, signal_id: int) -> HttpResponse:
    actor = actor_of(request)
    signal = access.signal_for(actor, signal_id)
    access.check_user_can_handle(actor, signal)
    actions.handle(signal=signal, by=actor, at=clock.now())
    messages.success(request, _("已开始处置。完成后请记录结果。"))
    return redirect("signals:detail", signal_id)


@requires(Verb.HANDLE_SIGNALS)
@require_POST
def settle(request: HttpRequest, signal_id: int) -> HttpResponse:
    actor = actor_of(request)
    signal = access.signal_for(actor, signal_id)
    access.check_user_can_handle(actor, signal)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _page(request, signal_id, form, status=422)
    actions.settle(signal=signal, by=actor, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("已记录处置结果，相关任务随之办结。"))
    return redirect("signals:detail", signal_id)


def _page(request: HttpRequest, signal_id: int, form: SettleForm, status: int = 200) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    shown = queries.detail(actor, access.signal_for(actor, signal_id), at=at)
    outcome = OUTCOMES.get(shown.signal.outcome, shown.signal.outcome)
    context = {"shown": shown, "signal": shown.signal, "outcome": outcome, "form": form, "at": at}
    return render(request, "signals/detail.html", context, status=status)
