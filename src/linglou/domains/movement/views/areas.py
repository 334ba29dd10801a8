"""The list of risk areas: for everybody to read, for the prevention office to keep, one by one or from a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linglou.domains.movement import actions, area_file, queries
from linglou.domains.movement.forms import AreaForm, WithdrawForm
from linglou.domains.movement.models import AreaImport
from linglou.domains.movement.problems import AREA_FILE_MISSING, AREA_LIST_MOVED
from linglou.foundation.access.guards import actor_of, requires, signed_in
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.roster_import.problems import FILE_TOO_LARGE
from linglou.foundation.rulebook import actions as rulebook
from linglou.foundation.rulebook.problems import ALREADY_LISTED
from linglou.kernel import clock
from linglou.kernel.problems import Problem

PER_PAGE = 50
MAX_BYTES = 4 * 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
VERDICTS = ("rejected", "changed", "new", "unchanged")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Read by everybody who is signed in; an entry is added with KEEP_RISK_AREAS."""
    actor, at = actor_of(request), clock.now()
    on = clock.day_of(at)
    form = AreaForm(request.POST or None, initial={"from_day": on})
    if request.method == "POST":
        actor.check_anywhere(Verb.KEEP_RISK_AREAS)
        if form.is_valid():
            try:
                rulebook.list_risk_region(**form.cleaned_data, by=actor, at=at)
            except Problem as problem:
                if problem.kind is not ALREADY_LISTED:
                    raise
                form.add_error("region", f"{problem.title}{problem.cure}")
            else:
                messages.success(request, _("已列入风险地区。到过那里的人稍后会进入排查名单。"))
                return redirect("movement:risk_areas")
    shown = request.GET.get("shown", "")
    past = Paginator(queries.past_areas(actor.school_id, on), PER_PAGE).get_page(request.GET.get("page"))
    page = {
        "areas": queries.areas(actor.school_id, on), "past": past, "past_areas": [queries.shown_area(one, on) for one in past],
        "shown": "past" if shown == "past" else "", "form": form, "may_keep": actor.may_anywhere(Verb.KEEP_RISK_AREAS), "on": on,
    }  # fmt: skip
    return render(request, "movement/areas.html", page, status=422 if form.errors else 200)


@requires(Verb.KEEP_RISK_AREAS)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, region_id: int) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    entry = queries.area_of(actor, region_id)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rulebook.withdraw_risk_region(region_id=region_id, reason=form.cleaned_data["reason"], by=actor, at=at)
        messages.success(request, _("已撤销。只因这个地区在名单上的人，稍后会解除排查。"))
        return redirect("movement:risk_areas")
    page = {"area": queries.shown_area(entry, clock.day_of(at)), "form": form}
    return render(request, "movement/area_withdraw.html", page, status=422 if form.errors else 200)


@requires(Verb.KEEP_RISK_AREAS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    problem = None
    if request.method == "POST":
        try:
            return redirect("movement:area_import", _received(request).pk)
        except Problem as refused:
            problem = refused
    page = {"problem": problem, "imports": queries.recent_imports(actor.school_id), "max_mb": MAX_BYTES // 1024 // 1024}
    return render(request, "movement/area_upload.html", page, status=problem.status if problem else 200)


def _received(request: HttpRequest) -> AreaImport:
    upload_ = request.FILES.get("file")
    if not isinstance(upload_, UploadedFile):
        raise Problem(AREA_FILE_MISSING)
    if (upload_.size or 0) > MAX_BYTES:
        raise Problem(FILE_TOO_LARGE, size=(upload_.size or 0) // 1024 // 1024, limit=MAX_BYTES // 1024 // 1024)
    with tempfile.NamedTemporaryFile() as file:
        for chunk in upload_.chunks():
            file.write(chunk)
        file.flush()
        return actions.read_areas(path=Path(file.name), file_name=upload_.name or "", by=actor_of(request), at=clock.now())


@requires(Verb.KEEP_RISK_AREAS)
@require_safe
def one_import(request: HttpRequest, area_import_id: int) -> HttpResponse:
    """Every row with its verdict, the refused ones first."""
    job = queries.area_import(actor_of(request), area_import_id)
    tabs = [(verdict, job.counts[verdict]) for verdict in VERDICTS if job.counts.get(verdict)]
    known = [verdict for verdict, _count in tabs]
    asked = request.GET.get("verdict", "")
    verdict = asked if asked in known else (known[0] if known else "")
    rows = Paginator([row for row in job.rows if row["verdict"] == verdict], PER_PAGE).get_page(request.GET.get("page"))
    page = {
        "job": job, "tabs": tabs, "verdict": verdict, "page": rows,
        "lines": [queries.shown_row(row) for row in rows],
        "left": queries.not_named(job, on=clock.day_of(clock.now())) if job.state == "previewed" else [],
        "will_change": bool(job.counts.get("new") or job.counts.get("changed")),
    }  # fmt: skip
    return render(request, "movement/area_import.html", page)


@requires(Verb.KEEP_RISK_AREAS)
@require_POST
def apply_import(request: HttpRequest, area_import_id: int) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    job = queries.area_import(actor, area_import_id)
    try:
        done = actions.apply_areas(job=job, replace=request.POST.get("replace") == "on", by=actor, at=at)
    except Problem as problem:
        if problem.kind is not AREA_LIST_MOVED:
            raise
        actions.judge_areas_again(job=job, at=at)
        messages.warning(request, f"{problem.title}{problem.cure}")
        return redirect("movement:area_import", job.pk)
    messages.success(request, _("新列入 %(new)d 个，更正 %(changed)d 个，撤销 %(withdrawn)d 个。") % done)
    return redirect("movement:risk_areas")


@requires(Verb.KEEP_RISK_AREAS)
@require_safe
def import_errors(request: HttpRequest, area_import_id: int) -> HttpResponse:
    job = queries.area_import(actor_of(request), area_import_id)
    return _file(area_file.error_file(job.titles, job.rows), "risk-areas-refused.xlsx")


@requires(Verb.KEEP_RISK_AREAS)
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    return _file(area_file.template(), "risk-areas.xlsx")


def _file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
