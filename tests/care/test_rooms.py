"""Isolation rooms hold as many as they have beds, also when two ask for the last one at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.domains.care.models import Placement
from linglou.domains.care.problems import BEDS_IN_USE, NAME_TAKEN, ROOM_FULL
from linglou.domains.care.rooms import actions, queries
from linglou.foundation.access.roles import Role
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.care import watched
from tests.factories.people import Campus, actor, holder
from tests.races import at_once


class Ward:
    def __init__(self) -> None:
        self.campus, self.at = Campus(), clock.now()
        self.keeper = actor(holder(Role.LOGISTICS, self.campus.school))
        self.plans = [watched(one, self.campus.classes[0]).plan for one in self.campus.students[:3]]
        self.site = actions.add_site(name="隔离楼", kind="isolation-room", address="", by=self.keeper, at=self.at)
        self.rooms = actions.add_rooms(site=self.site, names=["101", "102"], beds=1, by=self.keeper, at=self.at)

    def place(self, n: int, room: int | None, hours: int = 0) -> Placement:
        return actions.place(
            plan=self.plans[n], kind="isolation-room" if room is not None else "home",
            room=self.rooms[room] if room is not None else None, detail="", by=self.keeper, at=self.at + timedelta(hours=hours),
        )  # fmt: skip


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward()


def test_a_full_room_takes_nobody_until_somebody_moves_out(ward: Ward) -> None:
    ward.place(0, 0)
    with pytest.raises(Problem) as refused:
        ward.place(1, 0)
    assert refused.value.kind is ROOM_FULL
    assert not Placement.objects.filter(plan=ward.plans[1]).exists()
    ward.place(0, 1, hours=1)
    assert ward.place(1, 0, hours=1).room == ward.rooms[0]
    assert queries.free_rooms(ward.campus.school.pk) == []


def test_a_move_ends_the_place_before_and_the_same_place_again_changes_nothing(ward: Ward) -> None:
    first = ward.place(0, 0)
    assert ward.place(0, 0, hours=1).pk == first.pk
    ward.place(0, None, hours=2)
    first.refresh_from_db()
    assert first.to_at == ward.at + timedelta(hours=2)
    assert [room.name for room in queries.free_rooms(ward.campus.school.pk)] == ["101", "102"]


def test_occupancy_adds_up(ward: Ward) -> None:
    ward.place(0, 0)
    (row,) = queries.sites(ward.keeper)
    assert (row.beds, row.taken, row.free) == (2, 1, 1)
    assert [len(room.inside) for room in row.rooms] == [1, 0]


def test_beds_in_use_stay_and_a_name_is_used_once(ward: Ward) -> None:
    ward.place(0, 0)
    with pytest.raises(Problem) as refused:
        actions.change_beds(room=ward.rooms[0], beds=0, by=ward.keeper, at=ward.at)
    assert refused.value.kind is BEDS_IN_USE
    assert actions.change_beds(room=ward.rooms[1], beds=0, by=ward.keeper, at=ward.at).beds == 0
    assert queries.free_rooms(ward.campus.school.pk) == []
    with pytest.raises(Problem) as refused:
        actions.add_site(name="隔离楼", kind="hotel", address="", by=ward.keeper, at=ward.at)
    assert refused.value.kind is NAME_TAKEN
    assert (
        actions.add_rooms(site=ward.site, names=["102", " 103 ", "103", ""], beds=2, by=ward.keeper, at=ward.at)[0].name
        == "103"
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_for_the_last_bed_one_gets_it(transactional_db: None) -> None:
    ward = Ward()
    turns = iter([0, 1])

    def take() -> bool:
        try:
            ward.place(next(turns), 0)
        except Problem as problem:
            return problem.kind is not ROOM_FULL
        return True

    assert sorted(at_once(take)) == [False, True]
    assert Placement.objects.filter(room=ward.rooms[0], to_at=None).count() == 1
