"""What people and Excel leave in a cell, brought back to what was meant; and what cannot be brought back, recognised.

Everything here is pure. A cell is what ``reading`` yields: text, a number, a date, a bool; '' when empty.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

Cell = Any

# Full-width ASCII to half width, odd spaces to a space, zero-width and direction marks to nothing.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys([0x3000, 0xA0, 0x202F, 0x205F, *range(0x2000, 0x200B), 0x9, 0xA, 0xB, 0xC, 0xD], 0x20)
_NOTHING = dict.fromkeys([0xAD, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065)])
_CONTROL = dict.fromkeys([*range(9), *range(0xE, 0x20), 0x7F])
_TABLE: dict[int, int | None] = _FULL_WIDTH | _SPACES | _NOTHING | _CONTROL
_PLAIN = re.compile(r"[一-鿿0-9A-Za-z]+")
_FORMULA_TEXT = re.compile(r'="(.*)"')
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+[0-9]{1,3}|[0-9]\.[0-9]+[Ee][0-9]{1,3}")
_FLOAT_TEXT = re.compile(r"([0-9]+)\.0+")

# A double holds fifteen digits for certain; Excel keeps no more.
EXACT_DIGITS = 15
_EXCEL_EPOCH = date(1899, 12, 30)
# Serials of 1910-01-01 and 2100-01-01: a number outside them is no birthday.
_SERIALS = range(3654, 73051)
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
_DATE_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"))


class Destroyed(ValueError):
    """The cell held a long number that a spreadsheet has rounded: what it was cannot be known any more."""


def text(cell: Cell) -> str:
    """A cell as one line of half-width text without strange spaces; '' when there is nothing in it."""
    if type(cell) is str:
        if _PLAIN.fullmatch(cell):
            return cell
        cleaned = " ".join(cell.translate(_TABLE).split())
        if cleaned[:2] == '="' and (formula := _FORMULA_TEXT.fullmatch(cleaned)):
            cleaned = formula[1]
        return cleaned.lstrip("'") if cleaned[:1] == "'" else cleaned
    if cell is None:
        return ""
    if type(cell) is bool:
        return str(cell)
    if isinstance(cell, int | float):
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    return str(cell)


def digits(cell: Cell) -> str:
    """A cell that holds a number people read as text (学号, 证件号码, 手机): no spaces, no ``.0``. Raises ``Destroyed`` where the
    value lost digits."""
    if type(cell) is str:
        if cell.isascii() and cell.isalnum() and not ("E" in cell or "e" in cell):
            return cell
        cleaned = text(cell).replace(" ", "")
        if _SCIENTIFIC.fullmatch(cleaned):
            raise Destroyed(cleaned)
        if whole := _FLOAT_TEXT.fullmatch(cleaned):
            cleaned = whole[1]
        return cleaned
    if type(cell) is float or type(cell) is int:
        if abs(cell) >= 10**EXACT_DIGITS:
            raise Destroyed(f"{cell:.5E}")
        return text(cell)
    return text(cell).replace(" ", "")


def day(cell: Cell) -> date | None:
    """A date in any of the forms that rosters hold, Excel's serials included; None for an empty cell. Raises ``ValueError``."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    cleaned = text(cell)
    if not cleaned:
        return None
    if whole := _FLOAT_TEXT.fullmatch(cleaned):
        cleaned = whole[1]
    if cleaned.isdigit() and len(cleaned) <= 5:
        if int(cleaned) in _SERIALS:
            return _EXCEL_EPOCH + timedelta(days=int(cleaned))
        raise ValueError(cleaned)
    found = _DATE_DIGITS.fullmatch(cleaned) or _DATE.fullmatch(cleaned)
    if not found:
        raise ValueError(cleaned)
    return date(int(found[1]), int(found[2]), int(found[3]))


def is_error(cleaned: str) -> bool:
    """Whether a formula in the file had no value (#N/A, #REF! ...)."""
    return cleaned in ERRORS
