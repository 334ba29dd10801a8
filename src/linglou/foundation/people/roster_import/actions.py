"""The life of a roster import: received, read, looked at, applied or discarded; small files at once, large ones by the worker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.audit.actions import SYSTEM_LABEL
from linglou.foundation.people import queries as people
from linglou.foundation.people.access import user_can_give
from linglou.foundation.people.facts import in_force
from linglou.foundation.people.models import ImportState, ImportVerdict, Person, Post, RosterImport, RosterImportRow, Unit
from linglou.foundation.people.problems import LAST_ADMINISTRATOR
from linglou.foundation.people.roster_import import apply as applying
from linglou.foundation.people.roster_import import error_file, files, matching, places, preview, reading, verdicts
from linglou.foundation.people.roster_import.problems import (
    COLUMN_UNKNOWN,
    FILE_TOO_LARGE,
    IMPORT_FAILED,
    IMPORT_FILE_GONE,
    IMPORT_NOT_READY,
    IMPORT_OUT_OF_DATE,
    LEAVER_HOLDS_POST,
    NOTHING_TO_IMPORT,
)
from linglou.foundation.people.roster_import.progress import Listener, Progress, is_alive
from linglou.kernel.problems import Problem

# Up to here a request does the work itself; above, the worker does and the page watches.
SMALL_BYTES = 512 * 1024
SMALL_ROWS = 5_000
# How long the worker leaves to the caller what the caller said it would do.
INLINE_PATIENCE = timedelta(minutes=10)
KEEP_FILES = timedelta(days=7)
WORKING = (ImportState.READING, ImportState.APPLYING)
WAITING = (ImportState.QUEUED, ImportState.APPLY_QUEUED)
OVER = (ImportState.APPLIED, ImportState.DISCARDED)


def receive(
    *,
    school: Unit,
    file_name: str,
    chunks: Iterable[bytes],
    at: datetime,
    by: Actor | None,
    options: Mapping[str, Any] | None = None,
    inline: bool | None = None,
) -> RosterImport:
    """Keep an uploaded file and queue it: for the worker, or ``inline`` for the caller, who goes on with ``read`` (None: small
    files are inline). ``options``: ``mapping`` (column title -> field, '' to leave out), ``skip_sheets``, ``accept_short``.
    Raises ``Problem`` (NOT_ALLOWED, FILE_TOO_LARGE, COLUMN_UNKNOWN)."""
    _check(by, school)
    _check_mapping((options or {}).get("mapping", {}))
    key, size = files.store(chunks, limit=reading.MAX_BYTES)
    if size > reading.MAX_BYTES:
        files.delete(key)
        raise Problem(FILE_TOO_LARGE, size=size // 1024 // 1024, limit=reading.MAX_BYTES // 1024 // 1024)
    inline = size <= SMALL_BYTES if inline is None else inline
    return RosterImport.objects.create(
        school=school,
        file_name=Path(file_name.replace("\\", "/")).name[:200] or "roster",
        file_key=key,
        file_format=Path(file_name).suffix.lstrip(".").lower()[:8],
        options=dict(options or {}) | _inline(inline, at),
        uploaded_at=at,
        uploaded_by=by.person_id if by else None,
        uploaded_by_label=by.name if by else SYSTEM_LABEL,
    )


def is_inline(job: RosterImport) -> bool:
    """Whether the caller goes on by itself, at once; else the worker will."""
    return bool(job.options.get("inline_at"))


def _inline(inline: bool, at: datetime) -> dict[str, str]:
    return {"inline_at": at.isoformat() if inline else ""}


def _is_taken(job: RosterImport, at: datetime) -> bool:
    """Somebody works on it, or is just about to."""
    since = job.options.get("inline_at")
    return (bool(since) and at - datetime.fromisoformat(since) < INLINE_PATIENCE) or is_alive(job)


def read(job: RosterImport, *, at: datetime, by: Actor | None, listener: Listener | None = None) -> RosterImport:
    """Read the file and give every row its verdict. A file that cannot be imported ends in REFUSED, with the problem in
    ``refusal``. Raises ``Problem(IMPORT_NOT_READY)`` when somebody else is at it."""
    with Progress(job, listener) as progress:
        job.refresh_from_db()
        if job.state in OVER or job.state in (ImportState.APPLYING, ImportState.APPLY_QUEUED):
            raise Problem(IMPORT_NOT_READY, state=job.get_state_display())
        job.state, job.refusal = ImportState.READING, {}
        job.save(update_fields=["state", "refusal"])
        try:
            with transaction.atomic():
                _read(job, at=at, by=by, progress=progress)
        except Exception:
            job.refresh_from_db()
            _refuse(job, Problem(IMPORT_FAILED))
            raise
    return job


def _read(job: RosterImport, *, at: datetime, by: Actor | None, progress: Progress) -> None:
    RosterImportRow.objects.filter(import_id=job.pk).delete()
    try:
        preview.read(job, at=at, by=by, progress=progress)
        job.state, job.previewed_at = ImportState.PREVIEWED, at
    except Problem as problem:
        job.state, job.refusal = ImportState.REFUSED, _kept(problem)
    job.save()


def change_options(
    job: RosterImport,
    *,
    at: datetime,
    by: Actor | None,
    mapping: Mapping[str, str],
    skip_sheets: Iterable[str] = (),
    accept_short: bool = False,
) -> RosterImport:
    """Say what the columns really are, which sheets to leave out, and that short numbers are right; then read again."""
    _check(by, job.school)
    _check_mapping(mapping)
    if job.state not in (ImportState.PREVIEWED, ImportState.REFUSED):
        raise Problem(IMPORT_NOT_READY, state=job.get_state_display())
    job.options = {"mapping": dict(mapping), "skip_sheets": list(skip_sheets), "accept_short": accept_short}
    job.options |= _inline(files.path_of(job.file_key).stat().st_size <= SMALL_BYTES, at)
    job.state = ImportState.QUEUED
    job.save(update_fields=["options", "state"])
    return job


def request_apply(
    job: RosterImport, *, at: datetime, by: Actor | None, leavers: Iterable[int] | None, inline: bool | None = None
) -> RosterImport:
    """Decide to apply: ``leavers`` are the persons who have left (None: all that are proposed). Queued for ``apply_now`` or the
    worker. Raises ``Problem`` (NOT_ALLOWED, IMPORT_NOT_READY, LAST_ADMINISTRATOR, LEAVER_HOLDS_POST)."""
    _check(by, job.school)
    with transaction.atomic():
        job = RosterImport.objects.select_for_update().select_related("school").get(pk=job.pk)
        if job.state != ImportState.PREVIEWED:
            raise Problem(IMPORT_NOT_READY, state=job.get_state_display())
        proposed = RosterImportRow.objects.filter(import_id=job.pk, verdict=ImportVerdict.LEFT)
        proposed.update(is_confirmed=False)
        (proposed if leavers is None else proposed.filter(person_id__in=list(leavers))).update(is_confirmed=True)
        _check_administrators(job, at)
        _check_posts(job, at, by)
        inline = job.counts.get("rows", 0) <= SMALL_ROWS if inline is None else inline
        job.options = job.options | {"applied_by": by.person_id if by else None} | _inline(inline, at)
        job.state = ImportState.APPLY_QUEUED
        job.save(update_fields=["state", "options"])
    return job


def _check_administrators(job: RosterImport, at: datetime) -> None:
    """Somebody must be left who can appoint. Raises ``Problem(LAST_ADMINISTRATOR)``."""
    posts = in_force(Post.objects.filter(unit_id=job.school_id, role=Role.ADMINISTRATOR), at).select_related("person")
    holders = {post.person_id: post.person.name for post in posts}
    left = RosterImportRow.objects.filter(import_id=job.pk, is_confirmed=True, person_id__in=holders)
    if holders and left.count() == len(holders):
        raise Problem(LAST_ADMINISTRATOR, name="、".join(holders.values()))


def _check_posts(job: RosterImport, at: datetime, by: Actor | None) -> None:
    """Posts end when their holders leave: those of confirmed leavers must be the asker's to end, and nobody sends themselves away.
    Raises ``Problem(LEAVER_HOLDS_POST)``."""
    if by is None:  # the command line is the operator's
        return
    left = RosterImportRow.objects.filter(import_id=job.pk, is_confirmed=True).values("person_id")
    foreign = [role for role in Role if not user_can_give(by, role, job.school)]
    mine = Q(person_id=by.person_id) if by.person_id else Q()
    held = in_force(Post.objects.filter(mine | Q(role__in=foreign), person_id__in=left, unit__isnull=False), at)
    post = held.select_related("person").order_by("person__number").first()
    if post:
        raise Problem(LEAVER_HOLDS_POST, name=post.person.name, role=Role(post.role).label)


def apply_now(job: RosterImport, *, at: datetime, by: Actor | None, listener: Listener | None = None) -> RosterImport:
    """Write it, all or nothing. Raises ``Problem``: IMPORT_OUT_OF_DATE when the school has changed since the preview (which is
    then made again), IMPORT_NOT_READY, NOTHING_TO_IMPORT."""
    with Progress(job, listener) as progress:
        job.refresh_from_db()
        if job.state not in (ImportState.APPLY_QUEUED, ImportState.APPLYING):
            raise Problem(IMPORT_NOT_READY, state=job.get_state_display())
        _check(by, job.school)
        job.state = ImportState.APPLYING
        job.save(update_fields=["state"])
        try:
            with transaction.atomic():
                keys = _apply(job, at=at, by=by, progress=progress)
        except Problem as problem:
            job.refresh_from_db()
            job.state = ImportState.QUEUED
            job.refusal = _kept(problem)
            job.save(update_fields=["state", "refusal"])
        except Exception:
            job.refresh_from_db()
            job.state = ImportState.PREVIEWED
            job.refusal = _kept(Problem(IMPORT_FAILED))
            job.save(update_fields=["state", "refusal"])
            raise
        else:
            for key in keys:
                files.delete(key)
            return job
    why = job.refusal
    read(job, at=at, by=by, listener=listener)
    if job.state == ImportState.PREVIEWED:
        job.refusal = why
        job.save(update_fields=["refusal"])
    raise Problem(IMPORT_OUT_OF_DATE)


def _apply(job: RosterImport, *, at: datetime, by: Actor | None, progress: Progress) -> list[str]:
    """Inside the transaction. The keys of stored files that are no longer needed once it is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [applying.ROSTER_LOCK + job.school_id])
    progress.step("checking")
    staged = RosterImportRow.objects.filter(import_id=job.pk)
    rows = staged.exclude(verdict=ImportVerdict.LEFT).count()
    # A crash empties the unlogged table, and an earlier release kept its plans otherwise: read again, and looked at again.
    if rows != job.counts.get("rows") or "unit_columns" not in job.plan:
        raise Problem(IMPORT_OUT_OF_DATE)
    accepted = rows - job.counts.get("rejected", 0)
    if not accepted:
        raise Problem(NOTHING_TO_IMPORT, rows=rows, rejected=job.counts.get("rejected", 0))
    verdicts.plan_for(rows)
    planned = places.load(job.plan["unit_columns"], job.school_id, verdicts.units_of(job.school_id))
    if verdicts.is_stale(job, planned, at):
        raise Problem(IMPORT_OUT_OF_DATE)
    done = [job.file_key]
    if job.counts.get("rejected"):
        progress.step("error-file")
        job.error_file_key = error_file.make(job)
    written = applying.write(job, planned, at=at, by=by, step=progress.step)
    job.counts = job.counts | {"written": written}
    job.state, job.applied_at, job.file_key, job.refusal, job.plan = ImportState.APPLIED, at, "", {}, {}
    job.layout = {}
    job.save()
    audit.record(
        by=by, school_id=job.school_id, at=at, action="roster.import", subject_type="roster-import", subject_id=job.pk,
        file=job.file_name, rows=rows, **{verdict: job.counts.get(verdict, 0) for verdict in ("new", "changed", "unchanged", "rejected")},
        left=written["left"],
    )  # fmt: skip
    return done


def error_file_of(job: RosterImport, *, at: datetime, by: Actor | None) -> bytes:
    """The refused rows in the user's own file, with the reasons. Audited: there are names and numbers in it. Raises
    ``Problem(IMPORT_FILE_GONE)``."""
    _check(by, job.school)
    if job.error_file_key:
        path = files.path_of(job.error_file_key)
        if not path.exists():
            raise Problem(IMPORT_FILE_GONE)
        content = path.read_bytes()
    else:
        key = error_file.make(job)
        content = files.path_of(key).read_bytes()
        files.delete(key)
    audit.record(
        by=by, school_id=job.school_id, at=at, action="roster.error-file", subject_type="roster-import", subject_id=job.pk,
        is_read=True, rows=job.counts.get("rejected", 0),
    )  # fmt: skip
    return content


def discard(job: RosterImport, *, at: datetime, by: Actor | None) -> None:
    """Forget the file and its rows. Raises ``Problem(IMPORT_NOT_READY)`` while it is being worked on or after it was applied."""
    _check(by, job.school)
    with transaction.atomic():
        job = RosterImport.objects.select_for_update().get(pk=job.pk)
        if job.state in OVER or is_alive(job):
            raise Problem(IMPORT_NOT_READY, state=job.get_state_display())
        keys = _forget(job)
        job.state = ImportState.DISCARDED
        job.save()
    for key in keys:
        files.delete(key)


def _forget(job: RosterImport) -> list[str]:
    keys = [key for key in (job.file_key, job.error_file_key) if key]
    RosterImportRow.objects.filter(import_id=job.pk).delete()
    job.file_key = job.error_file_key = ""
    job.layout, job.plan, job.notices = {}, {}, []
    return keys


def run_pending(at: datetime) -> int:
    """For the worker: read and apply what waits, take up what a dead process left, delete what is too old. How many imports
    were worked on."""
    worked = 0
    for job in RosterImport.objects.filter(state__in=[*WAITING, *WORKING]).select_related("school").order_by("pk"):
        if _is_taken(job, at):
            continue
        try:
            if job.state in (ImportState.QUEUED, ImportState.READING):
                read(job, at=at, by=_actor(job.school, job.uploaded_by, at))
            else:
                apply_now(job, at=at, by=_actor(job.school, job.options.get("applied_by"), at))
            worked += 1
        except Problem:
            worked += 1
    purge(at)
    return worked


def purge(at: datetime) -> int:
    """Delete files and rows of imports older than ``KEEP_FILES``, and the record of imports that came to nothing."""
    old = RosterImport.objects.filter(uploaded_at__lt=at - KEEP_FILES).exclude(file_key="", error_file_key="")
    gone = 0
    for job in old:
        with transaction.atomic():
            keys = _forget(job)
            if job.state != ImportState.APPLIED:
                job.state = ImportState.DISCARDED
            job.save()
        for key in keys:
            files.delete(key)
        gone += 1
    return gone


def _actor(school: Unit, person_id: int | None, at: datetime) -> Actor | None:
    """Who asked for it, with what their posts allow now; None for the command line."""
    if person_id is None:
        return None
    person = Person.objects.get(pk=person_id, school=school)
    return people.actor_of(person, account_id=0, at=at)


def _check(by: Actor | None, school: Unit) -> None:
    if by is not None:
        by.check(Verb.IMPORT_ROSTER, at=[school.path])


def _check_mapping(mapping: Mapping[str, str]) -> None:
    for field in mapping.values():
        if field and field not in matching.FIELDS:
            raise Problem(COLUMN_UNKNOWN, field=field, fields=", ".join(matching.FIELDS))


def _refuse(job: RosterImport, problem: Problem) -> None:
    job.state, job.refusal = ImportState.REFUSED, _kept(problem)
    job.save(update_fields=["state", "refusal"])


def _kept(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "values": {name: str(value) for name, value in problem.values.items()}}
