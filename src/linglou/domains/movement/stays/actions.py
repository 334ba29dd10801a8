"""A file of stays from upload to apply: read into staged rows with their verdicts, shown, then written, all or nothing.

Small files are worked on by whoever asks; for larger ones the worker does it (``run_pending``). One transaction each, under an
advisory lock: two processes never work on one import, and a process that dies leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from linglou.domains.movement.models import StayImport, StayImportRow, StayImportState
from linglou.domains.movement.stays import rows, staging
from linglou.domains.movement.stays.kinds import KINDS
from linglou.domains.movement.stays.problems import (
    STAYS_FAILED,
    STAYS_KIND_UNKNOWN,
    STAYS_NOT_READY,
    STAYS_NOTHING,
)
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, Unit
from linglou.foundation.people.roster_import import files, reading
from linglou.foundation.people.roster_import.problems import FILE_TOO_LARGE
from linglou.kernel.problems import Problem

# Up to here a request does the work itself; above, the worker does.
SMALL_BYTES = 512 * 1024
SMALL_ROWS = 5_000
INLINE_PATIENCE = timedelta(minutes=10)
KEEP_FILES = timedelta(days=7)
CANTEEN_MINUTES = 30
LOCK = 0x4C53 << 40


def receive(
    *, school: Unit, kind: str, file_name: str, chunks: Iterable[bytes], at: datetime, by: Actor | None,
    minutes: int = CANTEEN_MINUTES, term: date | None = None, inline: bool | None = None,
) -> StayImport:  # fmt: skip
    """Keep an uploaded file and queue it: for the worker, or ``inline`` for the caller, who goes on with ``read`` (None: small
    files are inline). ``term`` is any day of week 1. Raises ``Problem`` (NOT_ALLOWED, FILE_TOO_LARGE, STAYS_KIND_UNKNOWN)."""
    _check(by, school)
    if kind not in KINDS:
        raise Problem(STAYS_KIND_UNKNOWN, wanted=kind, kinds="、".join(KINDS))
    key, size = files.store(chunks, limit=reading.MAX_BYTES)
    if size > reading.MAX_BYTES:
        files.delete(key)
        raise Problem(FILE_TOO_LARGE, size=size // 1024 // 1024, limit=reading.MAX_BYTES // 1024 // 1024)
    inline = size <= SMALL_BYTES if inline is None else inline
    monday = (term - timedelta(days=term.weekday())).isoformat() if term else ""
    return StayImport.objects.create(
        school=school, kind=kind, file_name=Path(file_name.replace("\\", "/")).name[:200] or kind, file_key=key,
        options={"minutes": minutes, "term": monday} | _inline(inline, at), uploaded_at=at,
        uploaded_by=by.person_id if by else None, uploaded_by_label=by.name if by else "",
    )  # fmt: skip


def is_inline(job: StayImport) -> bool:
    """Whether the caller goes on by itself, at once; else the worker will."""
    return bool(job.options.get("inline_at"))


def _inline(inline: bool, at: datetime) -> dict[str, str]:
    return {"inline_at": at.isoformat() if inline else ""}


def read(job: StayImport, *, at: datetime) -> StayImport:
    """Read the file and give every row its verdict. A file that cannot be imported ends in REFUSED, with the problem in
    ``refusal``. Raises ``Problem(STAYS_NOT_READY)``."""
    return _work(job, StayImportState.QUEUED, lambda locked: _read(locked, at), failed=StayImportState.REFUSED)


def request_apply(job: StayImport, *, at: datetime, by: Actor | None, inline: bool | None = None) -> StayImport:
    """Decide to apply: for ``apply_now`` or the worker. Raises ``Problem`` (NOT_ALLOWED, STAYS_NOT_READY)."""
    _check(by, job.school)
    with transaction.atomic():
        job = StayImport.objects.select_for_update().select_related("school").get(pk=job.pk)
        if job.state != StayImportState.PREVIEWED:
            raise Problem(STAYS_NOT_READY, state=job.get_state_display())
        inline = job.counts.get("rows", 0) <= SMALL_ROWS if inline is None else inline
        job.options |= {"applied_by": by.person_id if by else None} | _inline(inline, at)
        job.state = StayImportState.APPLY_QUEUED
        job.save(update_fields=["state", "options"])
    return job


def apply_now(job: StayImport, *, at: datetime, by: Actor | None) -> StayImport:
    """Write it, all or nothing. Raises ``Problem(STAYS_NOT_READY)``."""
    _check(by, job.school)
    key = job.file_key
    job = _work(job, StayImportState.APPLY_QUEUED, lambda locked: _apply(locked, at, by), failed=StayImportState.PREVIEWED)
    if job.state == StayImportState.APPLIED:
        files.delete(key)
    return job


def _work(job: StayImport, state: str, work: Callable[[StayImport], None], *, failed: str) -> StayImport:
    """Do ``work`` on an import that is in ``state``, alone."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK + job.pk])
                is_ours = cursor.fetchone()[0]
            job = StayImport.objects.select_related("school").get(pk=job.pk)
            if not is_ours or job.state != state:
                raise Problem(STAYS_NOT_READY, state=job.get_state_display())
            work(job)
            job.save()
    except Problem:
        raise
    except Exception:
        StayImport.objects.filter(pk=job.pk).update(state=failed, refusal=_kept(Problem(STAYS_FAILED)))
        raise
    return job


def _read(job: StayImport, at: datetime) -> None:
    job.refusal = {}
    try:
        with transaction.atomic():
            n = staging.stage(job, at)
            job.counts = {"rows": n} | rows.compare(job)
            if n == job.counts.get("rejected", 0):  # the refused rows stay to be looked at
                job.refusal = _kept(Problem(STAYS_NOTHING, rows=n, rejected=n))
        job.state, job.previewed_at = StayImportState.REFUSED if job.refusal else StayImportState.PREVIEWED, at
    except Problem as problem:
        job.state, job.refusal = StayImportState.REFUSED, _kept(problem)


def _apply(job: StayImport, at: datetime, by: Actor | None) -> None:
    written = rows.write(job)
    job.counts = job.counts | {"written": written}
    job.state, job.applied_at, job.file_key, job.refusal = StayImportState.APPLIED, at, "", {}
    audit.record(
        by=by, school_id=job.school_id, at=at, action="stays.import", subject_type="stay-import", subject_id=job.pk,
        file=job.file_name, kind=job.kind, rows=job.counts["rows"], rejected=job.counts.get("rejected", 0), written=written,
    )  # fmt: skip


def discard(job: StayImport, *, by: Actor | None) -> None:
    """Forget the file and its rows. Raises ``Problem(STAYS_NOT_READY)`` once it is applied."""
    _check(by, job.school)
    with transaction.atomic():
        job = StayImport.objects.select_for_update().get(pk=job.pk)
        if job.state in (StayImportState.APPLIED, StayImportState.DISCARDED):
            raise Problem(STAYS_NOT_READY, state=job.get_state_display())
        key = _forget(job)
        job.state = StayImportState.DISCARDED
        job.save()
    files.delete(key)


def _forget(job: StayImport) -> str:
    StayImportRow.objects.filter(import_id=job.pk).delete()
    key, job.file_key = job.file_key, ""
    return key


def record_error_file(job: StayImport, *, at: datetime, by: Actor | None) -> None:
    """That somebody took the refused rows away: there are numbers in them."""
    _check(by, job.school)
    audit.record(
        by=by, school_id=job.school_id, at=at, action="stays.error-file", subject_type="stay-import", subject_id=job.pk,
        is_read=True, rows=job.counts.get("rejected", 0),
    )  # fmt: skip


def run_pending(at: datetime) -> int:
    """For the worker: read and apply what waits, forget what is too old. How many imports were worked on."""
    worked = 0
    waiting = (StayImportState.QUEUED, StayImportState.APPLY_QUEUED)
    for job in StayImport.objects.filter(state__in=waiting).select_related("school").order_by("pk"):
        since = job.options.get("inline_at")
        if since and at - datetime.fromisoformat(since) < INLINE_PATIENCE:
            continue
        try:
            if job.state == StayImportState.QUEUED:
                read(job, at=at)
            else:
                apply_now(job, at=at, by=_actor(job, at))
            worked += 1
        except Problem:
            worked += 1
    for job in StayImport.objects.filter(uploaded_at__lt=at - KEEP_FILES).exclude(state=StayImportState.DISCARDED):
        with transaction.atomic():
            key = _forget(job)
            if job.state != StayImportState.APPLIED:
                job.state = StayImportState.DISCARDED
            job.save()
        files.delete(key)
    return worked


def _actor(job: StayImport, at: datetime) -> Actor | None:
    """Who asked for it, with what their posts allow now; None for the command line."""
    person_id = job.options.get("applied_by")
    return None if person_id is None else people.actor_of(Person.objects.get(pk=person_id), account_id=0, at=at)


def _check(by: Actor | None, school: Unit) -> None:
    if by is not None:
        by.check(Verb.IMPORT_STAYS, at=[school.path])


def _kept(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "values": {name: str(value) for name, value in problem.values.items()}}
