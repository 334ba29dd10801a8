"""The pages of care, as those who use them: the counsellor's list, one plan, one's own day, rooms."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from linglou.domains.care.models import Observation, Plan
from linglou.domains.care.plans import actions
from linglou.engines.rounds.models import Round
from linglou.flows import round_opens_on_schedule
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.care import watched
from tests.factories.cases import case, clinic
from tests.factories.people import Campus, actor, holder
from tests.factories.signals import signal


class Ward:
    def __init__(self) -> None:
        self.campus, self.at = Campus(), clock.now()
        self.doctor = clinic(self.campus.school)
        self.person: Person = self.campus.students[1]
        self.one: Observation = watched(self.person, self.campus.classes[0], at=self.at, day=6)
        self.plan: Plan = self.one.plan
        self.counsellor = self.campus.counsellor

    def page(self, who: Person, url: str) -> str:
        response = browser(who).get(url)
        assert response.status_code == 200
        return response.content.decode()

    def post(self, who: Person, path: str, status: int, **typed: str) -> str:
        response = browser(who).post(f"/care/{self.plan.pk}/{path}", typed)
        assert response.status_code == status, response.content.decode()[:2000]
        return response.content.decode()

    @property
    def doctor_person(self) -> Person:
        return Person.objects.get(pk=self.doctor.person_id)


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward()


def test_the_list_says_who_has_not_been_checked_today_and_every_look_is_on_record(ward: Ward) -> None:
    shown = ward.page(ward.counsellor, "/care/?tab=unchecked")
    assert ward.person.name in shown
    assert "第 6 天，共 21 天" in shown
    assert Entry.objects.filter(action="plan.list", actor_id=ward.counsellor.pk, subject_person_id=ward.person.pk).exists()
    actions.log(
        plan=ward.plan, kind="check", text="", temperature=Decimal("36.4"), by=actor(ward.counsellor), at=clock.now()
    )  # fmt: skip
    assert ward.person.name not in ward.page(ward.counsellor, "/care/?tab=unchecked")


def test_the_plan_keeps_what_was_typed_when_something_is_missing(ward: Ward) -> None:
    shown = ward.post(ward.counsellor, "log/", 422, kind="visit", text="")
    assert "请写一句说明" in shown
    ward.post(ward.counsellor, "log/", 302, kind="visit", text="精神好，能吃饭")
    assert "精神好，能吃饭" in ward.page(ward.counsellor, f"/care/{ward.plan.pk}/")


def test_an_early_release_asks_for_a_reason_on_the_page(ward: Ward) -> None:
    path = f"observations/{ward.one.pk}/release/"
    shown = ward.post(ward.doctor_person, path, 422, **{"fact-no-symptoms": "yes"})
    assert "请写明理由" in shown
    ward.post(ward.doctor_person, path, 302, **{"fact-no-symptoms": "yes", "reason": "核实后不是密接"})
    ward.one.refresh_from_db()
    assert ward.one.state == "released"


def test_the_counselling_centre_sees_the_plan_without_the_disease_or_a_temperature(ward: Ward) -> None:
    centre = holder(Role.COUNSELLING, ward.campus.school)
    actions.log(
        plan=ward.plan, kind="check", text="呕吐两次", temperature=Decimal("38.8"), by=actor(ward.counsellor), at=clock.now()
    )
    shown = ward.page(centre, f"/care/{ward.plan.pk}/")
    assert ward.person.name in shown
    assert "麻疹" not in shown
    assert "38.8" not in shown
    assert "呕吐两次" not in shown
    assert "麻疹" in ward.page(ward.counsellor, f"/care/{ward.plan.pk}/")


def test_ones_own_page_says_the_day_whom_to_call_and_takes_a_need(ward: Ward) -> None:
    round_opens_on_schedule.run(at=clock.now())
    shown = ward.page(ward.person, "/care/mine/")
    assert "第 <b>6</b> 天，共 21 天" in shown
    assert ward.counsellor.name in shown
    assert "12356" in shown
    for round_ in Round.objects.filter(purpose="observation"):
        assert f"/report/{round_.pk}/" in shown
    assert browser(ward.person).post("/care/mine/", {"kind": "meal", "text": "想吃面"}).status_code == 302
    assert "想吃面" in ward.page(ward.person, "/care/mine/")
    assert "您现在不需要观察" in ward.page(ward.campus.students[2], "/care/mine/")
    assert browser(ward.campus.students[2]).post("/care/mine/", {"kind": "meal", "text": "x"}).status_code == 409


def test_the_first_page_tells_who_is_watched_and_nobody_else(ward: Ward) -> None:
    assert "/care/mine/" in ward.page(ward.person, "/")
    assert "/care/mine/" not in ward.page(ward.campus.students[2], "/")


def test_the_bench_shows_what_waits_for_the_clinic(ward: Ward) -> None:
    campus = ward.campus
    signal(campus.students[4], campus.classes[1])
    ill = case(campus.students[3], campus.classes[1], by=ward.doctor)
    over = watched(campus.students[2], campus.classes[0], day=22)
    shown = ward.page(ward.doctor_person, "/clinic/")
    for person in (campus.students[4], ill.person, over.person):
        assert person.name in shown
    assert browser(ward.counsellor).get("/clinic/").status_code == 403


def test_a_closed_plan_tells_the_person_for_a_while(ward: Ward) -> None:
    ward.post(ward.doctor_person, f"observations/{ward.one.pk}/release/", 302, reason="核实后不是密接")
    tomorrow = clock.day_of(clock.now()) + timedelta(days=1)
    ward.post(ward.counsellor, "close/", 422, follow_up_on=str(clock.day_of(clock.now())))
    ward.post(ward.counsellor, "close/", 302, follow_up_on=str(tomorrow), note="好")
    assert "您的观察已于" in ward.page(ward.person, "/care/mine/")
