"""One case: what is known, what is decided, who was told, what was reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linglou.domains.cases import access, actions, queries
from linglou.domains.cases.forms import DecisionForm, ReasonForm, WhereaboutsForm, sheet_of
from linglou.domains.cases.models import Case
from linglou.domains.cases.problems import CASE_IS_OPEN, NO_DEFINITION, NOT_THE_SAME, NOT_YET_HAPPENED, REASON_NEEDED
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.problems import Problem

ON_THE_FORM = {REASON_NEEDED, NO_DEFINITION, NOT_YET_HAPPENED, CASE_IS_OPEN, NOT_THE_SAME}


@requires(Verb.SEE_CASES)
@never_cache
@require_safe
def detail(request: HttpRequest, case_id: int) -> HttpResponse:
    return _page(request, access.case_for(actor_of(request), case_id))


@requires(Verb.HANDLE_CASES)
@require_POST
def find(request: HttpRequest, case_id: int) -> HttpResponse:
    case, at = _to_handle(request, case_id), clock.now()
    sheet = sheet_of(case, at=at, data=request.POST)

    def do() -> str:
        changed = actions.record_findings(case=case, findings=sheet.findings(), by=actor_of(request), at=at)
        return _("已记录 %(n)s 项。") % {"n": len(changed)} if changed else _("没有改动。")

    return _done(request, case, "sheet", sheet, do)


@requires(Verb.HANDLE_CASES)
@require_POST
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    case, at = _to_handle(request, case_id), clock.now()
    form = DecisionForm(request.POST, events=queries.events_for(case), at=at)

    def do() -> str:
        decided = actions.decide(case=case, by=actor_of(request), at=at, **form.cleaned_data)
        return _("已判定为“%(status)s”，正在通知责任链。") % {"status": decided.get_status_display()}

    return _done(request, case, "decision", form, do)


@requires(Verb.HANDLE_CASES)
@require_POST
def undo(request: HttpRequest, case_id: int) -> HttpResponse:
    case, form = _to_handle(request, case_id), ReasonForm(request.POST)

    def do() -> str:
        back = actions.undo(case=case, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已撤销，病例回到“%(status)s”。") % {"status": back.get_status_display()}

    return _done(request, case, "undoing", form, do)


@requires(Verb.HANDLE_CASES)
@require_POST
def move(request: HttpRequest, case_id: int) -> HttpResponse:
    case, form = _to_handle(request, case_id), WhereaboutsForm(request.POST)

    def do() -> str:
        actions.move(case=case, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已记录去向。")

    return _done(request, case, "moving", form, do)


@requires(Verb.HANDLE_CASES)
@require_POST
def merge(request: HttpRequest, case_id: int, into_id: int) -> HttpResponse:
    case, form = _to_handle(request, case_id), ReasonForm(request.POST)
    into = _to_handle(request, into_id)

    def do() -> str:
        actions.merge(case=case, into=into, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已并入 %(number)s，可随时撤销。") % {"number": into.number}

    return _done(request, case, "merging", form, do)


@requires(Verb.HANDLE_CASES)
@require_POST
def unmerge(request: HttpRequest, case_id: int) -> HttpResponse:
    case, form = _to_handle(request, case_id), ReasonForm(request.POST)

    def do() -> str:
        actions.unmerge(case=case, by=actor_of(request), at=clock.now(), **form.cleaned_data)
        return _("已撤销合并。")

    return _done(request, case, "merging", form, do)


@requires(Verb.SEE_CASES)
@require_POST
def acknowledge(request: HttpRequest, case_id: int) -> HttpResponse:
    actor = actor_of(request)
    case = access.case_for(actor, case_id)
    if actions.acknowledge(case=case, by=actor, at=clock.now()):
        messages.success(request, _("已签收。"))
    return redirect("cases:detail", case.pk)


def _to_handle(request: HttpRequest, case_id: int) -> Case:
    actor = actor_of(request)
    case = access.case_for(actor, case_id)
    access.check_user_can(actor, Verb.HANDLE_CASES, case)
    return case


def _done(request: HttpRequest, case: Case, name: str, form: Any, do: Callable[[], str]) -> HttpResponse:
    """Do what a valid form says and go back to the case; else the case with the form as it was typed."""
    if form.is_valid():
        try:
            messages.success(request, do())
            return redirect("cases:detail", case.pk)
        except Problem as problem:
            if problem.kind not in ON_THE_FORM:
                raise
            field = "reason" if problem.kind is REASON_NEEDED and "reason" in form.fields else None
            form.add_error(field, f"{problem.title}{problem.cure}")
    return _page(request, access.case_for(actor_of(request), case.pk), status=422, **{name: form})


def _page(request: HttpRequest, case: Case, *, status: int = 200, **forms: Any) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    shown = queries.detail(actor, case, at=at)
    context: dict[str, Any] = {"shown": shown, "case": case, "at": at}
    if shown.may["handle"]:
        context |= {
            "sheet": sheet_of(case, at=at),
            "decision": DecisionForm(events=shown.events, at=at),
            "undoing": ReasonForm(auto_id="undo_%s"),
            "moving": WhereaboutsForm(initial={"whereabouts": case.whereabouts, "hospital": case.hospital}),
        }
    if shown.may["handle"] or shown.may["unmerge"]:
        context["merging"] = ReasonForm(auto_id="merge_%s")
    return render(request, "cases/detail.html", context | forms, status=status)
