"""A file -> its sheets, row by row. Formats are told by content, not by name: .xlsx, .xls, .ods (python-calamine) and text.

Memory stays with the reader: rows are handed out one at a time, twice where needed (first to look, then to work).
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import charset_normalizer
import python_calamine

from linglou.foundation.people.roster_import import matching
from linglou.foundation.people.roster_import.cells import Cell
from linglou.foundation.people.roster_import.problems import (
    FILE_EMPTY,
    FILE_ENCODING_UNKNOWN,
    FILE_HAS_NO_HEADER,
    FILE_IS_WEB_PAGE,
    FILE_PROTECTED,
    FILE_TOO_LARGE,
    FILE_TOO_MANY_ROWS,
    FILE_UNREADABLE,
)
from linglou.kernel.problems import Problem

MAX_BYTES = 64 * 1024 * 1024
MAX_UNPACKED_BYTES = 1536 * 1024 * 1024
MAX_ROWS = 300_000
DELIMITERS = ",\t;|"
# Rows that are looked at together, column by column: few enough to stay in the processor's cache.
BATCH = 50
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# UTF-16 "ProtectedStream" names in an OLE file that holds an encrypted .xlsx.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
Row = list[Cell]
# The header among the first rows of a sheet, given what the user says of titles; None when there is none.
Finder = Callable[[Sequence[Sequence[Cell]], Mapping[str, str]], "matching.Header | None"]


@dataclass
class Sheet:
    """One sheet. ``rows`` starts at the first line of the sheet, so that position + 1 is the line number people see."""

    name: str
    header: matching.Header | None = None
    _calamine: python_calamine.CalamineSheet | None = field(default=None, repr=False)
    _text: str = field(default="", repr=False)
    delimiter: str = ""

    def rows(self) -> Iterator[Row]:
        if self._calamine is None:
            return csv.reader(io.StringIO(self._text, newline=""), delimiter=self.delimiter)
        merged = self._calamine.merged_cell_ranges or ()
        down = [area for area in merged if area[1][0] > area[0][0]]
        return _filled_down(self._calamine, down) if down else self._calamine.iter_rows()

    @property
    def row_count(self) -> int:
        """At least the number of rows (blank ones included)."""
        if self._calamine is None:
            return self._text.count("\n") + 1
        return self._calamine.end[0] + 1 if self._calamine.end else 0

    def head(self) -> list[Row]:
        rows = self.rows()
        return [row for row, _n in zip(rows, range(matching.SEARCHED_ROWS + 1), strict=False)]

    def data(self) -> Iterator[tuple[int, Row]]:
        """(line number, row) of every row under the header that is not blank."""
        if self.header is None:
            return
        first = self.header.line + 1
        for line, row in enumerate(self.rows(), start=1):
            # Nearly always the first question tells; a row of nothing but zeros needs the second.
            if line > first and (any(row) or any(cell != "" and cell is not None for cell in row)):
                yield line, row

    def filled(self) -> Iterator[tuple[int, Row]]:
        """The same, every row cut or filled behind the last titled column, with one more empty cell for every field that the sheet
        lacks (position -1)."""
        width = self.header.last + 1 if self.header else 0
        for line, row in self.data():
            if missing := width - len(row):
                row[width:] = [""] * missing
            row.append("")
            yield line, row

    def columns(self) -> Iterator[tuple[Sequence[int], Sequence[Sequence[Cell]]]]:
        """The same by column, ``BATCH`` rows at a time: their line numbers and their columns."""
        rows = self.filled()
        while batch := list(islice(rows, BATCH)):
            lines, cells = zip(*batch, strict=True)
            yield lines, list(zip(*cells, strict=True))


@dataclass
class Book:
    """A file: its format (xlsx, xls, ods, csv), the encoding of a text file, and the sheets that a person would see."""

    format: str
    sheets: list[Sheet]
    encoding: str = ""
    skipped: frozenset[str] = frozenset()

    @property
    def usable(self) -> list[tuple[int, Sheet, matching.Header]]:
        """(position, sheet, header) of every sheet that people can be read from and that is not left out."""
        return [
            (index, sheet, sheet.header)
            for index, sheet in enumerate(self.sheets)
            if sheet.header and sheet.header.is_usable and sheet.name not in self.skipped
        ]


def read(
    path: Path, *, said: Mapping[str, str] | None = None, skipped: Iterable[str] = (), find: Finder = matching.find_header
) -> Book:
    """Open a file of rows and find the header of every sheet; ``said`` maps column titles to fields where the user knows better,
    ``skipped`` names sheets to leave out, ``find`` knows the columns (those of a roster, unless it is another list).
    Raises ``Problem`` (FILE_*) for what is no such list at all."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise Problem(FILE_TOO_LARGE, size=size // 1024 // 1024, limit=MAX_BYTES // 1024 // 1024)
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        raise Problem(FILE_EMPTY)
    book = _text_book(path, said or {}, find) if start[:4] != _ZIP and start[:8] != _OLE else _spreadsheet(path, start)
    if sum(sheet.row_count for sheet in book.sheets) > MAX_ROWS:
        raise Problem(FILE_TOO_MANY_ROWS, limit=MAX_ROWS)
    for sheet in book.sheets:
        sheet.header = find(sheet.head(), said or {})
    if not any(sheet.header for sheet in book.sheets):
        raise Problem(FILE_HAS_NO_HEADER)
    book.skipped = frozenset(skipped)
    return book


def _spreadsheet(path: Path, start: bytes) -> Book:
    kind = "xls"
    if start[:4] == _ZIP:
        kind = _zip_kind(path)
    elif _ENCRYPTED in path.read_bytes():
        raise Problem(FILE_PROTECTED)
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        visible = [
            meta.name
            for meta in workbook.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet and meta.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        sheets = [Sheet(name, _calamine=workbook.get_sheet_by_name(name)) for name in visible]
    except python_calamine.PasswordError as error:
        raise Problem(FILE_PROTECTED) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Problem(FILE_UNREADABLE) from error
    return Book(kind, [sheet for sheet in sheets if sheet.row_count])


def _zip_kind(path: Path) -> str:
    """xlsx or ods. A file that would unpack to gigabytes is refused before anything unpacks it."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise Problem(FILE_TOO_LARGE, size=path.stat().st_size // 1024 // 1024, limit=MAX_BYTES // 1024 // 1024)
            names = set(archive.namelist())
    except zipfile.BadZipFile as error:
        raise Problem(FILE_UNREADABLE) from error
    if "content.xml" in names:
        return "ods"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    raise Problem(FILE_UNREADABLE)


def _filled_down(sheet: python_calamine.CalamineSheet, merged: list[tuple[tuple[int, int], tuple[int, int]]]) -> Iterator[Row]:
    """Rows where a cell merged over several lines (班级, down the side of a list) has its value in each of them."""
    left = sheet.start[1] if sheet.start else 0
    starts: dict[int, list[tuple[int, int]]] = {}
    for (top, column), (bottom, _right) in merged:
        starts.setdefault(top, []).append((column - left, bottom))
    running: dict[int, tuple[Cell, int]] = {}
    for line, row in enumerate(sheet.iter_rows()):
        for column, bottom in starts.get(line, ()):
            if 0 <= column < len(row):
                running[column] = (row[column], bottom)
        if running:
            is_blank = all(cell == "" for cell in row)
            for column, (value, bottom) in list(running.items()):
                if line > bottom:
                    del running[column]
                elif row[column] == "" and not is_blank:
                    row[column] = value
        yield row


def _text_book(path: Path, said: Mapping[str, str], find: Finder) -> Book:
    raw = path.read_bytes()
    if re.search(rb"<\s*(html|table|!doctype|\?xml)", raw[:4096], re.IGNORECASE):
        raise Problem(FILE_IS_WEB_PAGE)
    for encoding in _encodings(raw):
        try:
            content = raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" in content[:4096]:
            continue
        sheet = Sheet(path.stem, _text=content, delimiter=_delimiter(content))
        try:
            sheet.header = find(sheet.head(), said)
        except csv.Error as error:
            raise Problem(FILE_UNREADABLE) from error
        if sheet.header:
            return Book("csv", [sheet], encoding)
    if b"\0" in raw[:4096]:
        raise Problem(FILE_UNREADABLE)
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError as error:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Problem(FILE_ENCODING_UNKNOWN) from error
    raise Problem(FILE_HAS_NO_HEADER)


def _encodings(raw: bytes) -> Iterator[str]:
    """Likely encodings, most likely first. UTF-8 is strict enough to be believed; of the rest the one in which a header can be
    read is right, whatever statistics say of a few names."""
    for mark, encoding in _BOMS.items():
        if raw.startswith(mark):
            yield encoding
            return
    yield "utf-8"
    yield "gbk"
    yield "gb18030"
    for guess in charset_normalizer.from_bytes(raw[:65536]):
        yield guess.encoding


def _delimiter(content: str) -> str:
    head = content[:8192]
    return max(DELIMITERS, key=lambda mark: (head.count(mark), mark == ","))
