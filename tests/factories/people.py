"""A small school to test in, and people to put there. Names are invented; numbers are from fictitious ranges."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.people import actions, queries
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock

_serial = count(1)


def long_ago() -> datetime:
    return clock.now() - timedelta(days=100)


def school(name: str = "零陵大学") -> Unit:
    return actions.open_unit(
        parent=None, tree="administration", kind="school", name=f"{name}{next(_serial)}", at=long_ago(), by=None
    )


def unit(parent: Unit, kind: str, name: str = "") -> Unit:
    tree = {"campus": "residence", "building": "residence", "floor": "residence", "room": "residence"}
    tree |= {"committee": "party", "general-branch": "party", "branch": "party"}
    return actions.open_unit(
        parent=parent, tree=tree.get(kind, "administration"), kind=kind, name=name or f"{kind}{next(_serial)}",
        at=long_ago(), by=None,
    )  # fmt: skip


def person(at_unit: Unit, *, kind: str = "student", name: str = "", room: Unit | None = None) -> Person:
    """A person who has belonged to ``at_unit`` (and lived in ``room``) for a long time."""
    n = next(_serial)
    made = Person.objects.create(
        school_id=at_unit.school_id, number=f"T{n:07}", name=name or f"测试{n}", kind=kind, created_at=long_ago()
    )
    for home in filter(None, (at_unit, room)):
        actions.join(person=made, unit=home, at=long_ago(), by=None)
    return made


def holder(role: Role, at_unit: Unit) -> Person:
    """A member of staff who has held ``role`` at ``at_unit`` for a long time."""
    made = person(at_unit, kind="student" if role in (Role.CLASS_MONITOR, Role.ROOM_HEAD) else "staff")
    actions.appoint(person=made, role=role, unit=at_unit, at=long_ago(), by=None)
    return made


def actor(of: Person) -> Actor:
    return queries.actor_of(of, account_id=0, at=clock.now())


@dataclass
class Campus:
    """One college with two classes, one dorm building with two rooms, six students, and a whole responsible chain."""

    school: Unit = field(default_factory=school)

    def __post_init__(self) -> None:
        self.college = unit(self.school, "college", "信息学院")
        self.classes = [unit(self.college, "class", f"软件2401{letter}") for letter in "AB"]
        self.campus = unit(self.school, "campus", "东校区")
        self.building = unit(self.campus, "building", "3号楼")
        self.floor = unit(self.building, "floor", "2层")
        self.rooms = [unit(self.floor, "room", f"20{n}") for n in (1, 2)]
        self.students = [person(self.classes[n // 3], room=self.rooms[n // 3]) for n in range(6)]
        self.monitor = self.students[0]
        actions.appoint(person=self.monitor, role=Role.CLASS_MONITOR, unit=self.classes[0], at=long_ago(), by=None)
        self.counsellor = holder(Role.COUNSELLOR, self.classes[0])
        self.secretary = holder(Role.COLLEGE_SECRETARY, self.college)
        self.office = holder(Role.PREVENTION_OFFICE, self.school)
        self.command = holder(Role.COMMAND_GROUP, self.school)
