"""A first, quick look over a whole file, for what no row can tell by itself."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from linglou.foundation.people.roster_import import cells
from linglou.foundation.people.roster_import.meanings import is_plain_number, kind_of, place_text
from linglou.foundation.people.roster_import.places import Named
from linglou.foundation.people.roster_import.reading import Book

# A width is the usual one when this share of the numbers has it; shorter ones then lost their zeros.
USUAL_SHARE = 0.5
# Of true id numbers one in a thousand ends in 000; a column with more of them was rounded by a spreadsheet.
ROUNDED_SHARE = 0.02


class Survey(NamedTuple):
    """What the whole file says: the usual width of numbers by kind of person, whether id numbers ending in 000 are too many to be
    true, and which classes and buildings are named with what they belong to."""

    usual_width: dict[str, int]
    is_rounded: bool
    named: Named


def survey(book: Book) -> Survey:
    widths: dict[str, Counter[int]] = {}
    total = rounded = 0
    places: set[tuple[Any, Any, Any, Any]] = set()
    for _index, sheet, header in book.usable:
        number_at, id_at, kind_at, college_at, class_at, campus_at, building_at = (
            header.of.get(name, -1) for name in ("number", "id_number", "kind", "college", "class", "campus", "building")
        )
        counted: dict[tuple[Any, int], int] = {}
        for _line, row in sheet.filled():
            number, id_number = row[number_at], row[id_at]
            said = row[kind_at], len(number) if type(number) is str and is_plain_number(number) else _width(number)
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
        *(frozenset((place_text(above), place_text(below)) for above, below in pairs) for pairs in (classes, buildings))
    )
    return Survey(usual, rounded > 1 and rounded > ROUNDED_SHARE * total, named)


def _width(cell: cells.Cell) -> int:
    """Of a number in digits; 0 for anything else."""
    if cell == "" or cell is None:
        return 0
    try:
        number = cells.digits(cell)
    except cells.Destroyed:
        return 0
    return len(number) if number.isdecimal() else 0
