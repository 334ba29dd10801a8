"""The report card of a case: filled from what is known, printed, and recorded as sent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linglou.domains.cases import access, actions, card, documents, queries
from linglou.domains.cases.forms import CardForm, SendForm
from linglou.domains.cases.models import Report
from linglou.domains.cases.problems import NOT_YET_HAPPENED
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock, typesetting
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@requires(Verb.REPORT_CASES)
@never_cache
@require_safe
def report(request: HttpRequest, case_id: int, report_id: int) -> HttpResponse:
    return _page(request, _report(request, case_id, report_id))


@requires(Verb.REPORT_CASES)
@require_POST
def fill(request: HttpRequest, case_id: int, report_id: int) -> HttpResponse:
    owed, form = _report(request, case_id, report_id), CardForm(request.POST)
    if not form.is_valid():
        return _page(request, owed, status=422, filling=form)
    actions.fill_card(report=owed, typed=form.cleaned_data, by=actor_of(request), at=clock.now())
    messages.success(request, _("报告卡已更新。"))
    return redirect("cases:report", case_id, report_id)


@requires(Verb.REPORT_CASES)
@require_POST
def send(request: HttpRequest, case_id: int, report_id: int) -> HttpResponse:
    owed, at = _report(request, case_id, report_id), clock.now()
    form = SendForm(request.POST, at=at)
    if form.is_valid():
        try:
            actions.send_report(report=owed, by=actor_of(request), at=at, **form.cleaned_data)
        except Problem as problem:
            if problem.kind is not NOT_YET_HAPPENED:
                raise
            form.add_error("sent_at", f"{problem.title}{problem.cure}")
        else:
            messages.success(request, _("已登记报出，时限任务随之办结。"))
            return redirect("cases:detail", case_id)
    return _page(request, owed, status=422, sending=form)


@requires(Verb.REPORT_CASES)
@never_cache
@require_safe
def export(request: HttpRequest, case_id: int, report_id: int, kind: str) -> HttpResponse:
    """The card as .docx or .pdf."""
    actor, at = actor_of(request), clock.now()
    owed = _report(request, case_id, report_id)
    if kind not in documents.KINDS:
        raise Problem(NOT_FOUND)
    mime, make = documents.KINDS[kind]
    made = make(card.fields_of(owed, at=at), by=actor, at=at)
    queries.record_card_read(actor, owed.case, at=at, action="case.export", format=kind)
    response = HttpResponse(made, content_type=mime)
    name = _("传染病报告卡 %(number)s") % {"number": f"{owed.case.number}-{owed.sequence}"}
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{kind}")
    return response


def _report(request: HttpRequest, case_id: int, report_id: int) -> Report:
    actor = actor_of(request)
    case = access.case_for(actor, case_id)
    access.check_user_can(actor, Verb.REPORT_CASES, case)
    found = queries.report_of(case, report_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _page(request: HttpRequest, owed: Report, *, status: int = 200, **forms: Any) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    queries.record_card_read(actor, owed.case, at=at, action="case.read-card")
    fields = card.fields_of(owed, at=at)
    context: dict[str, Any] = {
        "report": owed,
        "case": owed.case,
        "fields": fields,
        "missing": [field.name for field in fields if field.is_missing],
        "can_pdf": typesetting.chinese_font() is not None,
        "at": at,
    }
    if not owed.sent_at:
        context |= {
            "filling": CardForm(initial={"reporter": actor.name} | owed.content),
            "sending": SendForm(at=at),
        }
    return render(request, "cases/report.html", context | forms, status=status)
