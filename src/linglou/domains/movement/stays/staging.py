"""A file of stays as staged rows: read, understood, numbers and classes looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from linglou.domains.movement.models import StayImport, StayImportRow, StayVerdict
from linglou.domains.movement.stays import judging, rules
from linglou.domains.movement.stays.kinds import FIELDS, KINDS, finder, missing
from linglou.domains.movement.stays.problems import STAYS_COLUMN_MISSING, STAYS_HEADER_MISSING
from linglou.foundation.people.models import Person, Unit, UnitKind
from linglou.foundation.people.roster_import import files, matching, reading
from linglou.foundation.people.roster_import.problems import FILE_HAS_NO_HEADER, IMPORT_FILE_GONE
from linglou.kernel.problems import Problem

BATCH = 2_000
STAGED = (
    "import_id", "n", "line", "verdict", "person_id", "unit_id", "place_code", "place_name", "starts", "ends", "is_absent",
    "seat_row", "seat_col", "direction", "reasons", "said",
)  # fmt: skip
STAGE_SQL = f"COPY movement_stayimportrow ({', '.join(STAGED)}) FROM STDIN"


def stage(job: StayImport, at: datetime) -> int:
    """Read the file into staged rows; how many. Raises ``Problem`` for a file that cannot be read or lacks a column."""
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
    return n


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
            meant.direction,             Jsonb(meant.reasons), Jsonb(said),
        ))  # fmt: skip
    return rows
