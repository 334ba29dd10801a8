"""Files of stays: upload, preview with a verdict on every row, apply; and where one person was, day by day."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.domains.movement.models import StayFile, StayImport, StayImportState
from linglou.domains.movement.stays import actions, queries, sheets, sight
from linglou.domains.movement.stays.kinds import FIELDS, KINDS
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.roster_import import reading
from linglou.foundation.people.roster_import.problems import FILE_MISSING
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

PER_PAGE = 50
VERDICTS = ("rejected", "changed", "new", "unchanged")
TONES = {"applied": "good", "refused": "bad", "previewed": "info"}


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("文件类别"), choices=StayFile.choices)
    file = forms.FileField(label=gettext_lazy("文件"), widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}))
    term = forms.DateField(
        label=gettext_lazy("第一周周一"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("课表按周次排时填写；按日期排的不用填。"),
    )  # fmt: skip
    minutes = forms.IntegerField(
        label=gettext_lazy("一次就餐按几分钟算"), required=False, min_value=1, max_value=240, initial=actions.CANTEEN_MINUTES,
        help_text=gettext_lazy("只用于食堂刷卡。"),
    )  # fmt: skip


@requires(Verb.IMPORT_STAYS)
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The form, a template per kind, and what was imported lately."""
    school = queries.school_of(actor_of(request))
    form = UploadForm(request.POST or None, request.FILES or None)
    problem = None
    if request.method == "POST":
        if form.is_valid():
            try:
                return redirect("movement:stay_import", _received(request, form).pk)
            except Problem as refused:
                problem = refused
        elif not request.FILES:
            problem = Problem(FILE_MISSING)
    kinds = [
        {"kind": kind, "label": StayFile(kind).label, "columns": [FIELDS[name] for name in KINDS[kind].columns]}
        for kind in KINDS
    ]
    page = {
        "form": form, "problem": problem, "imports": [(job, TONES.get(job.state, "muted")) for job in queries.imports_of(school)],
        "kinds": kinds, "max_mb": reading.MAX_BYTES // 1024 // 1024,
    }  # fmt: skip
    return render(request, "movement/stays.html", page, status=problem.status if problem else 422 if form.errors else 200)


def _received(request: HttpRequest, form: UploadForm) -> StayImport:
    """The import of an uploaded file: read at once when it is small. A file that is no such list leaves nothing behind."""
    actor, at = actor_of(request), clock.now()
    upload: UploadedFile = form.cleaned_data["file"]
    term: date | None = form.cleaned_data["term"]
    job = actions.receive(
        school=queries.school_of(actor), kind=form.cleaned_data["kind"], file_name=upload.name or "", chunks=upload.chunks(),
        at=at, by=actor, term=term, minutes=form.cleaned_data["minutes"] or actions.CANTEEN_MINUTES,
    )  # fmt: skip
    return sight.read_small(job, at=at, by=actor)


@requires(Verb.IMPORT_STAYS)
@require_safe
def one(request: HttpRequest, stay_import_id: int) -> HttpResponse:
    """One import, wherever it stands, with every row's verdict, the refused ones first."""
    job = queries.get(actor_of(request), stay_import_id)
    is_over = job.state in (StayImportState.APPLIED, StayImportState.DISCARDED)
    tabs = [
        (verdict, job.counts[verdict])
        for verdict in VERDICTS
        if job.counts.get(verdict) and (verdict == "rejected" or not is_over)
    ]
    known = [verdict for verdict, _count in tabs]
    asked = request.GET.get("verdict", "")
    verdict = asked if asked in known else (known[0] if known else "")
    rows = Paginator(queries.rows_of(job, verdict), PER_PAGE).get_page(request.GET.get("page"))
    page = {
        "job": job, "tabs": tabs, "verdict": verdict, "page": rows, "lines": queries.lines(list(rows)),
        "tone": TONES.get(job.state, "muted"), "refusal": queries.refusal_of(job), "is_seats": job.kind == StayFile.SEAT_CHART,
        "is_waiting": job.state in (StayImportState.QUEUED, StayImportState.APPLY_QUEUED),
        "will_change": bool(job.counts.get("new") or job.counts.get("changed")),
        "may_discard": not is_over, "accepted": sum(job.counts.get(name, 0) for name in ("new", "changed", "unchanged")),
    }  # fmt: skip
    return render(request, "movement/stay_import.html", page)


@requires(Verb.IMPORT_STAYS)
@require_POST
def apply(request: HttpRequest, stay_import_id: int) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    job = actions.request_apply(queries.get(actor, stay_import_id), at=at, by=actor)
    if actions.is_inline(job):
        job = actions.apply_now(job, at=at, by=actor)
        messages.success(request, _("已导入，写入 %(written)d 条。") % {"written": job.counts["written"]})
    return redirect("movement:stay_import", job.pk)


@requires(Verb.IMPORT_STAYS)
@require_POST
def discard(request: HttpRequest, stay_import_id: int) -> HttpResponse:
    actor = actor_of(request)
    actions.discard(queries.get(actor, stay_import_id), by=actor)
    messages.success(request, _("已放弃，什么都没有写入。"))
    return redirect("movement:stays")


@requires(Verb.IMPORT_STAYS)
@require_safe
def errors(request: HttpRequest, stay_import_id: int) -> HttpResponse:
    actor = actor_of(request)
    job = queries.get(actor, stay_import_id)
    actions.record_error_file(job, at=clock.now(), by=actor)
    return _file(sheets.errors(job), f"stays-{job.pk}-refused.xlsx")


@requires(Verb.IMPORT_STAYS)
@require_safe
def template(request: HttpRequest, stay_kind: str) -> HttpResponse:
    if stay_kind not in KINDS:
        raise Problem(NOT_FOUND)
    return _file(sheets.template(stay_kind), f"stays-{stay_kind}.xlsx")


@requires(Verb.SEE_WHEREABOUTS)
@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Where a person was on campus these fourteen days. Each look is on the trail."""
    shown = sight.look(by=actor_of(request), person_id=person_id, at=clock.now())
    return render(request, "movement/stays_of.html", {"shown": shown})


def _file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=sheets.XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
