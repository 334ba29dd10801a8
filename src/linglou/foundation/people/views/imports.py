"""Importing a roster: upload, preview, correct the columns, confirm, watch."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of, requires
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import ImportState, ImportVerdict, RosterImport, UnitKind
from linglou.foundation.people.roster_import import actions, error_file, matching, queries, reading, template
from linglou.foundation.people.roster_import.problems import FILE_MISSING
from linglou.kernel import clock
from linglou.kernel.problems import Problem

PER_PAGE = 50
MOST_BOXES = 300
XLSX = error_file.CONTENT_TYPES["xlsx"]
STEPS = {
    "": gettext_lazy("排队中"),
    "reading": gettext_lazy("打开文件"),
    "judging": gettext_lazy("逐行核对"),
    "comparing": gettext_lazy("与名册比对"),
    "checking": gettext_lazy("确认预览仍然有效"),
    "error-file": gettext_lazy("整理拒收的行"),
    "units": gettext_lazy("新设单位"),
    "persons": gettext_lazy("写入人员"),
    "memberships": gettext_lazy("写入隶属关系"),
    "posts": gettext_lazy("任命辅导员"),
    "trail": gettext_lazy("写入审计"),
}
ORDER = (
    ImportVerdict.REJECTED, ImportVerdict.LEFT, ImportVerdict.CHANGED, ImportVerdict.NEW, ImportVerdict.UNCHANGED,
)  # fmt: skip
TONES = {"rejected": "bad", "left": "warn", "changed": "info", "new": "good", "unchanged": "muted"}


@requires(Verb.IMPORT_ROSTER)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The form, and what was imported lately."""
    actor = actor_of(request)
    school = queries.school_of(actor)
    problem = None
    if request.method == "POST":
        try:
            return redirect("people:import", _received(request, actor).pk)
        except Problem as refused:
            problem = refused
    context = {"imports": queries.imports_of(school), "problem": problem, "max_mb": reading.MAX_BYTES // 1024 // 1024}
    return render(request, "people/import/index.html", context, status=problem.status if problem else 200)


def _received(request: HttpRequest, actor: Actor) -> RosterImport:
    """The import of an uploaded file: read at once when it is small. A file that is no roster leaves nothing behind."""
    upload, at = request.FILES.get("file"), clock.now()
    if upload is None or isinstance(upload, list):
        raise Problem(FILE_MISSING)
    school = queries.school_of(actor)
    job = actions.receive(school=school, file_name=upload.name or "", chunks=upload.chunks(), at=at, by=actor)
    if actions.is_inline(job):
        job = actions.read(job, at=at, by=actor)
        refused = queries.refusal_of(job)
        if refused and not job.layout:
            actions.discard(job, at=at, by=actor)
            raise refused
    return job


@requires(Verb.IMPORT_ROSTER)
@require_safe
def one(request: HttpRequest, import_id: int) -> HttpResponse:
    """One import, wherever it stands: waiting, previewed, being written, done."""
    actor = actor_of(request)
    job = queries.get(actor, import_id)
    context = _progress(job) | {
        "refusal": queries.refusal_of(job),
        "notices": queries.notices_of(job),
        "units": [(UnitKind(kind).label, count) for kind, count in job.counts.get("units", {}).items()],
        "written": job.counts.get("written", {}),
        "has_errors": bool(job.counts.get("rejected")) and bool(job.file_key or job.error_file_key),
    }
    if job.state in (ImportState.PREVIEWED, ImportState.REFUSED) and job.layout:
        context |= _preview(request, job)
    return render(request, "people/import/one.html", context)


def _preview(request: HttpRequest, job: RosterImport) -> dict[str, object]:
    tabs = [
        {"verdict": verdict.value, "label": verdict.label, "count": job.counts[verdict.value], "tone": TONES[verdict.value]}
        for verdict in ORDER
        if job.counts.get(verdict.value)
    ]
    known = [tab["verdict"] for tab in tabs]
    verdict = request.GET.get("verdict", "")
    verdict = verdict if verdict in known else (known[0] if known else "")
    page = Paginator(queries.rows_of(job, verdict), PER_PAGE).get_page(request.GET.get("page")) if verdict else None
    leavers = queries.leavers_of(job) if job.counts.get("left") else []
    columns = queries.columns_of(job)
    matched = {column["field"] for column in columns if column["field"]}
    return {
        "tabs": tabs, "verdict": verdict, "page": page, "lines": queries.lines(job, list(page)) if page else [],
        "leavers": leavers if len(leavers) <= MOST_BOXES else [], "leaver_count": job.counts.get("left", 0),
        "show_each": job.counts.get("left", 0) <= MOST_BOXES, "columns": columns,
        "fields": [(name, label) for name, label in matching.FIELDS.items()],
        "unmatched": [column["title"] for column in columns if not column["field"]],
        "matched": len(matched), "sheets": job.layout.get("sheets", []), "encoding": job.layout.get("encoding", ""),
        "asks_short": job.options.get("accept_short")
        or any(code == "number-lost-zeros" for code, _count in queries.reasons_count(job)),
        "will_change": any(job.counts.get(name) for name in ("new", "changed", "left", "counsellors")),
        "accepted": sum(job.counts.get(name, 0) for name in ("new", "changed", "unchanged")),
    }  # fmt: skip


def _progress(job: RosterImport) -> dict[str, object]:
    return {
        "job": job,
        "is_working": job.state in (*actions.WAITING, *actions.WORKING),
        "step": STEPS.get(job.progress_step, job.progress_step) if job.state in actions.WORKING else STEPS[""],
        "percent": min(99, 100 * job.progress_done // job.progress_total) if job.progress_total else None,
    }


@requires(Verb.IMPORT_ROSTER)
@require_safe
def progress(request: HttpRequest, import_id: int) -> HttpResponse:
    """The part of the page that is asked for again and again while there is work; then the whole page is."""
    job = queries.get(actor_of(request), import_id)
    context = _progress(job)
    if not context["is_working"]:
        response = HttpResponse(status=204)
        response.headers["HX-Refresh"] = "true"
        return response
    return render(request, "people/import/progress.html", context)


@requires(Verb.IMPORT_ROSTER)
@require_POST
def options(request: HttpRequest, import_id: int) -> HttpResponse:
    """The user knows better what the columns are: read the file again."""
    actor, at = actor_of(request), clock.now()
    job = queries.get(actor, import_id)
    titles, fields = request.POST.getlist("title"), request.POST.getlist("field")
    kept = request.POST.getlist("sheet")
    sheets = [sheet["name"] for sheet in job.layout.get("sheets", []) if sheet["usable"] or sheet["skipped"]]
    job = actions.change_options(
        job, at=at, by=actor, mapping=dict(zip(titles, fields, strict=False)),
        skip_sheets=[name for name in sheets if name not in kept] if len(sheets) > 1 and kept else (),
        accept_short="accept_short" in request.POST,
    )  # fmt: skip
    if actions.is_inline(job):
        actions.read(job, at=at, by=actor)
    return redirect("people:import", job.pk)


@requires(Verb.IMPORT_ROSTER)
@require_POST
def apply(request: HttpRequest, import_id: int) -> HttpResponse:
    """Write it. Only persons who were ticked as leavers leave."""
    actor, at = actor_of(request), clock.now()
    job = queries.get(actor, import_id)
    left: set[int] | None = {int(value) for value in request.POST.getlist("leaver") if value.isdecimal()}
    units = {int(value) for value in request.POST.getlist("leaver_unit") if value.isdecimal()}
    if units and left is not None:
        left |= {row.person_id or 0 for group in queries.leavers_of(job) if group.unit_id in units for row in group.rows}
    if "leaver_all" in request.POST:
        left = None
    job = actions.request_apply(job, at=at, by=actor, leavers=left)
    if actions.is_inline(job):
        try:
            job = actions.apply_now(job, at=at, by=actor)
        except Problem as problem:
            messages.warning(request, f"{problem.title}{problem.cure}")
        else:
            messages.success(request, _("名册已导入。"))
    return redirect("people:import", job.pk)


@requires(Verb.IMPORT_ROSTER)
@require_POST
def discard(request: HttpRequest, import_id: int) -> HttpResponse:
    actor = actor_of(request)
    actions.discard(queries.get(actor, import_id), at=clock.now(), by=actor)
    messages.info(request, _("已放弃这份名册，文件已删除，名册没有变化。"))
    return redirect("people:imports")


@requires(Verb.IMPORT_ROSTER)
@require_safe
def errors(request: HttpRequest, import_id: int) -> HttpResponse:
    """The user's own file with the refused rows and why."""
    actor = actor_of(request)
    job = queries.get(actor, import_id)
    content = actions.error_file_of(job, at=clock.now(), by=actor)
    return _download(content, error_file.name_of(job), error_file.CONTENT_TYPES[error_file.format_of(job)])


@requires(Verb.IMPORT_ROSTER)
@require_safe
def download_template(request: HttpRequest) -> HttpResponse:
    return _download(template.make(), f"{_('名册导入模板')}.xlsx", XLSX)


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response
