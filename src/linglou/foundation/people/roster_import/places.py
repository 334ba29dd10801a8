"""Which units the rows of a file stand in: found in the school, or to be opened. Pure over the units that exist.

A unit is known by a key (1, 2, ...) until the import is applied; 0 is the school itself, which every tree hangs under.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SCHOOL = 0
ADMINISTRATION, RESIDENCE, PARTY = "administration", "residence", "party"
NAME_LENGTH = 80
# Names given to units that no column names. They are data, so the same in every language.
MAIN_CAMPUS, COMMITTEE, NO_FLOOR = "校本部", "党委", "未分层"

_ROOM_SUFFIX = re.compile(r"(?<=[0-9A-Za-z])(室|房间|房|寝室|宿舍|号|号房)$")
# 3号楼201, 3-201, 东区3栋-2单元201: the building, then the room.
_BUILDING_AND_ROOM = re.compile(
    r"(?P<building>.+?(?:号楼|号公寓|公寓|宿舍楼|楼|栋|幢|舍|苑|斋)|[0-9A-Za-z]+(?=[-#]))[-#\s]*(?P<room>[A-Za-z]?[0-9]{3,4}[A-Za-z]?)"
)
_ROOM_DIGITS = re.compile(r"([0-9]{3,4})[A-Za-z]?$")
_HAN_DIGITS = {han: n for n, han in enumerate("一二三四五六七八九十", start=1)}


class Existing(NamedTuple):
    """An open unit of the school."""

    id: int
    parent_id: int | None
    kind: str
    name: str


@dataclass(slots=True)
class Planned:
    """A unit that rows name: ``id`` when it exists already."""

    parent: int
    tree: str
    kind: str
    name: str
    id: int | None


class Unplaceable(ValueError):
    """The row does not say enough: ``code`` is one of ``reasons``."""

    def __init__(self, code: str, **values: str) -> None:
        self.code, self.values = code, values
        super().__init__(code)


class Named(NamedTuple):
    """What the whole file names, known before its first row is placed, so that the order of rows does not matter: pairs of
    (college, class) and of (campus, building); either may be ''."""

    classes: frozenset[tuple[str, str]]
    buildings: frozenset[tuple[str, str]]


@dataclass
class Places:
    """Turns the unit columns of a row into keys."""

    school_id: int
    school_name: str
    existing: Iterable[Existing]
    named: Named = field(default_factory=lambda: Named(frozenset(), frozenset()))
    planned: list[Planned] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids: dict[tuple[int | None, str, str], int] = {}
        self._named: dict[tuple[str, str], list[int]] = {}
        self._by_id: dict[int, Existing] = {}
        self._rooms: dict[tuple[int, str], int] = {}
        self._keys: dict[tuple[int, str, str], int] = {}
        self._key_of_id: dict[int, int] = {}
        self._room_keys: dict[tuple[int, str], int] = {}
        self._colleges = {college for college, _class in self.named.classes}
        self._colleges_of: dict[str, set[str]] = {}
        self._campuses_of: dict[str, set[str]] = {}
        for college, class_ in self.named.classes:
            if college:
                self._colleges_of.setdefault(class_, set()).add(college)
        for campus, building in self.named.buildings:
            if campus:
                self._campuses_of.setdefault(building, set()).add(campus)
        for unit in self.existing:
            self._by_id[unit.id] = unit
            self._ids[unit.parent_id, unit.kind, unit.name] = unit.id
            self._named.setdefault((unit.kind, unit.name), []).append(unit.id)
        for unit in self._by_id.values():
            if unit.kind == "room" and (floor := self._by_id.get(unit.parent_id or 0)) and floor.parent_id:
                self._rooms[floor.parent_id, _room_name(unit.name)] = unit.id

    # administration

    def home(self, kind: str, college: str, class_: str, department: str) -> int:
        """The administrative leaf of a person; SCHOOL when the row names none. Raises ``Unplaceable``."""
        if kind != "staff" and class_:
            return self._class(college, class_)
        if college:
            above = self._college(college)
            same = department in ("", college)
            return above if same or kind != "staff" else self._key(above, ADMINISTRATION, "department", department)
        if department:
            for found in self._named.get(("college", department), ()):
                return self._key_of_existing(found)
            if department in self._colleges:
                return self._college(department)
            return self._key(SCHOOL, ADMINISTRATION, "department", department)
        return SCHOOL

    def _college(self, name: str) -> int:
        if (self.school_id, "college", name) not in self._ids and (
            found := self._ids.get((self.school_id, "department", name))
        ):
            return self._key_of_existing(found)
        return self._key(SCHOOL, ADMINISTRATION, "college", name)

    def _class(self, college: str, class_: str) -> int:
        if college:
            return self._key(self._college(college), ADMINISTRATION, "class", class_)
        found = {self._key_of_existing(unit_id) for unit_id in self._named.get(("class", class_), ())}
        found |= {self._key(self._college(name), ADMINISTRATION, "class", class_) for name in self._colleges_of.get(class_, ())}
        if not found:
            raise Unplaceable("college-unknown", value=class_)
        if len(found) > 1:
            raise Unplaceable("class-ambiguous", value=class_)
        return found.pop()

    # residence

    def room(self, campus: str, building: str, floor: str, room: str) -> int:
        """The room's key; SCHOOL when none is named. Raises ``Unplaceable``: nobody lives in a building without a room."""
        room = _room_name(room)
        if room and not building:
            if both := _BUILDING_AND_ROOM.fullmatch(room):
                building, room = both["building"], both["room"]
            else:
                raise Unplaceable("building-missing", value=room)
        if not building:
            return SCHOOL
        if not room:
            raise Unplaceable("room-missing", value=building)
        above = self._building(campus, building)
        key = self._room_keys.get((above, room))
        if key is None:
            if (building_id := self.planned[above - 1].id) and (found := self._rooms.get((building_id, room))):
                key = self._key_of_existing(found)
            else:
                storey = self._key(above, RESIDENCE, "floor", floor_name(floor, room))
                key = self._key(storey, RESIDENCE, "room", room)
            self._room_keys[above, room] = key
        return key

    def _building(self, campus: str, building: str) -> int:
        if campus:
            return self._key(self._campus(campus), RESIDENCE, "building", building)
        found = {self._key_of_existing(unit_id) for unit_id in self._named.get(("building", building), ())}
        found |= {
            self._key(self._campus(name), RESIDENCE, "building", building) for name in self._campuses_of.get(building, ())
        }
        if not found:
            campuses = {self._key_of_existing(unit.id) for unit in self._by_id.values() if unit.kind == "campus"}
            campuses |= {self._campus(name) for name, _building in self.named.buildings if name}
            campuses = campuses or {self._campus(MAIN_CAMPUS)}
            found = (
                {self._key(campus, RESIDENCE, "building", building) for campus in campuses} if len(campuses) == 1 else campuses
            )
        if len(found) > 1:
            raise Unplaceable("building-ambiguous", value=building)
        return found.pop()

    def _campus(self, name: str) -> int:
        return self._key(SCHOOL, RESIDENCE, "campus", name)

    # party

    def branch(self, general_branch: str, branch: str) -> int:
        if not branch:
            return SCHOOL
        committees = [unit.id for unit in self._by_id.values() if unit.kind == "committee"]
        if not general_branch:
            found = self._named.get(("branch", branch), [])
            if len(found) == 1:
                return self._key_of_existing(found[0])
        top = (
            self._key_of_existing(committees[0])
            if committees
            else self._key(SCHOOL, PARTY, "committee", f"{self.school_name}{COMMITTEE}")
        )
        above = self._key(top, PARTY, "general-branch", general_branch) if general_branch else top
        return self._key(above, PARTY, "branch", branch)

    # keys

    def _key(self, parent: int, tree: str, kind: str, name: str) -> int:
        key = self._keys.get((parent, kind, name))
        if key is None:
            if len(name) > NAME_LENGTH:
                raise Unplaceable("too-long", field=kind.replace("-", "_"), limit=str(NAME_LENGTH))
            parent_id = self.school_id if parent == SCHOOL else self.planned[parent - 1].id
            found = self._ids.get((parent_id, kind, name)) if parent_id else None
            if found is not None and found in self._key_of_id:
                key = self._key_of_id[found]
            else:
                self.planned.append(Planned(parent, tree, kind, name, found))
                key = len(self.planned)
                if found is not None:
                    self._key_of_id[found] = key
            self._keys[parent, kind, name] = key
        return key

    def _key_of_existing(self, unit_id: int) -> int:
        key = self._key_of_id.get(unit_id)
        if key is None:
            unit = self._by_id[unit_id]
            tree = RESIDENCE if unit.kind in RESIDENCE_KINDS else PARTY if unit.kind in PARTY_KINDS else ADMINISTRATION
            parent = SCHOOL
            if unit.parent_id in self._by_id and unit.parent_id != self.school_id:
                parent = self._key_of_existing(unit.parent_id or 0)
            self.planned.append(Planned(parent, tree, unit.kind, unit.name, unit_id))
            key = self._key_of_id[unit_id] = len(self.planned)
            self._keys[parent, unit.kind, unit.name] = key
        return key


RESIDENCE_KINDS = frozenset(("campus", "building", "floor", "room"))
PARTY_KINDS = frozenset(("committee", "general-branch", "branch"))


def floor_name(floor: str, room: str) -> str:
    """``2层`` for a column of ``2``, ``2F``, ``二楼``; without a column from the room: 201 is on 2, 1203 on 12."""
    if floor:
        bare = re.sub(r"(层|楼|[Ff])$", "", floor)
        if bare in _HAN_DIGITS:
            return f"{_HAN_DIGITS[bare]}层"
        return f"{int(bare)}层" if bare.isdecimal() else floor
    found = _ROOM_DIGITS.search(room)
    return f"{int(found[1][:-2])}层" if found else NO_FLOOR


def _room_name(room: str) -> str:
    return _ROOM_SUFFIX.sub("", room)


def dump(planned: Iterable[Planned]) -> list[list[Any]]:
    """The planned units as JSON keeps them: by column, for a school has tens of thousands of rooms and a list of each is slow."""
    rows = [(unit.parent, unit.tree, unit.kind, unit.name, unit.id) for unit in planned]
    return [list(column) for column in zip(*rows, strict=True)]


def parse(kept: list[list[Any]]) -> list[Planned]:
    """What was dumped."""
    return [Planned(*row) for row in zip(*kept, strict=True)]


def load(kept: list[list[Any]], school_id: int, existing: Iterable[Existing]) -> list[Planned]:
    """The planned units again, with the ids of those that have been opened since."""
    ids = {(unit.parent_id, unit.kind, unit.name): unit.id for unit in existing}
    planned = parse(kept)
    for unit in planned:
        if unit.id is None:
            parent_id = school_id if unit.parent == SCHOOL else planned[unit.parent - 1].id
            unit.id = ids.get((parent_id, unit.kind, unit.name)) if parent_id else None
    return planned
