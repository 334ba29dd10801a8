"""The workbooks that go out: a template per kind of file, and the refused rows with their reasons, to be mended and sent again."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from linglou.domains.movement.models import StayFile, StayImport
from linglou.domains.movement.stays import judging, queries
from linglou.domains.movement.stays.kinds import FIELDS, KINDS
from linglou.foundation.people.roster_import import matching

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def template(kind: str) -> bytes:
    """The titles of a kind with one example row under them, every cell text."""
    return _book(
        str(StayFile(kind).label), [str(FIELDS[name]) for name in KINDS[kind].columns], [list(KINDS[kind].example)],
        must={str(FIELDS[name]) for one_of in KINDS[kind].needs for name in one_of},
    )  # fmt: skip


def errors(job: StayImport) -> bytes:
    """The refused rows as they stood, with the reasons in a last column, which is passed over when the file comes again."""
    rows = [[*row.said, "\n".join(judging.words(row.reasons))] for row in queries.rows_of(job, "rejected").iterator()]
    return _book(_("拒收的行"), [*job.titles, str(matching.REASON_TITLE)], rows)


def _book(title: str, titles: list[str], rows: list[list[Any]], must: set[str] | None = None) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        text, head = (
            book.add_format({"num_format": "@"}),
            book.add_format({"bold": True, "num_format": "@", "bg_color": "#E6F0F5"}),
        )
        needed = book.add_format({"bold": True, "num_format": "@", "bg_color": "#FBE3DC"})
        page = book.add_worksheet(title[:31])
        page.set_column(0, len(titles) - 1, 18, text)
        for position, name in enumerate(titles):
            page.write_string(0, position, name, needed if must and name in must else head)
        for at, row in enumerate(rows, start=1):
            for position, cell in enumerate(row):
                page.write_string(at, position, str(cell), text)
        page.freeze_panes(1, 0)
    return out.getvalue()
