"""What is brought to the isolation rooms: for how many, what they eat, and whether there is medicine; no name and no diagnosis."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from python_calamine import CalamineWorkbook

from linglou.domains.care import rules
from linglou.domains.care.models import Plan
from linglou.domains.care.rooms import actions, deliveries
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.care import watched
from tests.factories.cases import clinic
from tests.factories.people import Campus, actor, holder

TODAY = clock.day_of(clock.now())


def moment(hour: int, *, days: int = 0) -> datetime:
    return clock.moment(TODAY + timedelta(days=days), time(hour))


@pytest.mark.parametrize(
    ("begun", "ended", "meals"),
    [
        (moment(20, days=-1), None, ("breakfast", "lunch", "dinner")),
        (moment(10), None, ("lunch", "dinner")),
        (moment(12), None, ("lunch", "dinner")),  # there when it is brought
        (moment(20, days=-1), moment(12), ("breakfast",)),
        (moment(13), moment(17), ()),
        (moment(19), None, ()),
        (moment(8, days=1), None, ()),
    ],
)
def test_who_is_there_when_a_meal_is_brought_gets_it(begun: datetime, ended: datetime | None, meals: tuple[str, ...]) -> None:
    assert rules.meals_of(TODAY, from_at=begun, to_at=ended) == meals
    assert rules.meals_of(date(2020, 1, 1), from_at=begun, to_at=ended) == ()


class Ward:
    def __init__(self) -> None:
        self.campus = Campus()
        self.logistics = holder(Role.LOGISTICS, self.campus.school)
        self.keeper, self.doctor = actor(self.logistics), clinic(self.campus.school)
        self.plans = [watched(one, self.campus.classes[0]).plan for one in self.campus.students[:4]]
        sites = [
            actions.add_site(name=name, kind=kind, address="", by=self.keeper, at=moment(5))
            for name, kind in (("北楼", "isolation-room"), ("酒店", "hotel"))
        ]
        self.north, self.hotel = (
            actions.add_rooms(site=site, names=["101", "102"], beds=2, by=self.keeper, at=moment(5)) for site in sites
        )
        for n, (room, hour) in enumerate(((self.north[0], 6), (self.north[0], 10), (self.north[1], 6), (self.hotel[0], 6))):
            actions.place(plan=self.plans[n], kind=room.site.kind, room=room, detail="", by=self.keeper, at=moment(hour))
        Plan.objects.filter(pk=self.plans[0].pk).update(meals="清真", medicines="异烟肼 每天一次")
        Plan.objects.filter(pk=self.plans[1].pk).update(meals="清真")


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward()


def test_meals_are_counted_by_building_and_only_in_the_schools_own_rooms(ward: Ward) -> None:
    (north,) = deliveries.today(ward.keeper, at=moment(13)).buildings
    assert north.meals == {"breakfast": 2, "lunch": 3, "dinner": 3}
    assert north.diets == [("清真", 2)]
    assert [(one.room, one.diet) for one in north.deliveries] == [("101", "清真"), ("101", "清真"), ("102", "")]


def test_a_medicine_is_named_only_to_those_who_may_know_what_somebody_has(ward: Ward) -> None:
    (north,) = deliveries.today(ward.keeper, at=moment(13)).buildings
    assert [one.medicine for one in north.deliveries] == [None, "", ""]
    (north,) = deliveries.today(ward.doctor, at=moment(13)).buildings
    assert [one.medicine for one in north.deliveries] == ["异烟肼 每天一次", "", ""]


def test_page_workbook_and_api_name_nobody_and_no_disease_and_each_look_is_on_the_trail(ward: Ward) -> None:
    with time_machine.travel(moment(13), tick=False):
        client = browser(ward.logistics)
        page = client.get("/care/rooms/today/").content.decode()
        told = client.get("/api/v1/care/deliveries")
        book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/care/rooms/today.xlsx").content))
    totals, lines = (book.get_sheet_by_index(n).to_python() for n in range(2))
    assert totals[1] == ["北楼", 2, 3, 3, "清真 × 2"]
    assert lines[1] == ["北楼", "101", 1, 1, 1, "清真", "有，向校医院领取"]
    assert told.json()["buildings"][0]["meals"] == {"breakfast": 2, "lunch": 3, "dinner": 3}
    for text in (page, str(told.json()), str(lines)):
        assert "清真" in text
        for kept in ("麻疹", "异烟肼", *(one.name for one in ward.campus.students)):
            assert kept not in text
    assert Entry.objects.filter(action="plan.deliveries", subject_person_id=ward.plans[0].person_id).count() == 3


def test_without_anybody_the_page_says_what_to_do(db: None) -> None:
    campus = Campus()
    page = browser(holder(Role.LOGISTICS, campus.school)).get("/care/rooms/today/").content.decode()
    assert "今天没有要送的" in page
