"""The level that holds sets the reporting of the day, hands out its measures and is told; undone, everything is as it was."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from linglou.domains.command.levels import actions, queries
from linglou.domains.command.models import LevelChange, LevelSchedule
from linglou.engines.notifications.models import Notification
from linglou.engines.rounds import actions as rounds
from linglou.engines.rounds.models import Asks, Form, Round, Schedule, State
from linglou.engines.tasks.models import Task
from linglou.flows import (
    level_change_is_told,
    level_in_force_sets_reporting,
    level_measures_are_somebodys_task,
    round_closes_on_time,
    round_opens_on_schedule,
    round_slept_through_is_reported,
)
from linglou.kernel import clock
from tests.factories.command import member, switch
from tests.factories.people import Campus, actor


class Days:
    """A school that asks students and colleges daily, and a clock to turn."""

    def __init__(self) -> None:
        self.campus = Campus()
        school = self.campus.school
        self.today = clock.day_of(clock.now())
        for key in ("daily-health", "unit-zero"):
            Form.objects.create(school=school, key=key, version=1, title=key, published_at=clock.now())
        common = {"school": school, "audience": school, "from_day": self.today - timedelta(days=3), "opens": time(0, 10)}
        self.daily = Schedule.objects.create(
            title="学生每日健康填报",
            purpose="daily-health",
            form_key="daily-health",
            person_kind="student",
            closes=time(18),
            **common,
        )
        self.zero = Schedule.objects.create(
            title="学院零报告", purpose="unit-zero", form_key="unit-zero", asks=Asks.UNITS, unit_kind="college",
            closes=time(23, 50), **common,
        )  # fmt: skip

    def at(self, hour: int, minute: int = 0, *, day: int = 0) -> datetime:
        return clock.moment(self.today + timedelta(days=day), time(hour, minute))

    def tick(self, at: datetime) -> None:
        for flow in (
            level_change_is_told, level_in_force_sets_reporting, level_measures_are_somebodys_task, round_opens_on_schedule,
            round_slept_through_is_reported, round_closes_on_time,
        ):  # fmt: skip
            flow.run(at=at)

    def switch(self, level: str, at: datetime, from_at: datetime | None = None) -> LevelChange:
        return switch(self.campus, level, at=at, from_at=from_at)

    def undo(self, change: LevelChange, at: datetime) -> None:
        actions.undo(change_id=change.pk, reason="登记有误", by=actor(self.campus.command), at=at)

    def opened(self, day: int = 0) -> list[tuple[str, int]]:
        """(title, hour of closing) of the rounds of a day."""
        found = Round.objects.filter(school=self.campus.school, day=self.today + timedelta(days=day)).order_by(
            "closes_at", "pk"
        )
        return [(one.title, clock.local(one.closes_at).hour) for one in found]


@pytest.fixture
def days(db: None) -> Days:
    return Days()


def test_from_tomorrow_two_reports_a_day_and_the_zero_report_by_five(days: Days) -> None:
    days.switch("II", days.at(9), days.at(0, day=1))
    days.tick(days.at(9, 5))
    assert days.opened() == [("学生每日健康填报", 18), ("学院零报告", 23)]  # today is as it was
    for hour in (0, 1, 9, 14, 20):
        days.tick(days.at(hour, 15, day=1))
    assert days.opened(1) == [
        ("学院零报告（17:00 前）", 17), ("学生每日健康填报", 18), ("学生每日健康填报（第 2 次）", 18),
    ]  # fmt: skip
    second = Round.objects.get(title="学生每日健康填报（第 2 次）")
    assert (second.purpose, second.person_kind, clock.local(second.opens_at).time()) == (
        "daily-health",
        "student",
        time(13, 30),
    )


def test_applying_twice_changes_nothing(days: Days) -> None:
    change = days.switch("II", days.at(0, 1))
    days.tick(days.at(0, 15))
    before = Schedule.objects.count(), LevelSchedule.objects.count(), Task.objects.count(), Notification.objects.count()
    LevelChange.objects.filter(pk=change.pk).update(told_at=None, reporting_set_at=None, measures_assigned_at=None)
    days.tick(days.at(0, 16))
    assert (
        Schedule.objects.count(),
        LevelSchedule.objects.count(),
        Task.objects.count(),
        Notification.objects.count(),
    ) == before


def test_a_milder_level_ends_what_the_stricter_opened_and_the_schools_own_goes_on(days: Days) -> None:
    days.switch("I", days.at(0, 1))
    days.tick(days.at(0, 5))
    assert Schedule.objects.filter(is_active=True).count() == 4  # thrice a day, and the earlier zero report
    days.switch("routine", days.at(20), days.at(0, day=1))
    days.tick(days.at(0, 1, day=1))
    assert set(Schedule.objects.filter(is_active=True)) == {days.daily, days.zero}
    days.tick(days.at(9, day=1))
    assert days.opened(1) == [("学生每日健康填报", 18), ("学院零报告", 23)]


def test_undoing_calls_off_what_was_asked_by_mistake_and_nobody_is_missing_from_it(days: Days) -> None:
    days.tick(days.at(9))
    change = days.switch("II", days.at(14))
    days.tick(days.at(14, 1))
    assert ("学生每日健康填报（第 2 次）", 18) in days.opened()
    days.undo(change, days.at(14, 30))
    days.tick(days.at(14, 31))
    assert days.opened() == [("学生每日健康填报", 18), ("学院零报告", 23)]
    off = Round.every.get(title="学生每日健康填报（第 2 次）")
    assert (off.state, off.closed_at) == (State.VOID, days.at(14, 31))
    days.tick(days.at(19))
    assert not Task.objects.filter(key__startswith=f"missing:{off.pk}:").exists()
    assert Task.objects.filter(key__startswith="missing:").exists()  # of the round that was asked
    assert set(Schedule.objects.filter(is_active=True)) == {days.daily, days.zero}


def test_a_round_that_was_called_off_is_not_opened_again(days: Days) -> None:
    change = days.switch("II", days.at(14))
    days.tick(days.at(14, 1))
    days.undo(change, days.at(14, 30))
    days.tick(days.at(14, 31))
    off = Round.every.get(state=State.VOID, purpose="daily-health")
    Schedule.objects.filter(pk=off.schedule_id).update(is_active=True)
    days.tick(days.at(14, 40))
    assert Round.every.filter(schedule_id=off.schedule_id).count() == 1


def test_a_zero_report_that_is_open_today_is_not_asked_twice(days: Days) -> None:
    days.tick(days.at(9))
    days.switch("III", days.at(10))
    days.tick(days.at(10, 1))
    assert [title for title, _hour in days.opened() if "零报告" in title] == ["学院零报告"]
    days.tick(days.at(9, day=1))
    assert [title for title, _hour in days.opened(1) if "零报告" in title] == ["学院零报告（17:00 前）"]
    days.switch("routine", days.at(12, day=1))
    days.tick(days.at(12, 1, day=1))
    days.tick(days.at(12, 2, day=1))
    assert [title for title, _hour in days.opened(1) if "零报告" in title] == ["学院零报告（17:00 前）"]  # asked once today
    days.tick(days.at(9, day=2))
    assert [title for title, _hour in days.opened(2) if "零报告" in title] == ["学院零报告"]


def test_a_schedule_the_office_opens_by_hand_is_not_touched(days: Days) -> None:
    days.switch("II", days.at(0, 1))
    days.tick(days.at(0, 5))
    own = Schedule.objects.create(
        school=days.campus.school, audience=days.campus.school, title="教职工每日健康填报", purpose="daily-health",
        form_key="daily-health", person_kind="staff", opens=time(0, 10), closes=time(18), from_day=days.today,
    )  # fmt: skip
    days.switch("routine", days.at(1))
    days.tick(days.at(1, 1))
    own.refresh_from_db()
    assert own.is_active


def test_new_measures_are_tasks_of_their_leaders_and_cancelled_when_undone(days: Days) -> None:
    leader = member(days.campus, "leader")
    days.switch("III", days.at(7))
    days.tick(days.at(7, 1))
    assert sorted(Task.objects.filter(kind="level-measure").values_list("title", flat=True)) == [
        "落实措施：因病缺课登记追踪（Ⅲ级响应）", "落实措施：校门测温、查验证件（Ⅲ级响应）",
    ]  # fmt: skip
    change = days.switch("II", days.at(8))
    days.tick(days.at(8, 1))
    new = Task.objects.filter(key__startswith=f"level:{change.pk}:")
    assert {(task.owner_id, task.due_at) for task in new} == {(leader.person_id, days.at(8, 1, day=1))}
    assert len(new) == 3
    days.undo(change, days.at(9))
    days.tick(days.at(9, 1))
    assert set(new.values_list("state", flat=True)) == {"cancelled"}
    assert sorted(Task.objects.filter(kind="level-measure", state="open").values_list("title", flat=True)) == [
        "落实措施：因病缺课登记追踪（Ⅲ级响应）", "落实措施：校门测温、查验证件（Ⅲ级响应）",
    ]  # fmt: skip


def test_whoever_leads_is_told_once_when_it_is_recorded_and_once_when_it_is_undone(days: Days) -> None:
    change = days.switch("II", days.at(9), days.at(0, day=1))
    for minute in (1, 2):
        days.tick(days.at(9, minute))
    told = Notification.objects.filter(topic="level")
    leaders = {one.pk for one in (days.campus.counsellor, days.campus.secretary, days.campus.office, days.campus.command)}
    assert leaders <= set(told.values_list("person_id", flat=True))
    assert days.campus.monitor.pk not in set(told.values_list("person_id", flat=True))
    first = told.count()
    days.undo(change, days.at(10))
    for minute in (1, 2):
        days.tick(days.at(10, minute))
    assert told.count() == 2 * first
    assert set(told.filter(key__endswith="set:" + str(days.campus.office.pk)).values_list("subject", flat=True)) == {
        "响应级别：Ⅱ级响应"
    }


def test_a_change_that_is_undone_before_its_day_never_does_anything(days: Days) -> None:
    change = days.switch("I", days.at(9), days.at(0, day=1))
    days.undo(change, days.at(10))
    days.tick(days.at(10, 1))
    days.tick(days.at(9, day=1))
    assert set(Schedule.objects.all()) == {days.daily, days.zero}
    assert not Task.objects.filter(kind="level-measure").exists()


def test_a_school_without_a_zero_report_gets_one_with_its_form(days: Days) -> None:
    rounds.open_round(schedule=days.daily, day=days.today, at=days.at(0, 10))
    days.zero.delete()
    Form.objects.filter(key="unit-zero").delete()
    days.switch("III", days.at(0, 11))
    days.tick(days.at(0, 12))
    assert ("学院零报告（17:00 前）", 17) in days.opened()
    assert Form.objects.filter(key="unit-zero").count() == 1


def test_an_undoing_while_a_tick_runs_is_applied_by_the_next(days: Days) -> None:
    change = days.switch("II", days.at(9))
    days.tick(days.at(9, 1))
    days.undo(change, days.at(9, 30))
    days.tick(days.at(9, 29))  # it began before the undoing was recorded
    days.tick(days.at(9, 31))
    assert set(Schedule.objects.filter(is_active=True)) == {days.daily, days.zero}
    assert not Round.objects.filter(title__contains="第 2 次").exists()


def test_a_mistaken_switch_undone_does_not_ask_for_the_report_that_is_open_once_more(days: Days) -> None:
    days.switch("II", days.at(0, 1))
    days.tick(days.at(14))
    mistaken = days.switch("I", days.at(14, 10))
    days.tick(days.at(14, 11))
    days.undo(mistaken, days.at(14, 20))
    for minute in (21, 22):
        days.tick(days.at(14, minute))
    second = Round.objects.filter(title="学生每日健康填报（第 2 次）", day=days.today)
    assert [(clock.local(one.opens_at).time(), one.state) for one in second] == [(time(13, 30), State.OPEN)]
    days.tick(days.at(14, day=1))
    assert Round.objects.filter(title="学生每日健康填报（第 2 次）", day=days.today + timedelta(days=1)).count() == 1


def test_undone_after_midnight_the_day_is_asked_as_the_school_has_it(days: Days) -> None:
    change = days.switch("II", days.at(0, 1))
    days.tick(days.at(0, 15))
    days.tick(days.at(14))
    days.undo(change, days.at(0, 5, day=1))
    for hour in (1, 14):
        days.tick(days.at(hour, day=1))
    assert days.opened(1) == [("学生每日健康填报", 18), ("学院零报告", 23)]
    assert ("学生每日健康填报（第 2 次）", 18) in days.opened()  # yesterday's was asked and closed: it stays


def test_what_the_office_arranges_meanwhile_is_followed(days: Days) -> None:
    days.switch("II", days.at(0, 1))
    days.tick(days.at(0, 5))
    Schedule.objects.filter(pk=days.daily.pk).update(is_active=False)
    days.tick(days.at(1))
    assert not Schedule.objects.filter(is_active=True, title__contains="第 2 次").exists()
    Schedule.objects.filter(pk=days.daily.pk).update(is_active=True)
    Schedule.objects.filter(pk=days.zero.pk).update(closes=time(16))  # paused by the level, edited by the office
    days.tick(days.at(2))
    assert set(Schedule.objects.filter(is_active=True).values_list("title", flat=True)) == {
        "学生每日健康填报", "学生每日健康填报（第 2 次）", "学院零报告",
    }  # fmt: skip


def test_a_schedule_paused_by_a_level_and_resumed_by_hand_stays_when_the_level_ends(days: Days) -> None:
    days.switch("III", days.at(0, 1))
    days.tick(days.at(0, 5))
    Schedule.objects.filter(pk=days.zero.pk).update(is_active=True)
    days.tick(days.at(1))
    days.switch("routine", days.at(2))
    days.tick(days.at(2, 1))
    assert set(Schedule.objects.filter(is_active=True)) == {days.daily, days.zero}
    assert not LevelSchedule.objects.filter(ended_at=None).exists()


def test_measures_of_a_level_that_ended_are_nobodys_task_and_come_back_with_it(days: Days) -> None:
    member(days.campus, "leader")
    days.switch("II", days.at(7))
    days.switch("III", days.at(8))  # both are due at the same tick
    days.tick(days.at(8, 1))
    open_tasks = Task.objects.filter(kind="level-measure", state="open")
    assert {task.title[5:9] for task in open_tasks.all()} == {"校门测温", "因病缺课"}
    mistaken = days.switch("routine", days.at(9))
    days.tick(days.at(9, 1))
    assert not open_tasks.all().exists()
    days.undo(mistaken, days.at(10))
    for minute in (1, 2):
        days.tick(days.at(10, minute))
    assert sorted(task.title[5:9] for task in open_tasks.all()) == ["因病缺课", "校门测温"]
    rows = queries.measures(queries.in_force(days.campus.school.pk, days.at(10, 2)))
    assert [row.task and row.task.state for row in rows] == ["open", "open"]


def test_a_settled_measure_is_not_asked_for_again_when_the_level_comes_back(days: Days) -> None:
    member(days.campus, "leader")
    days.switch("III", days.at(7))
    days.tick(days.at(7, 1))
    Task.objects.filter(kind="level-measure").update(state="done", outcome="in-place", settled_at=days.at(8))
    mistaken = days.switch("routine", days.at(9))
    days.tick(days.at(9, 1))
    days.undo(mistaken, days.at(10))
    days.tick(days.at(10, 1))
    assert not Task.objects.filter(kind="level-measure", state="open").exists()
