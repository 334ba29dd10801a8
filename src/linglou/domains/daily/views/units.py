"""The zero report of units: which ones wait for me, and the page on which one is confirmed."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linglou.domains.daily import access, zero_report
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock, ids
from linglou.kernel.problems import Problem


class ZeroReportForm(forms.Form):
    abnormal = forms.IntegerField(
        label=gettext_lazy("异常人数"), min_value=0, max_value=zero_report.MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("请填 0 或异常人数。"), "invalid": gettext_lazy("请填 0 或异常人数。")},
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("说明"), required=False, max_length=zero_report.NOTE_LIMIT, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("与系统统计不一致时必须说明。"),
    )  # fmt: skip
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)


@requires(Verb.CONFIRM_UNIT)
@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    asked = zero_report.units_asked(actor_of(request), at=clock.now())
    return render(request, "daily/unit_reports.html", {"asked": asked})


@requires(Verb.CONFIRM_UNIT)
@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, round_id: int, unit_id: int) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    unit = access.unit_to_confirm(actor, unit_id)
    round_ = zero_report.unit_round(actor.school_id, round_id, at=at)
    figures = zero_report.unit_figures(unit, round_.day)
    last = zero_report.given(round_, unit)
    initial = {"abnormal": last["abnormal"], "note": last["note"]} if last else {"abnormal": figures.abnormal if figures else 0}
    form = ZeroReportForm(request.POST or None, initial=initial | {"key": ids.token(24)})
    if request.method == "POST" and form.is_valid():
        try:
            zero_report.confirm(round_=round_, unit=unit, by=actor, at=at, **form.cleaned_data)
        except Problem as problem:
            if not problem.errors:
                raise
            for error in problem.errors:
                form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("已确认：%(unit)s，%(time)s 计入。") % {
                "unit": unit.name, "time": f"{clock.local(at):%H:%M}"
            })  # fmt: skip
            return redirect("daily:unit_reports")
    page = {"form": form, "unit": unit, "round": round_, "figures": figures, "last": last}
    return render(request, "daily/unit_report.html", page, status=422 if form.errors else 200)
