"""Units, people and posts of the demo campus, written in bulk."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime

from linglou.demo import names
from linglou.foundation.access.roles import Role
from linglou.foundation.people import actions
from linglou.foundation.people.models import Membership, Person, Post, Tree, Unit
from linglou.foundation.people.names import spell
from linglou.kernel.secrets import blind_index

COLLEGES = {
    "信息工程学院": ("软件工程", "计算机科学与技术", "人工智能"),
    "机械工程学院": ("机械设计", "车辆工程"),
    "经济管理学院": ("会计学", "国际贸易", "工商管理"),
    "外国语学院": ("英语", "日语"),
    "化学化工学院": ("应用化学", "材料化学"),
    "护理学院": ("护理学", "助产学"),
    "艺术设计学院": ("视觉传达", "环境设计"),
    "马克思主义学院": ("思想政治教育",),
}
DEPARTMENTS = ("校长办公室", "学生工作处", "后勤保障处", "保卫处", "校医院", "心理健康教育中心", "图书馆", "教务处")
CLASS_SIZE = 40
CLASSES_PER_COUNSELLOR = 5
BEDS = 6
HEADLESS_ROOMS = 3
ROOMS_PER_FLOOR = 16
FLOORS = 6
STAFF_SHARE = 0.06


@dataclass
class Campus:
    school: Unit
    colleges: list[Unit] = field(default_factory=list)
    classes: list[Unit] = field(default_factory=list)
    students: list[Person] = field(default_factory=list)
    staff: list[Person] = field(default_factory=list)
    holders: dict[Role, Person] = field(default_factory=dict)
    homes: dict[int, str] = field(default_factory=dict)

    @property
    def visitor(self) -> Person:
        """The ordinary student whose account a visitor tries; today's report is still to be made."""
        return next(one for one in self.students[2:] if one not in self.holders.values())


class Builder:
    """Opens units one by one (they are few) and writes people in bulk (they are many)."""

    def __init__(self, *, people: int, at: datetime, dice: random.Random) -> None:
        self.at, self.dice = at, dice
        self.staff_count = max(40, int(people * STAFF_SHARE))
        self.student_count = people - self.staff_count
        self.serial = 0
        self.memberships: list[Membership] = []

    def build(self) -> Campus:
        authority = self._unit(None, "authority", "云泽省教育厅")
        campus = Campus(self._unit(authority, "school", "云泽大学"))
        self._colleges(campus)
        self._students(campus)
        self._rooms(campus)
        self._staff(campus, authority)
        Membership.objects.bulk_create(self.memberships, batch_size=2000)
        return campus

    def _unit(self, parent: Unit | None, kind: str, name: str, tree: str = "administration", sort_key: str = "") -> Unit:
        return actions.open_unit(parent=parent, tree=tree, kind=kind, name=name, at=self.at, by=None, sort_key=sort_key or name)

    def _colleges(self, campus: Campus) -> None:
        wanted = max(2, -(-self.student_count // CLASS_SIZE))  # one with a monitor and one without
        majors = [(college, major) for college, of_college in COLLEGES.items() for major in of_college]
        opened = {college: self._unit(campus.school, "college", college) for college in COLLEGES}
        campus.colleges = list(opened.values())
        rank = 0
        while len(campus.classes) < wanted:
            college, major = majors[rank % len(majors)]
            year, letter = 23 + rank // len(majors) % 4, 1 + rank // len(majors) // 4
            campus.classes.append(self._unit(opened[college], "class", f"{major}{year}{letter:02}班"))
            rank += 1

    def _people(self, kind: str, units: list[Unit], prefix: str, years: tuple[int, int]) -> list[Person]:
        made = []
        for unit in units:
            self.serial += 1
            male = self.dice.random() < 0.5
            birth = names.birth(self.dice, years=self.dice.randint(*years), today=self.at.date())
            id_number = names.id_number(self.dice, birth=birth, male=male)
            phone = names.phone(self.serial)
            full = names.name(self.dice)
            spelling = spell(full)
            made.append(
                Person(
                    school_id=unit.in_school, number=f"{prefix}{self.serial:06}", name=full, kind=kind,
                    sex="male" if male else "female", birth_date=birth, document_kind="resident", id_number=id_number,
                    id_number_index=blind_index("id-number", id_number), phone=phone,
                    phone_index=blind_index("phone", phone), guardian_name=full[0] + "家长",
                    guardian_phone=names.phone(5_000_000 + self.serial), created_at=self.at,
                    pinyin=spelling.pinyin, initials=spelling.initials, given_name=spelling.given_name,
                    given_pinyin=spelling.given_pinyin,
                )
            )  # fmt: skip
        Person.objects.bulk_create(made, batch_size=2000)
        for person, unit in zip(made, units, strict=True):
            self._belongs(person, unit)
        return made

    def _belongs(self, person: Person, unit: Unit, place: str = "") -> None:
        self.memberships.append(
            Membership(
                school_id=person.school_id, person=person, unit=unit, tree=unit.tree, place=place, starts_at=self.at,
                recorded_at=self.at,
            )
        )  # fmt: skip

    def _students(self, campus: Campus) -> None:
        units = [campus.classes[n * len(campus.classes) // self.student_count] for n in range(self.student_count)]
        campus.students = self._people("student", units, "24", (18, 22))

    def _rooms(self, campus: Campus) -> None:
        east = self._unit(campus.school, "campus", "东校区", Tree.RESIDENCE)
        rooms: list[Unit] = []
        wanted = -(-self.student_count // BEDS)
        buildings: dict[int | None, str] = {}
        building_number = 0
        while len(rooms) < wanted:
            building_number += 1
            building = self._unit(east, "building", f"{building_number}号楼", Tree.RESIDENCE, f"{building_number:03}")
            for storey in range(1, FLOORS + 1):
                if len(rooms) >= wanted:
                    break
                floor = self._unit(building, "floor", f"{storey}层", Tree.RESIDENCE)
                buildings[floor.pk] = building.name
                rooms += [
                    self._unit(floor, "room", f"{storey}{door:02}", Tree.RESIDENCE)
                    for door in range(1, min(ROOMS_PER_FLOOR, wanted - len(rooms)) + 1)
                ]
        for n, student in enumerate(campus.students):
            room = rooms[n // BEDS]
            self._belongs(student, room, f"{n % BEDS + 1}")
            campus.homes[student.pk] = f"东校区{buildings[room.parent_id]} {room.name}"

    def _staff(self, campus: Campus, authority: Unit) -> None:
        departments = [self._unit(campus.school, "department", name) for name in DEPARTMENTS]
        homes = (campus.colleges + departments) * (self.staff_count // len(campus.colleges + departments) + 1)
        campus.staff = self._people("staff", homes[: self.staff_count], "09", (26, 58))
        spare = iter(campus.staff[len(campus.colleges) * 2 :])
        posts: list[Post] = []

        def appoint(role: Role, unit: Unit | None, person: Person, ward: Person | None = None) -> None:
            campus.holders.setdefault(role, person)
            posts.append(
                Post(
                    school_id=campus.school.pk, person=person, role=role, unit=unit, ward=ward, starts_at=self.at,
                    recorded_at=self.at,
                )
            )  # fmt: skip

        for n, college in enumerate(campus.colleges):
            appoint(Role.COLLEGE_SECRETARY, college, campus.staff[n])
            appoint(Role.DEAN, college, campus.staff[len(campus.colleges) + n])
        for college in campus.colleges:
            classes = [one for one in campus.classes if one.parent_id == college.pk]
            for start in range(0, len(classes), CLASSES_PER_COUNSELLOR):
                counsellor = next(spare)
                for one in classes[start : start + CLASSES_PER_COUNSELLOR]:
                    appoint(Role.COUNSELLOR, one, counsellor)
        for role in (Role.CLINIC, Role.COUNSELLING, Role.LOGISTICS, Role.GATE, Role.PREVENTION_OFFICE, Role.COMMAND_GROUP,
                     Role.AUDITOR, Role.ADMINISTRATOR):  # fmt: skip
            appoint(role, campus.school, next(spare))
        appoint(Role.AUTHORITY_VIEWER, authority, next(spare))
        firsts = {membership.unit_id: membership.person for membership in reversed(self.memberships)}
        for one in campus.classes[:-1]:  # the last class has no monitor: the chain audit has something to show
            appoint(Role.CLASS_MONITOR, one, firsts[one.pk])
        rooms = list(dict.fromkeys(m.unit for m in self.memberships if m.unit.kind == "room"))
        for room in rooms[: max(1, len(rooms) - HEADLESS_ROOMS)]:  # the audit warns of the last few
            appoint(Role.ROOM_HEAD, room, firsts[room.pk])
        self._party(campus, appoint, next(spare))
        self._guardian(campus, appoint)
        Post.objects.bulk_create(posts, batch_size=2000)

    def _party(self, campus: Campus, appoint: object, secretary: Person) -> None:
        committee = self._unit(campus.school, "committee", "中共云泽大学委员会", Tree.PARTY)
        general = self._unit(committee, "general-branch", "信息工程学院党总支", Tree.PARTY)
        branch = self._unit(general, "branch", "软件工程学生党支部", Tree.PARTY)
        appoint(Role.BRANCH_SECRETARY, branch, secretary)  # type: ignore[operator]
        for student in campus.students[:12]:
            self._belongs(student, branch)

    def _guardian(self, campus: Campus, appoint: object) -> None:
        ward = campus.students[1]
        guardian = Person.objects.create(
            school_id=campus.school.pk, number="JZ000001", name=ward.guardian_name, kind="guardian", created_at=self.at
        )
        appoint(Role.GUARDIAN, None, guardian, ward)  # type: ignore[operator]
