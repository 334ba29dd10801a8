"""Stays for API clients: the school's own systems send timetables, attendance and logs as files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, cast

from django.core.paginator import Paginator
from django.http import HttpRequest
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from linglou.domains.movement.models import StayImport
from linglou.domains.movement.stays import actions, queries, sight
from linglou.foundation.access.guards import actor_of
from linglou.kernel import clock

router = Router(tags=["stays"])
PER_PAGE = 100


class StayRefusal(Schema):
    code: str
    title: str
    cure: str


class StayImportOut(Schema):
    id: int
    kind: Literal["timetable", "attendance", "canteen", "gate", "sign-in", "seat-chart"]
    state: Literal["queued", "previewed", "apply-queued", "applied", "refused", "discarded"]
    file_name: str
    uploaded_at: datetime
    applied_at: datetime | None
    counts: dict[str, int] = Field(description="`rows`, a number per verdict, and `written` once applied.")
    refusal: StayRefusal | None


class StayVerdictOut(Schema):
    line: int = Field(description="Line in the sheet, from 1.")
    verdict: Literal["new", "changed", "unchanged", "rejected"]
    said: str
    reasons: list[str]


class StayVerdictsOut(Schema):
    count: int
    pages: int
    rows: list[StayVerdictOut]


def _out(job: StayImport) -> StayImportOut:
    refusal = queries.refusal_of(job)
    return StayImportOut(
        id=job.pk, kind=cast(Any, job.kind), state=cast(Any, job.state), file_name=job.file_name, uploaded_at=job.uploaded_at,
        applied_at=job.applied_at, counts=job.counts,
        refusal=StayRefusal(code=refusal.code, title=refusal.title, cure=refusal.cure) if refusal else None,
    )  # fmt: skip


@router.get("/stays/imports", response=list[StayImportOut], summary="Recent imports of stays")
def stay_imports(request: HttpRequest) -> list[StayImportOut]:
    return [_out(job) for job in queries.imports_of(queries.school_of(actor_of(request)))]


@router.post("/stays/imports", response={201: StayImportOut}, summary="Upload a timetable, attendance sheet, log or seat chart")
def upload_stays(
    request: HttpRequest,
    file: File[UploadedFile],
    kind: Form[Literal["timetable", "attendance", "canteen", "gate", "sign-in", "seat-chart"]],
    term: Form[date | None] = None,
    minutes: int = Form(actions.CANTEEN_MINUTES, ge=1, le=240),
) -> Status[StayImportOut]:
    """A small file comes back `previewed` (or `refused`); a large one is `queued` for the worker. `term` is a day of week 1, for a
    timetable by weeks; `minutes` is how long a canteen card means."""
    actor, at = actor_of(request), clock.now()
    job = actions.receive(
        school=queries.school_of(actor), kind=kind, file_name=file.name or "", chunks=file.chunks(), at=at, by=actor, term=term,
        minutes=minutes,
    )  # fmt: skip
    return Status(201, _out(sight.read_small(job, at=at, by=actor)))


@router.get("/stays/imports/{int:stay_import_id}", response=StayImportOut, summary="One import of stays")
def stay_import(request: HttpRequest, stay_import_id: int) -> StayImportOut:
    return _out(queries.get(actor_of(request), stay_import_id))


@router.get(
    "/stays/imports/{int:stay_import_id}/verdicts",
    response=StayVerdictsOut,
    summary="A verdict for every row of a file of stays",
)
def stay_verdicts(
    request: HttpRequest,
    stay_import_id: int,
    verdict: Literal["new", "changed", "unchanged", "rejected"] = "rejected",
    page: int = Query(1, ge=1, le=1_000_000),
) -> StayVerdictsOut:
    job = queries.get(actor_of(request), stay_import_id)
    pages = Paginator(queries.rows_of(job, verdict), PER_PAGE)
    rows = [
        StayVerdictOut(line=line["line"], verdict=verdict, said=line["said"], reasons=line["reasons"])
        for line in queries.lines(list(pages.get_page(page)))
    ]
    return StayVerdictsOut(count=pages.count, pages=pages.num_pages, rows=rows)


@router.post(
    "/stays/imports/{int:stay_import_id}/apply", response=StayImportOut, summary="Write a file of stays, all or nothing"
)
def apply_stays(request: HttpRequest, stay_import_id: int) -> StayImportOut:
    """A small import comes back `applied`; a large one is `apply-queued` for the worker."""
    actor, at = actor_of(request), clock.now()
    job = actions.request_apply(queries.get(actor, stay_import_id), at=at, by=actor)
    if actions.is_inline(job):
        job = actions.apply_now(job, at=at, by=actor)
    return _out(job)


@router.post(
    "/stays/imports/{int:stay_import_id}/discard", response=StayImportOut, summary="Forget a file of stays; nothing changes"
)
def discard_stays(request: HttpRequest, stay_import_id: int) -> StayImportOut:
    actor = actor_of(request)
    job = queries.get(actor, stay_import_id)
    actions.discard(job, by=actor)
    job.refresh_from_db()
    return _out(job)
