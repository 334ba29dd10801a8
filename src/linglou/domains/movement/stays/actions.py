"""A file of stays from upload to apply: read into staged rows with their verdicts, shown, then written, all or nothing.

Small files are worked on by whoever asks; for larger ones the worker does it (``run_pending``). One transaction each, under an
advisory lock: two processes never work on one import, and a process that dies leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from linglou.domains.movement.models import StayFile, StayImport, StayImportRow, StayImportState, StayVerdict
from linglou.domains.movement.stays import judging, rules, writing
from linglou.domains.movement.stays.kinds import FIELDS, KINDS, finder, missing
from linglou.domains.movement.stays.problems import (
    STAYS_COLUMN_MISSING,
    STAYS_FAILED,
    STAYS_HEADER_MISSING,
    STAYS_KIND_UNKNOWN,
    STAYS_NOT_READY,
    STAYS_NOTHING,
)
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, Unit, UnitKind
from linglou.foundation.people.roster_import import files, matching, reading
from linglou.foundation.people.roster_import.problems import FILE_HAS_NO_HEADER, FILE_TOO_LARGE, IMPORT_FILE_GONE
from linglou.kernel import clock
from linglou.kernel.problems import Problem

# Up to here a request does the work itself; above, the worker does.
SMALL_BYTES = 512 * 1024
SMALL_ROWS = 5_000
INLINE_PATIENCE = timedelta(minutes=10)
KEEP_FILES = timedelta(days=7)
BATCH = 2_000
CANTEEN_MINUTES = 30
STAGED = (
    "import_id", "n", "line", "verdict", "person_id", "unit_id", "place_code", "place_name", "starts", "ends", "is_absent",
    "seat_row", "seat_col", "reasons", "said",
)  # fmt: skip
STAGE_SQL = f"COPY movement_stayimportrow ({', '.join(STAGED)}) FROM STDIN"
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
            _stage(job, at)
        job.state, job.previewed_at = StayImportState.REFUSED if job.refusal else StayImportState.PREVIEWED, at
    except Problem as problem:
        job.state, job.refusal = StayImportState.REFUSED, _kept(problem)


def _stage(job: StayImport, at: datetime) -> None:
    path = files.path_of(job.file_key)
    if not job.file_key or not path.exists():
        raise Problem(IMPORT_FILE_GONE)
    kind = KINDS[job.kind]
    try:
        book = reading.read(path, find=finder(kind))
    except Problem as problem:
        if problem.kind is not FILE_HAS_NO_HEADER:
            raise
        needed = "、".join("/".join(str(FIELDS[name]) for name in one_of) for one_of in kind.needs)
        raise Problem(STAYS_HEADER_MISSING, columns=needed) from problem
    sheet = next(sheet for sheet in book.sheets if sheet.header)
    header = sheet.header
    assert header is not None
    if absent := missing(kind, header):
        raise Problem(STAYS_COLUMN_MISSING, columns="、".join(absent))
    job.titles = [""] * (header.last + 1)
    for column in header.columns:
        job.titles[column.position] = column.title
    if matching.plain(job.titles[-1]) in matching.IGNORED_REASONS:  # a mended error file
        del job.titles[-1]
    reader = judging.Reader(
        job.kind,
        at,
        minutes=job.options["minutes"],
        term=date.fromisoformat(job.options["term"]) if job.options["term"] else None,
    )
    StayImportRow.objects.filter(import_id=job.pk).delete()
    n = 0
    for batch in _batches(sheet, header.of, reader, width=len(job.titles)):
        rows = _resolved(job, batch, begin=n)
        n += len(rows)
        with connection.cursor() as cursor, cursor.copy(STAGE_SQL) as copy:
            for row in rows:
                copy.write_row(row)
    _compare(job, n)


Drafted = tuple[int, list[str], judging.Meant]


def _batches(sheet: reading.Sheet, of: Mapping[str, int], reader: judging.Reader, *, width: int) -> Iterator[list[Drafted]]:
    batch: list[Drafted] = []
    for line, row in sheet.data():
        said = {name: row[position] if position < len(row) else "" for name, position in of.items()}
        batch.append((line, judging.kept(row[:width]), reader.read(said)))
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def _resolved(job: StayImport, batch: list[Drafted], *, begin: int) -> list[tuple[Any, ...]]:
    """Staged rows: numbers and classes are looked up, a batch at a time."""
    numbers = {meant.number for _line, _said, meant in batch if meant.number}
    persons = dict(Person.objects.filter(school_id=job.school_id, number__in=numbers).values_list("number", "pk"))
    names = {meant.class_name for _line, _said, meant in batch if meant.class_name and not meant.number}
    classes: dict[str, list[int]] = {}
    found = Unit.objects.filter(school_id=job.school_id, kind=UnitKind.CLASS, closed_at=None, name__in=names)
    for pk, name in found.values_list("pk", "name"):
        classes.setdefault(name, []).append(pk)
    rows = []
    for n, (line, said, meant) in enumerate(batch, start=begin + 1):
        person_id, unit_id = None, None
        if meant.number:
            person_id = persons.get(meant.number)
            if person_id is None:
                meant.refuse("number-unknown", value=meant.number)
        elif meant.class_name:
            held = classes.get(meant.class_name, [])
            unit_id = held[0] if held else None
            if len(held) != 1:
                meant.refuse("class-ambiguous" if held else "class-unknown", value=meant.class_name)
        verdict = StayVerdict.REJECTED if meant.reasons else StayVerdict.UNCHANGED
        rows.append((
            job.pk, n, line, verdict.value, person_id, unit_id, rules.place_code(meant.place), meant.place,
            [start for start, _end in meant.spans], [end for _start, end in meant.spans], meant.is_absent, meant.row, meant.col,
            Jsonb(meant.reasons), Jsonb(said),
        ))  # fmt: skip
    return rows


def _compare(job: StayImport, rows: int) -> None:
    """Verdicts against what is known, and their counts. Where nothing can be imported, the refused rows stay to be looked at."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE movement_stayimportrow")
        cursor.execute(COMPARE_SEATS_SQL if job.kind == StayFile.SEAT_CHART else COMPARE_SQL, _values(job))
        cursor.execute("SELECT verdict, count(*) FROM movement_stayimportrow WHERE import_id = %s GROUP BY 1", [job.pk])
        job.counts = {"rows": rows} | dict(cursor.fetchall())
    if rows == job.counts.get("rejected", 0):
        job.refusal = _kept(Problem(STAYS_NOTHING, rows=rows, rejected=rows))


def _apply(job: StayImport, at: datetime, by: Actor | None) -> None:
    values = _values(job)
    with connection.cursor() as cursor:
        cursor.execute(PLACES_SQL, values)
        if job.kind == StayFile.SEAT_CHART:
            cursor.execute(SEATS_SQL, values)
            written = int(cursor.rowcount)
            cursor.execute(SEAT_STAYS_SQL, values)
        else:
            written = writing.write_from(EXPAND_SQL, values, school_id=job.school_id, import_id=job.pk)
        if job.kind == StayFile.ATTENDANCE:
            cursor.execute(ABSENT_SQL, values)
        cursor.execute("DELETE FROM movement_stayimportrow WHERE import_id = %(import)s AND verdict <> 'rejected'", values)
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


def _values(job: StayImport) -> dict[str, Any]:
    kind = KINDS[job.kind]
    return {
        "import": job.pk, "school": job.school_id, "source": kind.source.value, "place_kind": kind.place.value,
        "zone": clock.CAMPUS_ZONE.key,
    }  # fmt: skip


def _kept(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "values": {name: str(value) for name, value in problem.values.items()}}


# Accepted rows as stays: a class is whoever belongs to it at that moment; an absence lasts no time.
ROWS_SQL = """
    SELECT r.n, who.person_id, p.id AS place_id, t.starts_at, CASE WHEN r.is_absent THEN t.starts_at ELSE t.ends_at END AS ends_at,
           t.ends_at AS until_at, r.is_absent, %(source)s::text AS source, r.seat_row, r.seat_col
    FROM movement_stayimportrow r
    CROSS JOIN LATERAL unnest(r.starts, r.ends) AS t(starts_at, ends_at)
    CROSS JOIN LATERAL (
        SELECT r.person_id WHERE r.person_id IS NOT NULL
        UNION ALL
        SELECT m.person_id FROM people_membership m
        WHERE r.person_id IS NULL AND m.unit_id = r.unit_id AND m.tree = 'administration' AND m.superseded_at IS NULL
          AND m.person_kind = 'student' AND m.starts_at <= t.starts_at AND (m.ends_at IS NULL OR m.ends_at > t.starts_at)
    ) who
    LEFT JOIN movement_place p ON p.school_id = %(school)s AND p.kind = %(place_kind)s AND p.code = r.place_code
    WHERE r.import_id = %(import)s AND r.verdict <> 'rejected'
"""
EXPAND_SQL = f"SELECT person_id, place_id, starts_at, ends_at, source, seat_row, seat_col FROM ({ROWS_SQL}) e"

COMPARE_SQL = f"""
    UPDATE movement_stayimportrow r SET verdict = v.verdict FROM (
        SELECT e.n, CASE WHEN bool_and(s.person_id IS NULL) THEN 'new' WHEN bool_or(s.person_id IS NULL OR
                   (s.source <> e.source AND NOT (e.source = 'timetable' AND s.source = 'attendance')) OR (s.source = e.source AND
                   (s.ends_at <> least(e.ends_at, (s.day + 1)::timestamp AT TIME ZONE %(zone)s)
                    OR s.seat_row <> e.seat_row OR s.seat_col <> e.seat_col))
               ) THEN 'changed' ELSE 'unchanged' END AS verdict
        FROM ({ROWS_SQL}) e
        LEFT JOIN movement_stay s ON s.school_id = %(school)s AND s.day = (e.starts_at AT TIME ZONE %(zone)s)::date
             AND s.place_id = e.place_id AND s.starts_at = e.starts_at AND s.person_id = e.person_id
        GROUP BY e.n
    ) v WHERE r.import_id = %(import)s AND r.n = v.n
"""

COMPARE_SEATS_SQL = """
    UPDATE movement_stayimportrow r
    SET verdict = CASE WHEN c.id IS NULL THEN 'new' WHEN (c.row, c.col) = (r.seat_row, r.seat_col) THEN 'unchanged' ELSE 'changed' END
    FROM movement_stayimportrow x
    LEFT JOIN movement_place p ON p.school_id = %(school)s AND p.kind = %(place_kind)s AND p.code = x.place_code
    LEFT JOIN movement_seat c ON c.place_id = p.id AND c.person_id = x.person_id
    WHERE x.import_id = %(import)s AND x.verdict <> 'rejected' AND r.import_id = x.import_id AND r.n = x.n
"""

PLACES_SQL = """
    INSERT INTO movement_place (school_id, kind, code, name, longest)
    SELECT DISTINCT ON (place_code) %(school)s, %(place_kind)s, place_code, place_name, 0
    FROM movement_stayimportrow WHERE import_id = %(import)s AND verdict <> 'rejected' ORDER BY place_code, n
    ON CONFLICT (school_id, kind, code) DO NOTHING
"""

# Who was absent was not there for any part of the lesson, whatever the timetable calls its beginning.
ABSENT_SQL = f"""
    UPDATE movement_stay s SET ends_at = s.starts_at, source = 'attendance', import_id = %(import)s
    FROM ({ROWS_SQL}) e
    WHERE e.is_absent AND s.school_id = %(school)s AND s.day = (e.starts_at AT TIME ZONE %(zone)s)::date AND s.place_id = e.place_id
      AND s.person_id = e.person_id AND s.source = 'timetable' AND s.starts_at < e.until_at AND s.ends_at > e.starts_at
"""

SEATS_SQL = """
    INSERT INTO movement_seat AS c (school_id, place_id, person_id, row, col)
    SELECT DISTINCT ON (p.id, r.person_id) %(school)s, p.id, r.person_id, r.seat_row, r.seat_col
    FROM movement_stayimportrow r
    JOIN movement_place p ON p.school_id = %(school)s AND p.kind = %(place_kind)s AND p.code = r.place_code
    WHERE r.import_id = %(import)s AND r.verdict <> 'rejected' ORDER BY p.id, r.person_id, r.n DESC
    ON CONFLICT (place_id, person_id) DO UPDATE SET row = EXCLUDED.row, col = EXCLUDED.col
    WHERE (c.row, c.col) <> (EXCLUDED.row, EXCLUDED.col)
"""

SEAT_STAYS_SQL = """
    UPDATE movement_stay s SET seat_row = c.row, seat_col = c.col
    FROM movement_stayimportrow r
    JOIN movement_place p ON p.school_id = %(school)s AND p.kind = %(place_kind)s AND p.code = r.place_code
    JOIN movement_seat c ON c.place_id = p.id AND c.person_id = r.person_id
    WHERE r.import_id = %(import)s AND r.verdict <> 'rejected' AND s.school_id = %(school)s AND s.person_id = r.person_id
      AND s.place_id = p.id AND (s.seat_row, s.seat_col) IS DISTINCT FROM (c.row, c.col)
"""
