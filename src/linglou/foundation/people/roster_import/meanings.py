"""What a cell of each column means: its cleaned value, and the reasons why a row cannot have it. One cell at a time, nothing else known.

Values that repeat are looked at once and remembered (``Memory``); of the others nearly all are plain, and stand as they are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from linglou.foundation.people import contacts, names
from linglou.foundation.people.roster_import import cells
from linglou.foundation.people.roster_import.places import Unplaceable
from linglou.foundation.people.roster_import.reasons import Reason
from linglou.kernel import identity, phones

STUDENT, STAFF = "student", "staff"
NUMBER_LENGTH, NAME_LENGTH = 40, 80
LIMITS = {"name": NAME_LENGTH, "major": 80, "origin": 120, "guardian_name": 80, "place": 20}
OLDEST = 120

# Cells as nearly all are: nothing in them to clean.
is_plain_number = re.compile(r"[0-9]{1,40}").fullmatch
is_plain_id = re.compile(r"[0-9]{17}[0-9X]").fullmatch
is_plain_name = re.compile(r"[一-鿿]{1,20}").fullmatch
is_plain_or_no_name = re.compile(r"[一-鿿]{0,20}").fullmatch
is_plain_or_no_phone = re.compile(f"({phones.MOBILE})?").fullmatch
_NUMBER = re.compile(r"[0-9A-Za-z_\-]{1,40}")
_SEXES = {
    "男": "male", "男性": "male", "男生": "male", "m": "male", "male": "male", "1": "male", "man": "male",
    "女": "female", "女性": "female", "女生": "female", "f": "female", "female": "female", "2": "female", "woman": "female",
    "": "", "未知": "", "不详": "",
}  # fmt: skip
_STUDENT_WORDS = (
    "学生",
    "本科",
    "研究生",
    "硕士",
    "博士",
    "专科",
    "高职",
    "预科",
    "留学",
    "交换",
    "在读",
    "student",
    "undergraduate",
    "postgrad",
)
_STAFF_WORDS = (
    "教职工", "教师", "教工", "职工", "员工", "教授", "讲师", "辅导员", "行政", "管理人员", "后勤", "工勤", "外聘", "博士后", "专任", "人事代理", "staff",
    "teacher", "faculty", "employee",
)  # fmt: skip
_DOCUMENTS = {
    "居民身份证": identity.RESIDENT, "身份证": identity.RESIDENT, "中国居民身份证": identity.RESIDENT, "residentidcard": identity.RESIDENT,
    "idcard": identity.RESIDENT, "护照": identity.PASSPORT, "外国护照": identity.PASSPORT, "passport": identity.PASSPORT,
}  # fmt: skip
_PERMIT_WORDS = ("居住证", "居留", "通行证", "回乡证", "台胞证", "permit")

# Of a row, by its number in the file: why it is refused.
Found = defaultdict[int, list[Reason]]
Meaning = tuple[Any, Sequence[Reason]]


class Memory(dict[Any, Any]):
    """What each value of a column means, found out once; for columns in which values repeat."""

    def __init__(self, meaning: Callable[[Any], Meaning]) -> None:
        super().__init__()
        self._meaning = meaning
        self._refused: dict[Any, Sequence[Reason]] = {}

    def __missing__(self, cell: Any) -> Any:
        value, why = self._meaning(cell)
        if why:
            self._refused[cell] = why
        self[cell] = value
        return value

    def values_of(self, column: Sequence[Any], first: int, found: Found) -> list[Any]:
        """The meanings of a column whose first cell is of row ``first``."""
        values = list(map(self.__getitem__, column))
        if self._refused:
            for n, cell in enumerate(column, first):
                if cell in self._refused:
                    found[n].extend(self._refused[cell])
        return values


def cleaned(
    column: Sequence[cells.Cell],
    is_plain: Callable[[str], object],
    meaning: Callable[[cells.Cell], Meaning],
    first: int,
    found: Found,
) -> list[str]:
    """The meanings of a column in which values differ from row to row."""
    values = []
    for n, cell in enumerate(column, first):
        if type(cell) is not str or not is_plain(cell):
            cell, why = meaning(cell)
            if why:
                found[n].extend(why)
        values.append(cell)
    return values


def kind_of(cell: cells.Cell) -> str | None:
    """student, staff, '' for an empty cell, None for a word that is neither."""
    word = cells.text(cell).lower()
    if not word or word in (STUDENT, STAFF):
        return word
    if any(part in word for part in _STAFF_WORDS):
        return STAFF
    return STUDENT if any(part in word for part in _STUDENT_WORDS) or word == "学员" else None


def document_of(cell: cells.Cell) -> str | None:
    word = cells.text(cell).lower().replace(" ", "")
    if any(part in word for part in _PERMIT_WORDS):
        return identity.RESIDENCE_PERMIT
    return _DOCUMENTS.get(word) if word else ""


def name_of(cell: cells.Cell) -> str:
    """A name as it is kept: no space inside a Chinese name, one form of the dot between its parts."""
    name = cells.text(cell)
    if name.isalpha() and " " not in name:
        return name
    if names.is_han(name):
        name = name.replace(" ", "")
        for dot in names.MIDDLE_DOTS:
            name = name.replace(dot, "·")
    return name


def number(cell: cells.Cell) -> Meaning:
    try:
        digits = cells.digits(cell)
    except cells.Destroyed as error:
        return "", [("number-destroyed", {"value": str(error)})]
    if not digits:
        return "", [("number-missing", {})]
    if cells.is_error(digits):
        return digits, [("cell-error", {"field": "number", "value": digits})]
    if not _NUMBER.fullmatch(digits):
        return digits[:NUMBER_LENGTH], [("number-malformed", {"value": digits[:60]})]
    return digits, ()


def name(cell: cells.Cell) -> Meaning:
    text = name_of(cell)
    return text, _limit("name", text) if text else [("name-missing", {})]


def guardian_name(cell: cells.Cell) -> Meaning:
    text = name_of(cell)
    return text, _limit("guardian_name", text)


def sex(cell: cells.Cell) -> Meaning:
    word = cells.text(cell)
    said = _SEXES.get(word.lower())
    return ("", [("sex-unknown", {"value": word[:40]})]) if said is None else (said, ())


def birth(today: date, cell: cells.Cell) -> Meaning:
    """A date, or None."""
    try:
        day = cells.day(cell)
    except ValueError:
        return None, [("birth-unreadable", {"value": cells.text(cell)[:40]})]
    if day and not today.year - OLDEST <= day.year <= today.year:
        return None, [("birth-implausible", {"value": day.isoformat()})]
    return day, ()


def document_kind(cell: cells.Cell) -> Meaning:
    """None for a word that is no kind of document: held against a row only where it has a number."""
    return document_of(cell), ()


def id_number(cell: cells.Cell) -> Meaning:
    """The number as it is kept; whether there can be such a document is ``kernel.identity``'s to say."""
    try:
        kept = contacts.normal_id_number(cells.digits(cell))
    except cells.Destroyed as error:
        return "", [("id-destroyed", {"value": str(error)})]
    if cells.is_error(kept):
        return "", [("cell-error", {"field": "id_number", "value": kept})]
    return kept, ()


def phone(field: str, cell: cells.Cell) -> Meaning:
    try:
        digits = cells.digits(cell)
        if type(cell) is str:
            digits = cell if cell.isdecimal() else cells.text(cell)
    except cells.Destroyed as error:
        return "", [("phone-destroyed", {"field": field, "value": str(error)})]
    if not digits:
        return "", ()
    normal = phones.normalise(digits)
    return ("", [("phone-invalid", {"field": field, "value": digits[:40]})]) if normal is None else (normal, ())


def limited(field: str, cell: cells.Cell) -> Meaning:
    """Free text."""
    text = cells.text(cell)
    return text, _limit(field, text)


def _limit(field: str, text: str) -> list[Reason]:
    if len(text) > LIMITS[field]:
        return [("too-long", {"field": field, "limit": str(LIMITS[field])})]
    if text[:1] == "#" and cells.is_error(text):
        return [("cell-error", {"field": field, "value": text})]
    return []


def place_text(cell: cells.Cell) -> str:
    """Names of places hold no space between Chinese characters and digits: ``3 号楼`` is ``3号楼``."""
    return cells.text(cell).replace(" ", "")


def placed(place: Callable[..., int], row: tuple[Any, ...]) -> Meaning:
    """The key of the place that some cells name, as text for COPY."""
    try:
        return str(place(*map(place_text, row))), ()
    except Unplaceable as error:
        return "0", [(error.code, error.values)]
