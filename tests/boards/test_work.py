"""今日跟进 answers "whom do I call now": the most needful first, with what one owes and how one's classes stand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.boards import work as works
from linglou.engines.rounds import actions as rounds
from linglou.engines.rounds import attempts
from linglou.engines.rounds.models import Attempt
from linglou.foundation.access.roles import Role
from linglou.foundation.people import actions as people
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.boards import PHONE, Morning, looking
from tests.factories.people import Campus, actor, long_ago, person
from tests.factories.rounds import open_round, schedule, submission, submit
from tests.factories.signals import signal
from tests.factories.tasks import task

pytestmark = pytest.mark.django_db


def called(work: works.Work) -> list[int]:
    return [call.person.person_id for call in work.calls]


def test_the_most_needful_first() -> None:
    campus = Campus()
    room = campus.classes[0]
    reached, tried, plain, again, sick = people_ = [person(room) for _ in range(5)]
    daily = schedule(campus.school)
    at = clock.now()
    yesterday = rounds.open_round(schedule=daily, day=clock.day_of(at - timedelta(days=1)), at=at - timedelta(days=1))
    submit(*(submission(yesterday, p, at=at - timedelta(days=1)) for p in [*people_, *campus.students] if p is not again))
    today = rounds.open_round(schedule=daily, day=clock.day_of(at), at=at)
    submit(*(submission(today, p) for p in campus.students))
    by = actor(campus.counsellor)
    attempts.log(round_=today, person=reached, result=Attempt.REACHED, by=by, at=at)
    attempts.log(round_=today, person=tried, result=Attempt.UNREACHABLE, by=by, at=at)
    signal(sick, room, severity=3)
    work, _rounds = works.of(by, at=clock.now())
    assert called(work) == [sick.pk, again.pk, plain.pk, tried.pk, reached.pk]
    assert [call.has_signal for call in work.calls] == [True, False, False, False, False]
    assert [call.also_missing_before for call in work.calls] == [False, True, False, False, False]
    assert (work.to_call, work.missing, work.roster) == (5, 5, 8)


def page(who: Person) -> str:
    answer = looking(who).get("/work/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_counsellor_sees_numbers_tasks_and_classes() -> None:
    morning = Morning()
    campus = morning.campus
    task(campus.classes[0], owner=campus.counsellor, title="核实去向：某某")
    shown = page(campus.counsellor)
    assert morning.missing[0].name in shown
    assert f"tel:{PHONE}" in shown
    assert campus.classes[0].name in shown
    assert "核实去向：某某" in shown
    assert "我代报 1" in shown
    assert morning.missing[1].name not in shown


def test_a_monitor_sees_whether_only() -> None:
    morning = Morning()
    signal(morning.missing[0], morning.campus.classes[0], severity=3)
    shown = page(morning.campus.monitor)
    assert morning.missing[0].name in shown
    assert PHONE not in shown
    assert "有异常信号" not in shown
    assert "异常" not in shown
    assert "有异常信号" in page(morning.campus.counsellor)


def test_a_room_head_sees_the_room() -> None:
    morning = Morning()
    campus = morning.campus
    head = campus.students[3]
    people.appoint(person=head, role=Role.ROOM_HEAD, unit=campus.rooms[1], at=long_ago(), by=None)
    shown = page(head)
    assert campus.rooms[1].name in shown
    assert morning.missing[2].name in shown
    assert morning.missing[0].name not in shown


def test_somebody_under_two_of_ones_posts_is_listed_once() -> None:
    morning = Morning()
    campus = morning.campus
    people.appoint(person=campus.monitor, role=Role.ROOM_HEAD, unit=campus.rooms[0], at=long_ago(), by=None)
    work, _rounds = works.of(actor(campus.monitor), at=clock.now())
    assert called(work) == [morning.missing[0].pk]
    assert {count.unit_id for count in work.units} == {campus.classes[0].pk, campus.rooms[0].pk}


def test_whoever_leads_a_college_sees_its_classes() -> None:
    morning = Morning()
    shown = page(morning.campus.secretary)
    assert all(f"/missing/{one.pk}/" in shown for one in morning.campus.classes)
    assert morning.missing[0].name not in shown


def test_nobody_missing_and_no_round_are_said() -> None:
    campus = Campus()
    assert "现在没有轮次" in page(campus.counsellor)
    round_ = open_round(campus.school)
    submit(*(submission(round_, student) for student in campus.students))
    assert "全部到齐" in page(campus.counsellor)
    assert looking(campus.students[5]).get("/work/").status_code == 403


def test_a_task_is_called_in_the_readers_language() -> None:
    campus = Campus()
    task(campus.classes[0], owner=campus.counsellor, kind="signal", title="处置异常信号（软件2401A）")
    browser = looking(campus.counsellor)
    assert f"处置异常信号：{campus.classes[0].name}" in browser.get("/work/").content.decode()
    browser.cookies["language"] = "en"
    page = browser.get("/work/").content.decode()
    assert f"Handle a signal: {campus.classes[0].name}" in page
    assert "处置异常信号" not in page
