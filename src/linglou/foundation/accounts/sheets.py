"""Files that leave the system: the printed sheet of activation codes, and the exported trail. Each says who took it, and when.

The PDF needs a Chinese font on the machine (``kernel.typesetting``); the .xlsx works everywhere.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from linglou.foundation.accounts.actions import IssuedCode
from linglou.foundation.accounts.rules import printed_code
from linglou.kernel import clock, typesetting

TEMPLATE = Path(__file__).with_name("code_sheet.typ")
SHEET_NAME_LENGTH = 31
_NO_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


@dataclass(frozen=True)
class Watermark:
    """Who took a file, and when."""

    who: str
    at: datetime

    def __str__(self) -> str:
        return _("%(who)s %(when)s 下载") % {"who": self.who, "when": f"{clock.local(self.at):%Y-%m-%d %H:%M:%S}"}


def code_sheet_xlsx(issued: Sequence[IssuedCode], *, address: str, mark: Watermark) -> bytes:
    """One worksheet per unit, ready to print and cut; ``address`` is where the codes are used."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        strong = book.add_format({"bold": True, "bottom": 1})
        code = book.add_format({"font_name": "Consolas", "bold": True, "font_size": 12})
        small = book.add_format({"font_color": "#666666", "font_size": 9})
        taken: set[str] = set()
        for unit, rows in _by_unit(issued):
            sheet = book.add_worksheet(_sheet_name(unit, taken))
            _print_set_up(sheet, mark)
            sheet.write_string(0, 0, _("%(unit)s 激活码") % {"unit": unit}, strong)
            sheet.write_string(1, 0, _("打开 %(address)s，输入学号/工号和激活码，设置密码。") % {"address": address}, small)
            sheet.write_string(
                2, 0, _("每人一码，只能用一次；请逐人剪开发放，不要张贴或发群。%(mark)s") % {"mark": mark}, small
            )
            _header(sheet, 4, (_("学号/工号"), _("姓名"), _("激活码"), _("有效期至"), _("签收")), strong)
            for n, row in enumerate(rows, start=5):
                sheet.set_row(n, 22)
                sheet.write_string(n, 0, row.number)
                sheet.write_string(n, 1, row.name)
                sheet.write_string(n, 2, printed_code(row.code), code)
                sheet.write_string(n, 3, f"{clock.local(row.expires_at):%Y-%m-%d %H:%M}")
            for column, width in enumerate((18, 14, 20, 18, 14)):
                sheet.set_column(column, column, width)
            sheet.repeat_rows(4)
    return out.getvalue()


def code_sheet_pdf(issued: Sequence[IssuedCode], *, address: str, mark: Watermark) -> bytes:
    """Slips to cut, each unit on pages of its own. Raises ``Problem(NO_CHINESE_FONT)``."""
    page = {
        "mark": str(mark),
        "address": address,
        "how": _("打开网址，输入学号/工号和激活码，设置密码。只能用一次。"),
        "title": _("激活码"),
        "code": _("激活码"),
        "until": _("有效期至"),
        "units": [
            {
                "name": unit,
                "rows": [
                    {
                        "number": row.number, "name": row.name, "code": printed_code(row.code),
                        "until": f"{clock.local(row.expires_at):%Y-%m-%d %H:%M}",
                    }
                    for row in rows
                ],
            }
            for unit, rows in _by_unit(issued)
        ],
    }  # fmt: skip
    return typesetting.pdf(TEMPLATE, page)


def trail_xlsx(rows: Iterable[Sequence[str]], *, titles: Sequence[str], mark: Watermark) -> bytes:
    """The exported trail: the watermark above and on every printed page, then one row per entry."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True}) as book:
        strong = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet(_("审计日志"))
        _print_set_up(sheet, mark)
        for column, width in enumerate((20, 12, 22, 16, 12, 60)):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, str(mark))
        _header(sheet, 2, titles, strong)
        for n, row in enumerate(rows, start=3):
            for column, text in enumerate(row):
                sheet.write_string(n, column, text)
    return out.getvalue()


def _header(sheet: Worksheet, row: int, titles: Sequence[str], style: Format) -> None:
    for column, title in enumerate(titles):
        sheet.write_string(row, column, title, style)


def _print_set_up(sheet: Worksheet, mark: Watermark) -> None:
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    text = str(mark).replace("&", "&&")[:200]
    sheet.set_header(f"&R&8{text}")
    sheet.set_footer(f"&L&8{text}&R&8&P / &N")


def _by_unit(issued: Sequence[IssuedCode]) -> list[tuple[str, list[IssuedCode]]]:
    return [(unit, list(rows)) for unit, rows in groupby(issued, key=lambda one: one.unit)]


def _sheet_name(unit: str, taken: set[str]) -> str:
    """What Excel takes for the name of a worksheet: 31 characters, some forbidden, each once in whatever case."""
    base = unit.translate(_NO_SHEET_NAME).strip() or "-"
    name, n = base[:SHEET_NAME_LENGTH], 1
    while name.lower() in taken:
        n += 1
        name = f"{base[: SHEET_NAME_LENGTH - len(str(n)) - 1]}-{n}"
    taken.add(name.lower())
    return name
