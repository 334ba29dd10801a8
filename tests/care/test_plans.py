"""One plan per person: people who answer for it, a log, needs that become tasks, a close with a date to ask again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from linglou.domains.care.models import Plan
from linglou.domains.care.observation import actions as observing
from linglou.domains.care.plans import actions, queries
from linglou.domains.care.problems import HOLDS_NO_POST, NEED_ANSWERED, NOBODY_RESPONSIBLE, PLAN_CLOSED, STILL_WATCHED
from linglou.domains.care.rooms import actions as rooms
from linglou.engines.tasks.models import State, Task
from linglou.flows import closed_plan_is_followed_up, need_is_somebodys_task
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Kind, Problem
from tests.factories.care import watched
from tests.factories.cases import clinic
from tests.factories.people import Campus, actor, holder, school, unit
from tests.factories.people import person as somebody


class Ward:
    def __init__(self) -> None:
        self.campus, self.at = Campus(), clock.now()
        self.doctor, self.supporter = clinic(self.campus.school), holder(Role.COUNSELLING, self.campus.school)
        self.logistics = holder(Role.LOGISTICS, self.campus.school)
        self.person: Person = self.campus.students[1]
        self.one = watched(self.person, self.campus.classes[0], at=self.at, day=22)
        self.plan: Plan = self.one.plan
        self.counsellor: Actor = actor(self.campus.counsellor)

    def ask(self, kind: str, text: str = "x") -> Task:
        need = actions.raise_need(plan=self.plan, kind=kind, text=text, by=actor(self.person), at=self.at)
        need_is_somebodys_task.run(at=self.at)
        return Task.objects.get(key=f"care-need:{need.pk}")

    def release(self) -> None:
        observing.release(observation=self.one, said={"no-symptoms": True}, reason="", by=self.doctor, at=self.at)

    def close(self, follow_up: date | None = None) -> Plan:
        follow_up = follow_up or clock.day_of(self.at) + timedelta(days=7)
        return actions.close(plan=self.plan, follow_up_on=follow_up, note="", by=self.counsellor, at=self.at)


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward()


def refused(kind: Kind, do: object) -> None:
    with pytest.raises(Problem) as problem:
        do()  # type: ignore[operator]
    assert problem.value.kind is kind


def test_a_need_goes_to_whoever_can_help(ward: Ward) -> None:
    owners = {kind: ward.ask(kind).owner_id for kind in ("meal", "supply", "medicine", "mind", "study", "other")}
    assert owners == {
        "meal": ward.logistics.pk, "supply": ward.logistics.pk, "medicine": ward.doctor.person_id, "mind": ward.supporter.pk,
        "study": ward.campus.counsellor.pk, "other": ward.campus.counsellor.pk,
    }  # fmt: skip


def test_a_tutor_is_asked_about_studies_once_there_is_one(ward: Ward) -> None:
    actions.name_people(plan=ward.plan, named={"tutor": ward.campus.monitor.pk}, by=ward.counsellor, at=ward.at)
    ward.plan.refresh_from_db()
    assert ward.ask("study").owner_id == ward.campus.monitor.pk


def test_an_answered_need_is_done_and_answered_once(ward: Ward) -> None:
    task = ward.ask("meal")
    need = ward.plan.needs.get()
    actions.answer_need(need=need, answer="已改送清淡餐", by=actor(ward.logistics), at=ward.at)
    need_is_somebodys_task.run(at=ward.at)
    task.refresh_from_db()
    assert task.state == State.DONE
    refused(NEED_ANSWERED, lambda: actions.answer_need(need=need, answer="再答", by=ward.counsellor, at=ward.at))


def test_what_weighs_on_somebody_is_for_the_supporter_alone(ward: Ward) -> None:
    ward.ask("mind", "夜里睡不着")
    need = ward.plan.needs.get()
    assert queries.need(actor(ward.supporter), need.pk, at=ward.at).need.text == "夜里睡不着"
    for other in (ward.counsellor, ward.doctor, actor(ward.campus.office), actor(ward.logistics)):
        refused(NOT_FOUND, lambda other=other: queries.need(other, need.pk, at=ward.at))


def test_who_has_the_task_sees_the_need_and_the_look_is_on_record(ward: Ward) -> None:
    ward.ask("meal", "清淡饮食")
    need = ward.plan.needs.get()
    shown = queries.need(actor(ward.logistics), need.pk, at=ward.at)
    assert (shown.need.text, shown.phone) == ("清淡饮食", None)
    assert Entry.objects.filter(action="plan.read-need", actor_id=ward.logistics.pk).count() == 1
    refused(NOT_FOUND, lambda: queries.need(actor(holder(Role.LOGISTICS, ward.campus.school)), need.pk, at=ward.at))


def test_only_those_with_the_post_can_be_named_and_the_first_two_are_never_empty(ward: Ward) -> None:
    stranger = ward.campus.students[3]
    named = {"responsible": stranger.pk}
    refused(HOLDS_NO_POST, lambda: actions.name_people(plan=ward.plan, named=named, by=ward.counsellor, at=ward.at))
    changed = actions.name_people(
        plan=ward.plan, named={"supporter": None, "clinician": None, "responsible": ward.campus.secretary.pk},
        by=ward.counsellor, at=ward.at,
    )  # fmt: skip
    assert changed.supporter_id == ward.supporter.pk
    assert (changed.clinician_id, changed.responsible_id) == (None, ward.campus.secretary.pk)


def test_a_plan_closes_when_nobody_is_watched_any_more_and_frees_the_bed(ward: Ward) -> None:
    refused(STILL_WATCHED, ward.close)
    site = rooms.add_site(name="隔离楼", kind="isolation-room", address="", by=ward.doctor, at=ward.at)
    (room,) = rooms.add_rooms(site=site, names=["101"], beds=1, by=ward.doctor, at=ward.at)
    rooms.place(plan=ward.plan, kind="isolation-room", room=room, detail="", by=ward.counsellor, at=ward.at)
    ward.release()
    later = ward.at + timedelta(hours=1)
    closed = actions.close(
        plan=ward.plan, follow_up_on=clock.day_of(later) + timedelta(days=7), note="", by=ward.counsellor, at=later
    )  # fmt: skip
    assert closed.state == "closed"
    assert not room.placements.filter(to_at=None).exists()
    refused(PLAN_CLOSED, lambda: actions.raise_need(plan=closed, kind="meal", text="x", by=ward.counsellor, at=later))


def test_the_follow_up_is_asked_for_once_on_its_day(ward: Ward) -> None:
    ward.release()
    day = clock.day_of(ward.at) + timedelta(days=7)
    ward.close(day)

    def run(at: datetime) -> int:
        return closed_plan_is_followed_up.run(at=at)

    assert run(clock.moment(day - timedelta(days=1), time(12))) == 0
    assert run(clock.moment(day, time(7, 59))) == 0
    assert run(clock.moment(day, time(8))) == 1
    assert run(clock.moment(day, time(9))) == 0
    assert Task.objects.get(kind="care-follow-up").owner_id == ward.campus.counsellor.pk


def test_a_school_without_any_post_refuses_rather_than_leave_somebody_alone(db: None) -> None:
    bare = school()
    lonely = somebody(unit(unit(bare, "college"), "class"))
    refused(NOBODY_RESPONSIBLE, lambda: actions.open_for(
        school_id=bare.pk, units={lonely.pk: lonely.memberships.get().unit_id}, by=None, at=clock.now()
    ))  # fmt: skip
    assert not Plan.objects.exists()


def test_the_one_who_is_watched_sees_it_all_and_nobody_without_a_plan_sees_anything(ward: Ward) -> None:
    shown = queries.own(ward.person, at=ward.at)
    assert shown is not None
    assert shown.standing is not None
    assert shown.standing.is_over
    assert [label for label, _person in shown.carers] == ["责任人", "校医", "心理支持人"]
    assert queries.own(ward.campus.students[2], at=ward.at) is None
