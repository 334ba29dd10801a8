"""Members come, change and go; each field of work has one leader, and what is wrong is found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from linglou.domains.command.group import actions, queries
from linglou.domains.command.group.rules import Fault
from linglou.domains.command.models import Member, OwnArea, Position, Responsibility
from linglou.domains.command.problems import ALREADY_MEMBER, AREA_EXISTS, NOT_A_MEMBER, OWN_DEPUTY, UNKNOWN_AREA
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import actions as people
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Kind, Problem
from tests.factories.command import member
from tests.factories.people import Campus, actor, holder, person


class Room:
    def __init__(self) -> None:
        self.campus, self.at = Campus(), clock.now()
        self.school = self.campus.school
        self.by: Any = {"by": actor(self.campus.office), "at": self.at}
        self.leader = member(self.campus, "leader")
        self.second = member(self.campus, "deputy-leader", deputy=self.leader.person)

    def assign(self, key: str, who: Member, *, alone: bool = True) -> Responsibility:
        return actions.assign(key=key, person_id=who.person_id, alone=alone, **self.by)

    def holders(self, area: str) -> list[int]:
        return [one.person_id for one in queries.responsible(self.school.pk).by_area.get(area, [])]

    def faults(self, fault: Fault) -> list[tuple[str, list[str]]]:
        return [(one.what, one.who) for one in queries.audit(self.school.pk, self.at) if one.finding.fault is fault]


@pytest.fixture
def room(db: None) -> Room:
    return Room()


def refused(kind: Kind) -> pytest.RaisesExc[Problem]:
    return pytest.RaisesExc(Problem, check=lambda problem: problem.kind is kind)


def test_members_stand_in_the_order_of_their_position_and_a_change_keeps_what_was(room: Room) -> None:
    third = member(room.campus)
    changed = actions.change_member(member=third, position="leader", duty="校长", deputy=room.second.person, **room.by)
    assert [one.pk for one in queries.members(room.school.pk)] == [room.leader.pk, changed.pk, room.second.pk]
    third.refresh_from_db()
    assert (third.to_at, third.position) == (room.at, Position.MEMBER)
    same = actions.change_member(member=changed, position="leader", duty="校长", deputy=room.second.person, **room.by)
    assert same.pk == changed.pk
    assert room.faults(Fault.SEVERAL_LEADERS) == [("", [room.leader.person.name, changed.person.name])]


def test_nobody_is_a_member_twice_or_their_own_deputy(room: Room) -> None:
    with refused(ALREADY_MEMBER):
        actions.add_member(person=room.leader.person, position="member", duty="x", deputy=None, **room.by)
    with refused(OWN_DEPUTY):
        actions.change_member(member=room.leader, position="leader", duty="x", deputy=room.leader.person, **room.by)
    with refused(OWN_DEPUTY):
        someone = holder(Role.DEAN, room.campus.college)
        actions.add_member(person=someone, position="member", duty="x", deputy=someone, **room.by)
    actions.end_member(member=room.second, **room.by)
    with refused(NOT_A_MEMBER):
        actions.end_member(member=room.second, **room.by)


def test_whoever_is_made_responsible_alone_takes_over_and_others_may_overlap_until_mended(room: Room) -> None:
    room.assign("area:gate", room.leader)
    room.assign("area:gate", room.second, alone=False)
    assert room.holders("gate") == [room.leader.person_id, room.second.person_id]
    assert room.faults(Fault.OVERLAP) == [("校门与校园安全", [room.leader.person.name, room.second.person.name])]
    room.assign("area:gate", room.second)
    assert room.holders("gate") == [room.second.person_id]
    assert room.faults(Fault.OVERLAP) == []
    assert Responsibility.objects.filter(area="gate").count() == 2  # what was stays on record


def test_every_field_of_work_and_every_unit_without_a_leader_is_a_gap(room: Room) -> None:
    lines = queries.division(room.school.pk, room.at)
    gaps = {what for what, _who in room.faults(Fault.GAP)}
    assert gaps == {one.name for one in (*lines.areas, *lines.units)}
    assert room.campus.college.name in gaps
    for line in (*lines.areas, *lines.units):
        room.assign(line.key, room.second)
    assert room.faults(Fault.GAP) == []
    actions.end_member(member=room.second, **room.by)
    assert {what for what, _who in room.faults(Fault.GAP)} == gaps  # who goes leaves gaps


def test_who_sees_to_a_field_is_its_leader_else_the_leader_of_the_group(room: Room) -> None:
    assert queries.owner_of(room.school.pk, "gate") == room.leader.person_id
    room.assign("area:gate", room.second)
    assert queries.owner_of(room.school.pk, "gate") == room.second.person_id
    other = Campus()
    assert queries.owner_of(other.school.pk, "gate") is None


def test_only_members_are_responsible_and_only_for_what_there_is(room: Room) -> None:
    outsider = holder(Role.DEAN, room.campus.college)
    with refused(NOT_A_MEMBER):
        actions.assign(key="area:gate", person_id=outsider.pk, alone=True, **room.by)
    elsewhere = Campus()
    for key in ("area:dancing", "unit:0", f"unit:{room.campus.classes[0].pk}", f"unit:{elsewhere.college.pk}", "gate"):
        with refused(UNKNOWN_AREA):
            room.assign(key, room.leader)


def test_a_school_adds_fields_of_work_of_its_own_and_closes_them(room: Room) -> None:
    area = actions.add_area(name="民族学生工作", **room.by)
    room.assign(f"area:{area.area}", room.second)
    for name in ("民族学生工作", "后勤与餐饮"):
        with refused(AREA_EXISTS):
            actions.add_area(name=name, **room.by)
    actions.close_area(area_id=area.pk, **room.by)
    assert area.area not in queries.area_names(room.school.pk, room.at)
    assert not Responsibility.objects.filter(area=area.area, to_at=None).exists()
    with refused(NOT_FOUND):
        actions.close_area(area_id=area.pk, **room.by)
    assert OwnArea.objects.get().closed_at == room.at


def test_relieving_is_once_and_at_home(room: Room) -> None:
    held = room.assign("area:gate", room.leader)
    other = actor(Campus().office)
    with refused(NOT_FOUND):
        actions.relieve(responsibility_id=held.pk, by=other, at=room.at)
    actions.relieve(responsibility_id=held.pk, **room.by)
    with refused(NOT_FOUND):
        actions.relieve(responsibility_id=held.pk, **room.by)
    assert room.holders("gate") == []


def test_who_left_the_school_or_holds_no_post_is_found(room: Room) -> None:
    guest = person(room.school, kind="staff")
    joined = actions.add_member(person=guest, position="member", duty="校医院院长", deputy=None, **room.by)
    assert room.faults(Fault.NO_POST) == [("", [guest.name])]
    people.depart(person=guest, at=room.at - timedelta(seconds=1), by=None, reason="resigned")
    assert room.faults(Fault.LEFT) == [("", [guest.name])]
    assert joined.person_id == guest.pk


def test_every_number_shown_on_the_contact_sheet_is_a_look_at_that_person(room: Room) -> None:
    room.assign("area:gate", room.second)
    lines = actions.contact_sheet(**room.by)
    assert [(line[0].person_id, line[1]) for line in lines] == [
        (room.leader.person_id, []), (room.second.person_id, ["校门与校园安全"]),
    ]  # fmt: skip
    looks = Entry.objects.filter(action="group.read-numbers", is_read=True).values_list("subject_person_id", flat=True)
    assert sorted(looks) == sorted([room.leader.person_id, room.second.person_id])
