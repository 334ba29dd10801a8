"""Roster imports over HTTP: upload, look at the verdicts, apply, discard."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from linglou.foundation.access.guards import actor_of
from linglou.foundation.people.models import RosterImport
from linglou.foundation.people.roster_import import actions, error_file, queries
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT, MALFORMED_BODY
from linglou.kernel.problems import FieldError, Problem

router = Router(tags=["imports"])
PER_PAGE = 100
MOST_LEAVERS = 100_000


class ProblemOut(Schema):
    code: str
    title: str
    cure: str


class ColumnOut(Schema):
    title: str
    field: str = Field(description="What the column was taken for; '' when it is not used.")


class ImportOut(Schema):
    """`counts` has a number per verdict, `rows`, and after the apply `written`."""

    id: int
    state: Literal["queued", "reading", "previewed", "apply-queued", "applying", "applied", "refused", "discarded"] = Field(
        description="Poll while it is queued, reading, apply-queued or applying."
    )
    file_name: str
    uploaded_at: datetime
    applied_at: datetime | None
    counts: dict[str, Any]
    columns: list[ColumnOut]
    notices: list[str]
    refusal: ProblemOut | None = Field(description="Why the file as a whole cannot be imported, or was not.")
    step: str
    done: int
    total: int


class ChangeOut(Schema):
    field: str
    old: str
    new: str


class VerdictOut(Schema):
    line: int = Field(description="Line in the sheet, from 1; 0 for a person who stands in no row.")
    sheet: int
    person_id: int | None
    number: str
    name: str
    verdict: Literal["new", "changed", "unchanged", "left", "rejected"]
    changes: list[ChangeOut] = Field(description="Sensitive values are masked.")
    reasons: list[str]


class VerdictsOut(Schema):
    count: int
    pages: int
    rows: list[VerdictOut]


class ApplyIn(Schema):
    leavers: list[int] = Field(
        default=[], max_length=MOST_LEAVERS, description="Ids of the proposed persons who have indeed left. Nobody else leaves."
    )
    all_leavers: bool = Field(default=False, description="Everybody who is proposed has left.")


def _out(job: RosterImport) -> ImportOut:
    refusal = queries.refusal_of(job)
    return ImportOut(
        id=job.pk,
        state=cast(Any, job.state),
        file_name=job.file_name,
        uploaded_at=job.uploaded_at,
        applied_at=job.applied_at,
        counts=job.counts,
        columns=[ColumnOut(title=column["title"], field=column["field"]) for column in queries.columns_of(job)],
        notices=queries.notices_of(job),
        refusal=ProblemOut(code=refusal.code, title=refusal.title, cure=refusal.cure) if refusal else None,
        step=job.progress_step,
        done=job.progress_done,
        total=job.progress_total,
    )


def _mapping(text: str) -> dict[str, str]:
    try:
        mapping = json.loads(text)
    except ValueError as error:
        raise Problem(MALFORMED_BODY) from error
    if not isinstance(mapping, dict) or not all(isinstance(field, str) for field in mapping.values()):
        raise Problem(INVALID_INPUT, errors=(FieldError("mapping", "type", "{title: field}", text[:200]),))
    return mapping


@router.get("/imports", response=list[ImportOut], summary="Recent imports")
def imports(request: HttpRequest) -> list[ImportOut]:
    return [_out(job) for job in queries.imports_of(queries.school_of(actor_of(request)))]


@router.post("/imports", response={201: ImportOut}, summary="Upload a roster file")
def upload(
    request: HttpRequest,
    file: File[UploadedFile],
    mapping: Form[str] = "{}",
    accept_short: Form[bool] = False,
) -> Status[ImportOut]:
    """A small file comes back `previewed` (or `refused`); a large one is `queued` for the worker. `mapping` is a JSON object of
    column titles to field names ('' leaves a column out)."""
    actor, at = actor_of(request), clock.now()
    job = actions.receive(
        school=queries.school_of(actor),
        file_name=file.name or "",
        chunks=file.chunks(),
        at=at,
        by=actor,
        options={"mapping": _mapping(mapping), "accept_short": accept_short},
    )
    if actions.is_inline(job):
        job = actions.read(job, at=at, by=actor)
        refused = queries.refusal_of(job)
        if refused and not job.layout:
            actions.discard(job, at=at, by=actor)
            raise refused
    return Status(201, _out(job))


@router.get("/imports/{int:import_id}", response=ImportOut, summary="One import and how far it is")
def one(request: HttpRequest, import_id: int) -> ImportOut:
    return _out(queries.get(actor_of(request), import_id))


@router.get("/imports/{int:import_id}/verdicts", response=VerdictsOut, summary="A verdict for every row")
def verdicts(
    request: HttpRequest,
    import_id: int,
    verdict: Literal["new", "changed", "unchanged", "left", "rejected"] = "rejected",
    page: int = Query(1, ge=1, le=1_000_000),
) -> VerdictsOut:
    job = queries.get(actor_of(request), import_id)
    pages = Paginator(queries.rows_of(job, verdict), PER_PAGE)
    return VerdictsOut(
        count=pages.count,
        pages=pages.num_pages,
        rows=[
            VerdictOut(
                line=line.row.line,
                sheet=line.row.sheet,
                person_id=line.row.person_id,
                number=line.row.number,
                name=line.row.name,
                verdict=cast(Any, line.row.verdict),
                changes=[ChangeOut(field=change.field, old=change.old, new=change.new) for change in line.changes],
                reasons=line.reasons,
            )
            for line in queries.lines(job, list(pages.get_page(page)))
        ],
    )


@router.get("/imports/{int:import_id}/errors", summary="The refused rows in the uploaded file's own form, with reasons")
def errors(request: HttpRequest, import_id: int) -> HttpResponse:
    actor = actor_of(request)
    job = queries.get(actor, import_id)
    content = actions.error_file_of(job, at=clock.now(), by=actor)
    return HttpResponse(content, content_type=error_file.CONTENT_TYPES[error_file.format_of(job)])


@router.post("/imports/{int:import_id}/apply", response=ImportOut, summary="Write it, all or nothing")
def apply(request: HttpRequest, import_id: int, body: ApplyIn) -> ImportOut:
    """A small import comes back `applied`; a large one is `apply-queued` for the worker."""
    actor, at = actor_of(request), clock.now()
    job = queries.get(actor, import_id)
    job = actions.request_apply(job, at=at, by=actor, leavers=None if body.all_leavers else body.leavers)
    if actions.is_inline(job):
        job = actions.apply_now(job, at=at, by=actor)
    return _out(job)


@router.post("/imports/{int:import_id}/discard", response=ImportOut, summary="Forget the file; nothing changes")
def discard(request: HttpRequest, import_id: int) -> ImportOut:
    actor = actor_of(request)
    job = queries.get(actor, import_id)
    actions.discard(job, at=clock.now(), by=actor)
    job.refresh_from_db()
    return _out(job)
