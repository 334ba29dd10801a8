"""One row of a file -> a cleaned row to stage, or the reasons why not. Knows nothing of what the school already has, except its
units; ``verdicts`` compares afterwards, in SQL.

This is the part whose cost is multiplied by a hundred thousand: values that repeat are judged once and remembered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from linglou.foundation.people import contacts, names
from linglou.foundation.people.roster_import import cells, reasons
from linglou.foundation.people.roster_import.matching import Header
from linglou.foundation.people.roster_import.places import Places, Unplaceable
from linglou.foundation.people.roster_import.reading import Book, Row
from linglou.foundation.people.roster_import.reasons import Reason
from linglou.kernel import identity, phones
from linglou.kernel.identity import Unacceptable
from linglou.kernel.secrets import blind_index, seal

STUDENT, STAFF = "student", "staff"
NUMBER_LENGTH, NAME_LENGTH = 40, 80
LIMITS = {"major": 80, "origin": 120, "guardian_name": 80, "place": 20}
OLDEST = 120
# A width is the usual one when this share of the numbers has it; shorter ones then lost their zeros.
USUAL_SHARE = 0.5
# Of true id numbers one in a thousand ends in 000; a column with more of them was rounded by a spreadsheet.
ROUNDED_SHARE = 0.02

_NUMBER = re.compile(r"[0-9A-Za-z_\-]{1,40}")
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
_SEX_WORDS = {identity.MALE: "男", identity.FEMALE: "女"}

# The columns of people_rosterimportrow, in the order in which ``Judge.judge`` gives them.
COLUMNS = (
    "import_id", "n", "sheet", "line", "verdict", "is_confirmed", "is_short", "number", "name", "kind", "likely_kind", "sex",
    "birth_date", "major", "origin", "document_kind", "id_number", "id_number_index", "phone", "phone_index", "guardian_name",
    "guardian_phone", "guardian_phone_index", "pinyin", "initials", "given_name", "given_pinyin", "home", "room", "branch",
    "place", "fields", "reasons",
)  # fmt: skip


class Survey(NamedTuple):
    """What the whole file says of its columns: the usual width of numbers by kind of title, and whether id numbers ending in
    000 are too many to be true."""

    usual_width: dict[str, int]
    is_rounded: bool


def survey(book: Book) -> Survey:
    """A first, quick pass over the number and id columns."""
    widths: dict[str, Counter[int]] = {}
    total = rounded = 0
    for _index, sheet, header in book.usable:
        number_at, id_at, kind_at = (header.of.get(name, -1) for name in ("number", "id_number", "kind"))
        for _line, row in sheet.data():
            number = _width(row[number_at] if number_at < len(row) else "")
            if number:
                told = kind_of(row[kind_at]) if 0 <= kind_at < len(row) else None
                widths.setdefault(told or header.number_kind, Counter())[number] += 1
            if 0 <= id_at < len(row) and (value := row[id_at]):
                total += 1
                rounded += type(value) is str and value.endswith("000") and len(value) == 18
    usual = {}
    for kind, counted in widths.items():
        width, count = max(counted.items(), key=lambda item: (item[1], item[0]))
        if count >= USUAL_SHARE * counted.total():
            usual[kind] = width
    return Survey(usual, rounded > 1 and rounded > ROUNDED_SHARE * total)


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
    counsellors: set[tuple[int, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._numbers: dict[str, list[int] | int] = {}
        self._documents: dict[str, list[int] | int] = {}
        self._where: list[str] = [""]
        self._spellings: dict[str, names.Spelling] = {}

    def sheet(self, index: int, name: str, header: Header) -> Callable[[int, Row], tuple[str, ...] | None]:
        """A function from a row to the staged row, as text for COPY, for one sheet; None for a row with nothing in it."""
        width = max(column.position for column in header.columns) + 1
        at = {name: header.of.get(name, -1) for name in LIMITS}
        (
            number_at, name_at, kind_at, sex_at, birth_at, document_at, id_at, phone_at, college_at, class_at, counsellor_at,
            department_at, campus_at, building_at, floor_at, room_at, general_at, branch_at, guardian_phone_at,
        ) = (
            header.of.get(column, -1)
            for column in (
                "number", "name", "kind", "sex", "birth_date", "document_kind", "id_number", "phone", "college", "class",
                "counsellor", "department", "campus", "building", "floor", "room", "general_branch", "branch", "guardian_phone",
            )
        )  # fmt: skip
        matched = tuple(header.of.values())
        number_kind = header.number_kind
        kinds, sexes, documents, texts = _Memory(kind_of), _Memory(sex_of), _Memory(document_of), _Memory(cells.text)
        homes: dict[tuple[Any, ...], int | Unplaceable] = {}
        rooms: dict[tuple[Any, ...], int | Unplaceable] = {}
        branches: dict[tuple[Any, ...], int | Unplaceable] = {}
        import_id, sheet_index = str(self.import_id), str(index)
        prefix = f"{name}!" if self.many_sheets else ""
        place = self.places

        def judge(line: int, row: Row) -> tuple[str, ...] | None:
            found: list[Reason] = []
            # One empty cell behind the row stands for every column that the sheet lacks (position -1).
            row = row + [""] * (width + 1 - len(row)) if len(row) <= width else [*row[:width], ""]
            if row[number_at] == "" and row[name_at] == "" and all(cells.text(row[position]) == "" for position in matched):
                return None
            self.n += 1
            n = self.n
            self._where.append(f"{prefix}{line}")

            number = self._number(row[number_at], n, found)
            person_name = name_of(row[name_at])
            if not person_name:
                found.append(("name-missing", {}))
            elif len(person_name) > NAME_LENGTH:
                found.append(("too-long", {"field": "name", "limit": str(NAME_LENGTH)}))
            elif cells.is_error(person_name):
                found.append(("cell-error", {"field": "name", "value": person_name}))

            kind = kinds[row[kind_at]]
            if kind is None:
                found.append(("kind-unknown", {"value": cells.text(row[kind_at])[:40]}))
                kind = ""
            kind = kind or number_kind
            college, class_, department = texts[row[college_at]], texts[row[class_at]], texts[row[department_at]]
            likely = kind or (STAFF if department and not class_ else STUDENT)
            usual = self.survey.usual_width.get(kind, 0)
            is_short = len(number) < usual and number.isdecimal()

            sex = sexes[row[sex_at]]
            if sex is None:
                found.append(("sex-unknown", {"value": cells.text(row[sex_at])[:40]}))
                sex = ""
            birth = self._birth(row[birth_at], found)
            document_kind = id_number = id_index = ""
            if row[id_at] != "":
                document = self._document(row[id_at], documents, row[document_at], found)
                if document:
                    document_kind, id_number = document.kind, document.number
                    if document.sex:
                        if sex and sex != document.sex:
                            found.append(("sex-mismatch", {"said": _SEX_WORDS[document.sex]}))
                        sex = document.sex
                    if document.birth_date:
                        if birth and birth != document.birth_date:
                            found.append(
                                ("birth-mismatch", {"value": birth.isoformat(), "said": document.birth_date.isoformat()})
                            )
                        birth = document.birth_date
                    self._seen(self._documents, f"{likely}:{id_number}", n, "id-duplicate", {})
            phone = _phone(row[phone_at], "phone", found) if row[phone_at] != "" else ""
            guardian_phone = _phone(row[guardian_phone_at], "guardian_phone", found) if row[guardian_phone_at] != "" else ""
            short_texts = {}
            for text_field, limit in LIMITS.items():
                value = texts[row[at[text_field]]] if text_field != "guardian_name" else name_of(row[at[text_field]])
                if len(value) > limit:
                    found.append(("too-long", {"field": text_field, "limit": str(limit)}))
                elif value[:1] == "#" and cells.is_error(value):
                    found.append(("cell-error", {"field": text_field, "value": value}))
                short_texts[text_field] = value

            home_key = (likely, college, class_, department)
            home = homes.get(home_key)
            if home is None:
                home = homes[home_key] = _placed(place.home, *home_key)
            room_key = (row[campus_at], row[building_at], row[floor_at], row[room_at])
            room = rooms.get(room_key)
            if room is None:
                room = rooms[room_key] = _placed(place.room, *(_place_text(cell) for cell in room_key))
            branch_key = (row[general_at], row[branch_at])
            branch = branches.get(branch_key)
            if branch is None:
                branch = branches[branch_key] = _placed(place.branch, *(cells.text(cell) for cell in branch_key))
            keys = []
            for key in (home, room, branch):
                if isinstance(key, Unplaceable):
                    found.append((key.code, key.values))
                    key = 0
                keys.append(key)
            if counsellor_at >= 0 and class_ and keys[0] and not found and (named := texts[row[counsellor_at]]):
                self.counsellors.add((keys[0], named))

            if found:
                self.rejected += 1
                return (
                    import_id, str(n), sheet_index, str(line), "rejected", "f", "f", number, person_name[:NAME_LENGTH], kind, likely,
                    "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", str(keys[0]), "0", "0", "", "",
                    reasons.dump(found),
                )  # fmt: skip
            spelling = names.spell(person_name)
            if id_number:
                id_index = blind_index("id-number", id_number)
            return (
                import_id, str(n), sheet_index, str(line), "new", "f", "t" if is_short else "f", number, person_name, kind, likely,
                sex, birth.isoformat() if birth else "", short_texts["major"], short_texts["origin"], document_kind,
                seal(id_number), id_index, seal(phone), blind_index("phone", phone), short_texts["guardian_name"],
                seal(guardian_phone), blind_index("phone", guardian_phone), spelling.pinyin, spelling.initials,
                spelling.given_name, spelling.given_pinyin, str(keys[0]), str(keys[1]), str(keys[2]), short_texts["place"], "", "",
            )  # fmt: skip

        return judge

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
        else:
            self._seen(self._numbers, number, n, "number-duplicate", {"value": number})
        return number[:NUMBER_LENGTH]

    def _seen(self, seen: dict[str, list[int] | int], value: str, n: int, code: str, values: dict[str, str]) -> None:
        """Remember where a value that must be unique stands; every row of a repeated one is a duplicate."""
        before = seen.setdefault(value, n)
        if before == n:
            return
        rows = [before] if isinstance(before, int) else before
        rows.append(n)
        seen[value] = rows
        reason = (code, values | {"lines": "、".join(self._where[row] for row in rows)})
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

    def _document(
        self, cell: cells.Cell, documents: _Memory, said: cells.Cell, found: list[Reason]
    ) -> identity.Document | None:
        try:
            number = (
                contacts.normal_id_number(cells.digits(cell)) if type(cell) is not str or not cell.isalnum() else cell.upper()
            )
            if not number.isascii():
                number = contacts.normal_id_number(number)
        except cells.Destroyed as error:
            found.append(("id-destroyed", {"value": str(error)}))
            return None
        if not number:
            return None
        if cells.is_error(number):
            found.append(("cell-error", {"field": "id_number", "value": number}))
            return None
        stated = documents[said]
        if stated is None:
            found.append(("document-kind-unknown", {"value": cells.text(said)[:40]}))
            return None
        is_rounded = bool(_ROUNDED.fullmatch(number))
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


def _placed(place: Callable[..., int], *words: str) -> int | Unplaceable:
    try:
        return place(*words)
    except Unplaceable as error:
        return error


def copy_line(values: Sequence[str]) -> str:
    """A staged row in COPY's text format. Cleaned values hold no tab or line break, but may hold a backslash."""
    line = "\t".join(values)
    return (line.replace("\\", "\\\\") if "\\" in line else line) + "\n"
