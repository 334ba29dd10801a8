"""One row of a file -> a cleaned row to stage, or the reasons why not. Knows nothing of what the school already has, except its
units; ``verdicts`` compares afterwards, in SQL.

This is the part whose cost is multiplied by a hundred thousand: values that repeat are judged once and remembered.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from linglou.foundation.people import contacts, names
from linglou.foundation.people.roster_import import cells, finishing, reasons
from linglou.foundation.people.roster_import.matching import Header
from linglou.foundation.people.roster_import.places import Named, Places, Unplaceable
from linglou.foundation.people.roster_import.reading import Book, Row
from linglou.foundation.people.roster_import.reasons import Reason
from linglou.kernel import identity, phones
from linglou.kernel.identity import Unacceptable

STUDENT, STAFF = "student", "staff"
NUMBER_LENGTH, NAME_LENGTH = 40, 80
LIMITS = {"name": NAME_LENGTH, "major": 80, "origin": 120, "guardian_name": 80, "place": 20}
OLDEST = 120
# A width is the usual one when this share of the numbers has it; shorter ones then lost their zeros.
USUAL_SHARE = 0.5
# Of true id numbers one in a thousand ends in 000; a column with more of them was rounded by a spreadsheet.
ROUNDED_SHARE = 0.02

_NUMBER = re.compile(r"[0-9A-Za-z_\-]{1,40}")
# Cells as nearly all are: nothing in them to clean.
_PLAIN_NUMBER = re.compile(r"[0-9]{1,40}")
_PLAIN_ID = re.compile(r"[0-9]{17}[0-9X]")
_PLAIN_NAME = re.compile(r"[一-鿿]{1,20}")
_ROUNDED = re.compile(r"[0-9]{15}000")
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

# What ``Judge`` says of a row, in this order.
COLUMNS = (
    "import_id", "n", "sheet", "line", "is_confirmed", "is_short", "number", "kind", "likely_kind", "sex", "birth_date", "major",
    "origin", "document_kind", "guardian_name", "home", "room", "branch", "place", "fields", "reasons", *finishing.CLEAR,
)  # fmt: skip

# A row in the order of COLUMNS, in clear.
Draft = list[str]


class Survey(NamedTuple):
    """What the whole file says: the usual width of numbers by kind of person, whether id numbers ending in 000 are too many to be
    true, and which classes and buildings are named with what they belong to."""

    usual_width: dict[str, int]
    is_rounded: bool
    named: Named


def survey(book: Book) -> Survey:
    """A first, quick pass over the columns for number, id number and places."""
    widths: dict[str, Counter[int]] = {}
    total = rounded = 0
    places: set[tuple[Any, Any, Any, Any]] = set()
    for _index, sheet, header in book.usable:
        last = header.last
        number_at, id_at, kind_at, college_at, class_at, campus_at, building_at = (
            header.of.get(name, -1) for name in ("number", "id_number", "kind", "college", "class", "campus", "building")
        )
        counted: dict[tuple[Any, int], int] = {}
        for row in islice(sheet.rows(), header.line + 1, None):
            _pad(row, last)
            number, id_number = row[number_at], row[id_at]
            said = row[kind_at], len(number) if type(number) is str and _PLAIN_NUMBER.fullmatch(number) else _width(number)
            counted[said] = counted.get(said, 0) + 1
            if id_number:
                total += 1
                rounded += type(id_number) is str and id_number[15:] == "000"
            places.add((row[college_at], row[class_at], row[campus_at], row[building_at]))
        for (kind, width), count in counted.items():
            if width:
                widths.setdefault(kind_of(kind) or header.number_kind, Counter())[width] += count
    usual = {}
    for kind, of_kind in widths.items():
        width, count = max(of_kind.items(), key=lambda item: (item[1], item[0]))
        if count >= USUAL_SHARE * of_kind.total():
            usual[kind] = width
    classes = {(college, class_) for college, class_, _campus, _building in places}
    buildings = {(campus, building) for _college, _class, campus, building in places}
    named = Named(
        *(frozenset((_place_text(above), _place_text(below)) for above, below in pairs) for pairs in (classes, buildings))
    )
    return Survey(usual, rounded > 1 and rounded > ROUNDED_SHARE * total, named)


def _pad(row: Row, last: int) -> None:
    """Cut or fill a row behind the last column, with one more empty cell for every column that the sheet lacks (position -1)."""
    if missing := last + 1 - len(row):
        row[last + 1 :] = [""] * missing
    row.append("")


def _width(cell: cells.Cell) -> int:
    if cell == "" or cell is None:
        return 0
    try:
        number = cells.digits(cell)
    except cells.Destroyed:
        return 0
    return len(number) if number.isdecimal() else 0


def kind_of(cell: cells.Cell) -> str | None:
    """student, staff, '' for an empty cell, None for a word that is neither."""
    word = cells.text(cell).lower()
    if not word or word in (STUDENT, STAFF):
        return word
    if any(part in word for part in _STAFF_WORDS):
        return STAFF
    return STUDENT if any(part in word for part in _STUDENT_WORDS) or word == "学员" else None


def sex_of(cell: cells.Cell) -> str | None:
    return _SEXES.get(cells.text(cell).lower())


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


@dataclass
class Judge:
    """Judges the rows of one file, in order. What it learns on the way: duplicates, counsellors, how many rows of each."""

    import_id: int
    today: date
    places: Places
    survey: Survey
    many_sheets: bool = False
    n: int = 0
    rejected: int = 0
    duplicates: dict[int, Reason] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers: dict[str, list[int] | int] = {}
        self._documents: dict[str, list[int] | int] = {}
        self._where: list[tuple[str, int]] = [("", 0)]
        self._named: set[tuple[str, cells.Cell]] = set()

    @property
    def counsellors(self) -> set[tuple[int, str]]:
        """(key of a class, what its rows say in the counsellor's column)."""
        return {(int(home), text) for home, cell in self._named if (text := cells.text(cell))}

    def sheet(self, index: int, name: str, header: Header) -> Callable[[int, Row], Draft | None]:
        """A function from a row of one sheet to its draft; None for a row with nothing in it."""
        last, of = header.last, header.of
        number_at, name_at, kind_at, sex_at, birth_at, document_at, id_at, phone_at = (
            of.get(column, -1)
            for column in ("number", "name", "kind", "sex", "birth_date", "document_kind", "id_number", "phone")
        )
        college_at, class_at, counsellor_at, department_at = (
            of.get(column, -1) for column in ("college", "class", "counsellor", "department")
        )
        campus_at, building_at, floor_at, room_at, general_at, branch_at = (
            of.get(column, -1) for column in ("campus", "building", "floor", "room", "general_branch", "branch")
        )
        major_at, origin_at, place_at, guardian_at, guardian_phone_at = (
            of.get(column, -1) for column in ("major", "origin", "place", "guardian_name", "guardian_phone")
        )
        matched = tuple(of.values())
        sexes, documents = _Memory(_judged_sex), _Memory(document_of)
        majors, origins, beds = (_Memory(functools.partial(_limited, field)) for field in ("major", "origin", "place"))
        homes = _Memory(functools.partial(self._home, header.number_kind))
        rooms, branches = (
            _Memory(functools.partial(_placed, self.places.room)),
            _Memory(functools.partial(_placed, self.places.branch)),
        )
        import_id, sheet_index = str(self.import_id), str(index)
        prefix = f"{name}!" if self.many_sheets else ""
        where, numbers, usual_width, named = self._where, self._numbers, self.survey.usual_width, self._named

        def judge(line: int, row: Row) -> Draft | None:
            _pad(row, last)
            number, person_name = row[number_at], row[name_at]
            if number == "" and person_name == "" and all(cells.text(row[position]) == "" for position in matched):
                return None
            found: list[Reason] = []
            self.n = n = self.n + 1
            where.append((prefix, line))

            if type(number) is str and _PLAIN_NUMBER.fullmatch(number):
                if numbers.setdefault(number, n) != n:
                    self._repeated(numbers, number, n, "number-duplicate", {"value": number})
            else:
                number = self._number(number, n, found)
            if type(person_name) is not str or not _PLAIN_NAME.fullmatch(person_name):
                person_name = _name(person_name, found)

            kind, likely, home, why, is_class = homes[row[kind_at], row[college_at], row[class_at], row[department_at]]
            if why:
                found.extend(why)
            sex, why = sexes[row[sex_at]]
            if why:
                found.extend(why)
            birth = self._birth(row[birth_at], found) if row[birth_at] != "" else None
            document_kind = id_number = ""
            if row[id_at] != "":
                document = self._document(row[id_at], documents, row[document_at], found)
                if document:
                    document_kind, id_number, said_birth, said_sex = document
                    if said_sex:
                        if sex and sex != said_sex:
                            found.append(("sex-mismatch", {"said": said_sex}))
                        sex = said_sex
                    if said_birth:
                        if birth and birth != said_birth:
                            found.append(("birth-mismatch", {"value": birth.isoformat(), "said": said_birth.isoformat()}))
                        birth = said_birth
                    borne = likely + id_number
                    if self._documents.setdefault(borne, n) != n:
                        self._repeated(self._documents, borne, n, "id-duplicate", {})
            phone, guardian_phone = row[phone_at], row[guardian_phone_at]
            if phone != "" and not (type(phone) is str and phones.is_mobile(phone)):
                phone = _phone(phone, "phone", found)
            if guardian_phone != "" and not (type(guardian_phone) is str and phones.is_mobile(guardian_phone)):
                guardian_phone = _phone(guardian_phone, "guardian_phone", found)
            guardian_name = row[guardian_at]
            if guardian_name != "" and (type(guardian_name) is not str or not _PLAIN_NAME.fullmatch(guardian_name)):
                guardian_name = name_of(guardian_name)
                found.extend(_limit("guardian_name", guardian_name))
            major, why = majors[row[major_at]]
            if why:
                found.extend(why)
            origin, why = origins[row[origin_at]]
            if why:
                found.extend(why)
            place, why = beds[row[place_at]]
            if why:
                found.extend(why)
            room, why = rooms[row[campus_at], row[building_at], row[floor_at], row[room_at]]
            if why:
                found.extend(why)
            branch, why = branches[row[general_at], row[branch_at]]
            if why:
                found.extend(why)

            if found:
                self.rejected += 1
                return [
                    import_id, str(n), sheet_index, str(line), "f", "f", number, kind, likely, "", "", "", "", "", "", home, "0", "0",
                    "", "", reasons.dump(found), "rejected", person_name[:NAME_LENGTH], "", "", "",
                ]  # fmt: skip
            if is_class:
                named.add((home, row[counsellor_at]))
            is_short = len(number) < usual_width.get(kind, 0) and number.isdecimal()
            return [
                import_id, str(n), sheet_index, str(line), "f", "t" if is_short else "f", number, kind, likely, sex,
                birth.isoformat() if birth else "", major, origin, document_kind, guardian_name, home, room, branch, place, "", "",
                "new", person_name, id_number, phone, guardian_phone,
            ]  # fmt: skip

        return judge

    def _home(self, number_kind: str, row: tuple[Any, Any, Any, Any]) -> tuple[str, str, str, list[Reason], bool]:
        """Of the cells for kind, college, class and department: (kind that the file states, kind assumed, key of the unit,
        reasons, whether that is a class)."""
        found: list[Reason] = []
        kind = kind_of(row[0])
        if kind is None:
            found.append(("kind-unknown", {"value": cells.text(row[0])[:40]}))
        kind = kind or number_kind
        college, class_, department = (_place_text(cell) for cell in row[1:])
        likely = kind or (STAFF if department and not class_ else STUDENT)
        home, why = _placed(lambda *words: self.places.home(likely, *words), (college, class_, department))
        return kind, likely, home, found + why, bool(class_) and likely == STUDENT and home != "0"

    def _number(self, cell: cells.Cell, n: int, found: list[Reason]) -> str:
        try:
            number = cells.digits(cell)
        except cells.Destroyed as error:
            found.append(("number-destroyed", {"value": str(error)}))
            return ""
        if not number:
            found.append(("number-missing", {}))
        elif cells.is_error(number):
            found.append(("cell-error", {"field": "number", "value": number}))
        elif not _NUMBER.fullmatch(number):
            found.append(("number-malformed", {"value": number[:60]}))
        elif self._numbers.setdefault(number, n) != n:
            self._repeated(self._numbers, number, n, "number-duplicate", {"value": number})
        return number[:NUMBER_LENGTH]

    def _repeated(self, seen: dict[str, list[int] | int], value: str, n: int, code: str, values: dict[str, str]) -> None:
        """A value that must be unique stands here again: every row that has it is a duplicate."""
        before = seen[value]
        rows = [before] if isinstance(before, int) else before
        rows.append(n)
        seen[value] = rows
        reason = (code, values | {"lines": "、".join("{}{}".format(*self._where[row]) for row in rows)})
        for row in rows:
            self.duplicates[row] = reason

    def _birth(self, cell: cells.Cell, found: list[Reason]) -> date | None:
        if cell == "":
            return None
        try:
            birth = cells.day(cell)
        except ValueError:
            found.append(("birth-unreadable", {"value": cells.text(cell)[:40]}))
            return None
        if birth and not self.today.year - OLDEST <= birth.year <= self.today.year:
            found.append(("birth-implausible", {"value": birth.isoformat()}))
            return None
        return birth

    def _id_number(self, cell: cells.Cell, found: list[Reason]) -> str:
        try:
            number = contacts.normal_id_number(cells.digits(cell))
        except cells.Destroyed as error:
            found.append(("id-destroyed", {"value": str(error)}))
            return ""
        if cells.is_error(number):
            found.append(("cell-error", {"field": "id_number", "value": number}))
            return ""
        return number

    def _document(
        self, cell: cells.Cell, documents: _Memory, said: cells.Cell, found: list[Reason]
    ) -> identity.Document | None:
        number = cell if type(cell) is str and _PLAIN_ID.fullmatch(cell) else self._id_number(cell, found)
        if not number:
            return None
        stated = documents[said]
        if stated is None:
            found.append(("document-kind-unknown", {"value": cells.text(said)[:40]}))
            return None
        is_rounded = number[15:] == "000" and bool(_ROUNDED.fullmatch(number))
        if is_rounded and self.survey.is_rounded:
            found.append(("id-destroyed", {"value": number}))
            return None
        try:
            return identity.read(number, today=self.today, said=stated)
        except Unacceptable as error:
            found.append(("id-destroyed", {"value": number}) if is_rounded else (error.code, error.values))
            return None


class _Memory(dict[Any, Any]):
    """What a function said of a value, once; for columns in which few values repeat."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, value: Any) -> Any:
        result = self[value] = self._function(value)
        return result


def _phone(cell: cells.Cell, field_name: str, found: list[Reason]) -> str:
    try:
        number = cells.digits(cell) if type(cell) is not str else cell
        if type(cell) is str and not cell.isdecimal():
            cells.digits(cell)
            number = cells.text(cell)
    except cells.Destroyed as error:
        found.append(("phone-destroyed", {"field": field_name, "value": str(error)}))
        return ""
    if not number:
        return ""
    normal = phones.normalise(number)
    if normal is None:
        found.append(("phone-invalid", {"field": field_name, "value": number[:40]}))
        return ""
    return normal


def _place_text(cell: cells.Cell) -> str:
    """Names of places hold no space between Chinese characters and digits: ``3 号楼`` is ``3号楼``."""
    return cells.text(cell).replace(" ", "")


def _placed(place: Callable[..., int], row: tuple[Any, ...]) -> tuple[str, list[Reason]]:
    """The key of the place that some cells name, as text for COPY, and why it cannot be told."""
    try:
        return str(place(*(_place_text(cell) for cell in row))), []
    except Unplaceable as error:
        return "0", [(error.code, error.values)]


def _name(cell: cells.Cell, found: list[Reason]) -> str:
    name = name_of(cell)
    if name:
        found.extend(_limit("name", name))
    else:
        found.append(("name-missing", {}))
    return name


def _limited(field: str, cell: cells.Cell) -> tuple[str, list[Reason]]:
    text = cells.text(cell)
    return text, _limit(field, text)


def _limit(field: str, text: str) -> list[Reason]:
    if len(text) > LIMITS[field]:
        return [("too-long", {"field": field, "limit": str(LIMITS[field])})]
    if text[:1] == "#" and cells.is_error(text):
        return [("cell-error", {"field": field, "value": text})]
    return []


def _judged_sex(cell: cells.Cell) -> tuple[str, list[Reason]]:
    sex = sex_of(cell)
    return ("", [("sex-unknown", {"value": cells.text(cell)[:40]})]) if sex is None else (sex, [])
