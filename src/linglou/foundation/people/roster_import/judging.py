"""Rows of a file -> cleaned rows to stage, or the reasons why not. Knows nothing of what the school already has, except its units;
``verdicts`` compares afterwards, in SQL.

This is the part whose cost is multiplied by a hundred thousand: rows are judged some hundred at a time, column by column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import compress, repeat
from typing import Any

from linglou.foundation.people.roster_import import cells, finishing, meanings, reasons
from linglou.foundation.people.roster_import.matching import FIELDS, Header
from linglou.foundation.people.roster_import.meanings import STAFF, STUDENT, Found, Meaning, Memory, cleaned
from linglou.foundation.people.roster_import.places import SCHOOL, Places
from linglou.foundation.people.roster_import.reasons import Reason
from linglou.foundation.people.roster_import.survey import Survey
from linglou.kernel import identity
from linglou.kernel.identity import Unacceptable

# What ``Judge`` says of a row, in this order.
COLUMNS = (
    "import_id", "n", "sheet", "line", "is_confirmed", "is_short", "number", "kind", "likely_kind", "sex", "birth_date", "major",
    "origin", "document_kind", "guardian_name", "home", "room", "branch", "place", "fields", "reasons", *finishing.CLEAR,
)  # fmt: skip
# What is kept of a row that is refused.
KEPT = ("import_id", "n", "sheet", "line", "is_confirmed", "number", "kind", "likely_kind", "home")
NOWHERE = str(SCHOOL)

# A row in the order of COLUMNS, in clear.
Draft = Sequence[str]
Columns = Sequence[Sequence[cells.Cell]]
NO_DOCUMENT = identity.Document("", "")


@dataclass
class Judge:
    """Judges the rows of one file, in order. What it learns on the way: duplicates, counsellors, how many rows there are."""

    import_id: int
    today: date
    places: Places
    survey: Survey
    many_sheets: bool = False
    n: int = 0
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

    def sheet(self, index: int, name: str, header: Header) -> Callable[[Sequence[int], Columns], list[Draft]]:
        """A function from rows of one sheet (``Sheet.columns``) to their drafts; without those in which no matched cell is filled."""
        at = {field_name: header.of.get(field_name, -1) for field_name in FIELDS}
        matched = tuple(header.of.values())
        sexes, births = Memory(meanings.sex), Memory(partial(meanings.birth, self.today))
        majors, origins, beds = (Memory(partial(meanings.limited, name)) for name in ("major", "origin", "place"))
        homes = Memory(partial(self._home, header.number_kind))
        rooms, branches = (Memory(partial(meanings.placed, place)) for place in (self.places.room, self.places.branch))
        kinds_of_document = Memory(meanings.document_kind)
        days = Memory(lambda day: (day.isoformat() if day else "", ()))
        prefix = f"{name}!" if self.many_sheets else ""

        def judge(lines: Sequence[int], columns: Columns) -> list[Draft]:
            if "" in columns[at["number"]] and "" in columns[at["name"]]:
                lines, columns = _filled(lines, columns, at["number"], at["name"], matched)
            if not lines:
                return []
            first, found = self.n + 1, Found(list)
            self.n += len(lines)
            self._where.extend(zip(repeat(prefix), lines, strict=False))

            def told(memory: Memory, *names: str) -> list[Any]:
                asked = [columns[at[name]] for name in names]
                return memory.values_of(asked[0] if len(asked) == 1 else list(zip(*asked, strict=True)), first, found)

            numbers = self._unique_numbers(columns[at["number"]], first, found)
            person_names = cleaned(columns[at["name"]], meanings.is_plain_name, meanings.name, first, found)
            kinds, likely, home, is_class = zip(*told(homes, "kind", "college", "class", "department"), strict=True)
            said_sex, said_birth = told(sexes, "sex"), told(births, "birth_date")
            said = zip(columns[at["id_number"]], columns[at["document_kind"]], likely, said_sex, said_birth, strict=True)
            document_kind, id_number, birth, sex = zip(*self._documents_of(said, kinds_of_document, first, found), strict=True)
            phone, guardian_phone = (
                cleaned(columns[at[name]], meanings.is_plain_or_no_phone, partial(meanings.phone, name), first, found)
                for name in ("phone", "guardian_phone")
            )
            guardian_name = cleaned(
                columns[at["guardian_name"]], meanings.is_plain_or_no_name, meanings.guardian_name, first, found
            )
            major, origin, place = told(majors, "major"), told(origins, "origin"), told(beds, "place")
            room = told(rooms, "campus", "building", "floor", "room")
            branch = told(branches, "general_branch", "branch")
            drafts: list[Draft] = list(
                zip(
                    repeat(str(self.import_id)), map(str, range(first, self.n + 1)), repeat(str(index)), map(str, lines),
                    repeat("f"), self._are_short(numbers, kinds), numbers, kinds, likely, sex, map(days.__getitem__, birth), major,
                    origin, document_kind, guardian_name, home, room, branch, place, repeat(""), repeat(""), repeat("new"), person_names,
                    id_number, phone, guardian_phone,
                )
            )  # fmt: skip
            for n, why in found.items():
                drafts[n - first] = _refused(drafts[n - first], why)
            led = zip(range(first, self.n + 1), is_class, home, columns[at["counsellor"]], strict=True)
            self._named.update((key, cell) for n, is_one, key, cell in led if is_one and n not in found)
            return drafts

        return judge

    def _home(self, number_kind: str, row: tuple[Any, Any, Any, Any]) -> Meaning:
        """Of the cells for kind, college, class and department: (kind that the file states, kind assumed, key of the unit, whether
        that is a class)."""
        found: list[Reason] = []
        kind = meanings.kind_of(row[0])
        if kind is None:
            found.append(("kind-unknown", {"value": cells.text(row[0])[:40]}))
        kind = kind or number_kind
        _college, class_, department = (meanings.place_text(cell) for cell in row[1:])
        likely = kind or (STAFF if department and not class_ else STUDENT)
        home, why = meanings.placed(partial(self.places.home, likely), row[1:])
        return (kind, likely, home, bool(class_) and likely == STUDENT and home != NOWHERE), [*found, *why]

    def _unique_numbers(self, column: Sequence[cells.Cell], first: int, found: Found) -> list[str]:
        numbers = []
        for n, cell in enumerate(column, first):
            why: Sequence[Reason] = ()
            if type(cell) is not str or not meanings.is_plain_number(cell):
                cell, why = meanings.number(cell)
            if why:
                found[n].extend(why)
            elif self._numbers.setdefault(cell, n) != n:
                self._repeated(self._numbers, cell, n, "number-duplicate", {"value": cell})
            numbers.append(cell)
        return numbers

    def _documents_of(self, rows: Any, kinds: Memory, first: int, found: Found) -> list[identity.Document]:
        """The documents of rows of (id number, kind of document, kind of person, sex, birth), each with the row's sex and birth
        where it says nothing of them; without a number where there is none."""
        documents = []
        for n, (cell, said, likely, sex, birth) in enumerate(rows, first):
            if cell == "":
                documents.append(identity.Document("", "", birth, sex))
                continue
            document, why = self._document(cell, kinds[said], said)
            if document.number:
                borne = likely + document.number
                if self._documents.setdefault(borne, n) != n:
                    self._repeated(self._documents, borne, n, "id-duplicate", {})
                why = _contradictions(document, sex, birth)
            if why:
                found[n].extend(why)
            if document.birth_date is None or not document.sex:
                document = document._replace(birth_date=document.birth_date or birth, sex=document.sex or sex)
            documents.append(document)
        return documents

    def _document(self, cell: cells.Cell, stated: str | None, said: cells.Cell) -> tuple[identity.Document, Sequence[Reason]]:
        number, why = (cell, ()) if type(cell) is str and meanings.is_plain_id(cell) else meanings.id_number(cell)
        if not number:
            return NO_DOCUMENT, why
        if stated is None:
            return NO_DOCUMENT, [("document-kind-unknown", {"value": cells.text(said)[:40]})]
        is_rounded = number[15:] == "000" and number.isdecimal()
        if is_rounded and self.survey.is_rounded:
            return NO_DOCUMENT, [("id-destroyed", {"value": number})]
        try:
            return identity.read(number, today=self.today, said=stated), ()
        except Unacceptable as error:
            return NO_DOCUMENT, [("id-destroyed", {"value": number}) if is_rounded else (error.code, error.values)]

    def _repeated(self, seen: dict[str, list[int] | int], value: str, n: int, code: str, values: dict[str, str]) -> None:
        """A value that must be unique stands here again: every row that has it is a duplicate."""
        before = seen[value]
        rows = [before] if isinstance(before, int) else before
        rows.append(n)
        seen[value] = rows
        reason = (code, values | {"lines": "、".join("{}{}".format(*self._where[row]) for row in rows)})
        for row in rows:
            self.duplicates[row] = reason

    def _are_short(self, numbers: Sequence[str], kinds: Sequence[str]) -> Iterable[str]:
        usual = self.survey.usual_width
        if min(map(len, numbers)) >= max(usual.values(), default=0):
            return repeat("f")
        return [
            "t" if len(number) < usual.get(kind, 0) and number.isdecimal() else "f"
            for number, kind in zip(numbers, kinds, strict=True)
        ]


def _filled(
    lines: Sequence[int], columns: Columns, number_at: int, name_at: int, matched: Sequence[int]
) -> tuple[Sequence[int], Columns]:
    """The rows in which a matched cell is filled."""
    filled = [
        columns[number_at][n] != "" or columns[name_at][n] != "" or any(cells.text(columns[at][n]) for at in matched)
        for n in range(len(lines))
    ]
    return list(compress(lines, filled)), [list(compress(column, filled)) for column in columns]


def _contradictions(document: identity.Document, sex: str, birth: date | None) -> list[Reason]:
    """Where a document says otherwise than the row does."""
    found: list[Reason] = []
    if sex and document.sex and sex != document.sex:
        found.append(("sex-mismatch", {"said": document.sex}))
    if birth and document.birth_date and birth != document.birth_date:
        found.append(("birth-mismatch", {"value": birth.isoformat(), "said": document.birth_date.isoformat()}))
    return found


def _refused(draft: Draft, why: Sequence[Reason]) -> Draft:
    row = dict(zip(COLUMNS, draft, strict=True))
    kept = dict.fromkeys(COLUMNS, "") | {name: row[name] for name in KEPT}
    kept |= {"name": row["name"][: meanings.NAME_LENGTH], "is_short": "f", "room": NOWHERE, "branch": NOWHERE}
    return list((kept | {"verdict": "rejected", "reasons": reasons.dump(why)}).values())
