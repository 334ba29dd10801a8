"""A stored file -> staged rows with their verdicts, in one transaction. Rows stream: read, judged and copied as they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from linglou.foundation.access.actor import Actor
from linglou.foundation.people import contacts
from linglou.foundation.people.models import RosterImport
from linglou.foundation.people.roster_import import cells, counsellors, files, finishing, matching, places, reading, verdicts
from linglou.foundation.people.roster_import.judging import COLUMNS, Draft, Judge
from linglou.foundation.people.roster_import.problems import COLUMN_MISSING, IMPORT_FILE_GONE, NOTHING_TO_IMPORT
from linglou.foundation.people.roster_import.progress import Progress
from linglou.foundation.people.roster_import.survey import Survey, survey
from linglou.kernel import clock
from linglou.kernel.problems import Problem

BATCH = 500
# From here on reading is worth a helper process; a school has more than a thousand people in such a file.
LARGE_BYTES = 256 * 1024
STAGE_SQL = f"COPY people_rosterimportrow ({', '.join([*COLUMNS[: -len(finishing.CLEAR)], *finishing.FINISHED])}) FROM STDIN"
SAMPLES = 3


def read(job: RosterImport, *, at: datetime, by: Actor | None, progress: Progress) -> None:
    """Fill ``job`` and its rows from the stored file. Raises ``Problem`` when the file as a whole cannot be imported; what was
    found out until then (``layout``, rejected rows) is on ``job``."""
    path = files.path_of(job.file_key)
    if not job.file_key or not path.exists():
        raise Problem(IMPORT_FILE_GONE)
    with finishing.Finisher(has_helper=path.stat().st_size > LARGE_BYTES) as finisher:
        progress.step("reading")
        book = reading.read(path, said=job.options.get("mapping", {}), skipped=job.options.get("skip_sheets", []))
        job.file_format, job.layout = book.format, layout_of(book)
        if not book.usable:
            missing = [name for name in ("number", "name") if not any(s.header and name in s.header.of for s in book.sheets)]
            raise Problem(COLUMN_MISSING, columns="、".join(str(matching.FIELDS[name]) for name in missing))
        surveyed = survey(book)
        existing = verdicts.units_of(job.school_id)
        judge = Judge(
            import_id=job.pk,
            today=clock.day_of(at),
            places=places.Places(job.school_id, job.school.name, existing, surveyed.named),
            survey=surveyed,
            many_sheets=len(book.usable) > 1,
        )
        with connection.cursor() as cursor, cursor.copy(STAGE_SQL) as copy:
            for content in finisher.finish(_judged(book, judge, progress)):
                copy.write(content)
    progress.step("comparing")
    _compare(job, judge, surveyed, at=at, by=by)


def _judged(book: reading.Book, judge: Judge, progress: Progress) -> Iterator[list[Draft]]:
    """The drafts of every row, some at a time."""
    total = sum(sheet.row_count for _index, sheet, _header in book.usable)
    for index, sheet, header in book.usable:
        drafts_of = judge.sheet(index, sheet.name, header)
        drafts: list[Draft] = []
        for lines, columns in sheet.columns():
            drafts += drafts_of(lines, columns)
            if len(drafts) >= BATCH:
                progress.step("judging", judge.n, total)
                yield drafts
                drafts = []
        if drafts:
            yield drafts


def _compare(job: RosterImport, judge: Judge, surveyed: Survey, *, at: datetime, by: Actor | None) -> None:
    planned = judge.places.planned
    job.plan = {"unit_columns": places.dump(planned), "counsellors": sorted(judge.counsellors)}
    counted = verdicts.compare(job, planned, at=at, usual_width=surveyed.usual_width, duplicates=judge.duplicates, rows=judge.n)
    accepted = sum(counted.get(verdict, 0) for verdict in ("new", "changed", "unchanged"))
    job.counts = {"rows": judge.n, **counted}
    job.notices = []
    needed = verdicts.used(job, planned)
    job.plan["unused"] = [key for key in range(1, len(planned) + 1) if key not in needed]
    opened: dict[str, int] = {}
    for key in needed:
        if planned[key - 1].id is None:
            opened[planned[key - 1].kind] = opened.get(planned[key - 1].kind, 0) + 1
    job.counts["units"] = opened
    found = counsellors.resolve(job, at=at, by=by)
    if found.known and not counsellors.may_appoint(job, by):
        job.notices.append(["may-not-appoint", []])
    elif found.known:
        job.counts["counsellors"] = _new_posts(found.known, planned)
    if found.unknown:
        job.notices.append(["counsellor-unknown", found.unknown])
    if found.barred:
        job.notices.append(["counsellor-barred", found.barred])
    if found.ambiguous:
        job.notices.append(["counsellor-ambiguous", found.ambiguous])
    unread = [sheet["name"] for sheet in job.layout["sheets"] if not sheet["usable"] and not sheet["skipped"]]
    if unread:
        job.notices.append(["sheets-not-read", unread])
    if accepted == 0:
        raise Problem(NOTHING_TO_IMPORT, rows=judge.n, rejected=counted.get("rejected", 0))


def _new_posts(known: Sequence[tuple[int, int]], planned: Sequence[places.Planned]) -> int:
    """How many of (class key, person) do not hold the post yet."""
    pairs = {(person_id, planned[key - 1].id) for key, person_id in known if person_id and planned[key - 1].id}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM unnest(%s::bigint[], %s::bigint[]) AS k(person_id, unit_id) JOIN people_post p "
            "ON p.person_id = k.person_id AND p.unit_id = k.unit_id AND p.role = 'counsellor' AND p.superseded_at IS NULL "
            "AND p.ends_at IS NULL",
            [[person for person, _unit in pairs], [unit for _person, unit in pairs]],
        )
        held: int = cursor.fetchone()[0]
    return len(set(known)) - held


def layout_of(book: reading.Book) -> dict[str, Any]:
    """``RosterImport.layout``: every sheet with its columns, what each was taken for, and a few of its values."""
    sheets: list[dict[str, Any]] = []
    for sheet in book.sheets:
        header = sheet.header
        samples = [row for _line, row in zip(range(SAMPLES), (row for _l, row in sheet.data()), strict=False)] if header else []
        columns = [
            {
                "title": column.title,
                "field": column.field,
                "samples": [sample_of(column.field, row[column.position]) for row in samples if column.position < len(row)],
            }
            for column in (header.columns if header else ())
        ]
        sheets.append(
            {
                "name": sheet.name,
                "usable": bool(header and header.is_usable),
                "skipped": sheet.name in book.skipped,
                "header_line": header.line + 1 if header else 0,
                "columns": columns,
            }
        )
    titles = {matching.plain(column["title"]) for sheet in sheets for column in sheet["columns"]}
    return {"encoding": book.encoding, "sheets": sheets, "is_mended": bool(titles & matching.IGNORED_REASONS)}


def sample_of(field: str, cell: Any) -> str:
    """A value as an example of its column: enough to know the column by, not enough to know the person by."""
    text = cells.text(cell)[:24]
    if field in ("phone", "guardian_phone"):
        return contacts.masked_phone(text)
    if sum(character.isdigit() for character in text) >= 8 and field != "number":
        return contacts.masked_id_number(text)
    return text
