"""The rows that were refused, in the user's own file: same sheets, columns and values, with the reasons in a last column.

Mended, it can be imported as it is: the column of reasons is passed over.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

from linglou.foundation.people.models import ImportVerdict, RosterImport, RosterImportRow
from linglou.foundation.people.roster_import import files, matching, reading, reasons
from linglou.foundation.people.roster_import.problems import IMPORT_FILE_GONE
from linglou.kernel.problems import Problem

TEXT_FIELDS = ("number", "id_number", "phone", "guardian_phone", "room", "building", "place")
CONTENT_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Rejected = dict[int, dict[int, str]]


def format_of(job: RosterImport) -> str:
    """csv for csv, .xlsx for every kind of spreadsheet."""
    return "csv" if job.file_format == "csv" else "xlsx"


def name_of(job: RosterImport) -> str:
    return f"{Path(job.file_name).stem}-{matching.REASON_TITLE}.{format_of(job)}"


def make(job: RosterImport) -> str:
    """Write the error file of ``job`` into the store; its key. Raises ``Problem(IMPORT_FILE_GONE)``."""
    source = files.path_of(job.file_key)
    if not job.file_key or not source.exists():
        raise Problem(IMPORT_FILE_GONE)
    book = reading.read(source, said=job.options.get("mapping", {}))
    rejected = _rejected(job)
    key = files.new_key()
    target = files.path_of(key)
    files.private(target)
    if book.format == "csv":
        target.write_bytes(_csv(book, rejected[0]))
    else:
        _xlsx(book, rejected, target)
    return key


def _rejected(job: RosterImport) -> Rejected:
    """Sheet -> line -> the reasons in words."""
    found: Rejected = defaultdict(dict)
    rows = RosterImportRow.objects.filter(import_id=job.pk, verdict=ImportVerdict.REJECTED).order_by("n")
    for sheet, line, why in rows.values_list("sheet", "line", "reasons"):
        found[sheet][line] = " ".join(reasons.words(reasons.load(why)))
    return found


def _xlsx(book: reading.Book, rejected: Rejected, target: Path) -> None:
    with xlsxwriter.Workbook(
        str(target), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as out:
        text = out.add_format({"num_format": "@"})
        day = out.add_format({"num_format": "yyyy-mm-dd"})
        bold = out.add_format({"bold": True})
        red = out.add_format({"font_color": "#B42318", "bold": True})
        for index, sheet in enumerate(book.sheets):
            why = rejected.get(index)
            if not why or sheet.header is None:
                continue
            page = out.add_worksheet(sheet.name[:31])
            reason_at = max(column.position for column in sheet.header.columns) + 1
            reason_at = next(
                (c.position for c in sheet.header.columns if matching.plain(c.title) in matching.IGNORED_REASONS), reason_at
            )
            for field in TEXT_FIELDS:
                if field in sheet.header.of:
                    page.set_column(sheet.header.of[field], sheet.header.of[field], 20, text)
            page.set_column(reason_at, reason_at, 70)
            at = 0
            for line, row in enumerate(sheet.rows()):
                if line > sheet.header.line and line + 1 not in why:
                    continue
                for position, cell in enumerate(row):
                    if position != reason_at or line < sheet.header.line:
                        _write(page, at, position, cell, bold if line <= sheet.header.line else None, day)
                if line == sheet.header.line:
                    page.write_string(at, reason_at, str(matching.REASON_TITLE), red)
                    page.freeze_panes(at + 1, 0)
                elif line > sheet.header.line:
                    page.write_string(at, reason_at, why[line + 1])
                at += 1


def _write(page: Any, line: int, position: int, cell: Any, style: Any, day: Any) -> None:
    if cell == "" or cell is None:
        return
    if isinstance(cell, bool):
        page.write_boolean(line, position, cell, style)
    elif isinstance(cell, int | float):
        page.write_number(line, position, cell, style)
    elif isinstance(cell, datetime | date):
        moment = cell if isinstance(cell, datetime) else datetime.combine(cell, time())
        page.write_datetime(line, position, moment, day)
    else:
        page.write_string(line, position, str(cell), style)


def _csv(book: reading.Book, why: dict[int, str]) -> bytes:
    sheet = book.sheets[0]
    if sheet.header is None:
        return b""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=sheet.delimiter, lineterminator="\r\n")
    reason_at = next((c.position for c in sheet.header.columns if matching.plain(c.title) in matching.IGNORED_REASONS), None)
    width = max(column.position for column in sheet.header.columns) + 1
    for line, row in enumerate(sheet.rows()):
        if line > sheet.header.line and line + 1 not in why:
            continue
        told = "" if line < sheet.header.line else str(matching.REASON_TITLE) if line == sheet.header.line else why[line + 1]
        row = row + [""] * (width - len(row))
        if reason_at is None:
            row = [*row[:width], told, *row[width:]]
        elif line >= sheet.header.line:
            row[reason_at] = told
        writer.writerow(row)
    # A reason may name a character that the file's own encoding lacks; the data itself always fits.
    return out.getvalue().encode(book.encoding, errors="replace")
