"""A round whose window passed while the system was down is written down as not asked, reported, and nobody is missing from it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from linglou.engines.notifications.models import Notification
from linglou.engines.rounds import actions as rounds
from linglou.engines.rounds import schedules
from linglou.engines.rounds.models import Closing, NotAsked, Round, Schedule
from linglou.engines.rounds.problems import NOT_OPEN
from linglou.engines.tasks.models import Task
from linglou.flows import round_opens_on_schedule as opening
from linglou.flows import round_slept_through_is_reported as flow
from linglou.flows.tick import tick
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.accounts import browser
from tests.factories.people import Campus, actor, holder
from tests.factories.rounds import schedule
from tests.races import at_once

MONDAY = date(2026, 11, 23)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Days from Monday."""
    return clock.moment(MONDAY + timedelta(days=day), time(hour, minute))


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()


def daily(campus: Campus, opens: time = time(6), closes: time = time(9, 30), **changes: object) -> Schedule:
    """In force, and looked at, since the evening before Monday."""
    fields: dict[str, object] = {"from_day": date(2026, 1, 1), "accounted_until": at(-1, 23)}
    return schedule(campus.school, opens=opens, closes=closes, **(fields | changes))


def run(moment: datetime) -> tuple[int, int]:
    """As in a tick: how many opened, how many were not asked."""
    return opening.run(at=moment), flow.run(at=moment)


def slots() -> list[date]:
    return list(NotAsked.objects.order_by("day").values_list("day", flat=True))


def test_a_window_slept_through_is_reported_once_and_nobody_is_missing(campus: Campus) -> None:
    administrator = holder(Role.ADMINISTRATOR, campus.school)
    asked = daily(campus)
    assert [run(at(0, 12)), run(at(0, 12)), run(at(0, 13))] == [(0, 1), (0, 0), (0, 0)]
    assert slots() == [MONDAY]
    assert not Round.objects.exists()
    assert not Closing.objects.exists()

    task = Task.objects.get()
    assert (task.kind, task.owner_id, task.owner_role, task.state) == (
        "not-asked",
        campus.office.pk,
        "prevention-office",
        "open",
    )
    assert task.due_at == at(0, 16)
    assert asked.title in task.title
    assert set(Notification.objects.values_list("person_id", flat=True)) == {campus.office.pk, administrator.pk}
    assert "没有人因此被记为未报" in Notification.objects.first().body  # type: ignore[union-attr]
    entry = Entry.objects.get(action="round.not-asked")
    assert (entry.subject_id, entry.detail["title"]) == (asked.pk, asked.title)


def test_three_days_make_three_slots_and_one_task_and_the_next_day_is_asked_again(campus: Campus) -> None:
    daily(campus)
    assert run(at(2, 12)) == (0, 3)
    assert slots() == [MONDAY + timedelta(days=n) for n in range(3)]
    assert Task.objects.get().title.endswith("（11月23日至11月25日共 3 次）")
    assert run(at(3, 6)) == (1, 0)
    assert run(at(3, 12)) == (0, 0)


def test_what_was_asked_is_not_reported(campus: Campus) -> None:
    daily(campus)
    assert [run(at(0, 6)), run(at(0, 9, 29)), run(at(0, 9, 30)), run(at(1, 5))] == [(1, 0), (0, 0), (0, 0), (0, 0)]
    assert run(at(1, 9, 30)) == (0, 1)
    assert slots() == [MONDAY + timedelta(days=1)]


@pytest.mark.parametrize(
    ("back_at", "outcome", "day"),
    [
        (at(0, 21, 59), (0, 0), None),
        (at(0, 23, 30), (1, 0), MONDAY),
        (at(1, 5, 30), (1, 0), MONDAY),  # half an hour left: asked
        (at(1, 5, 31), (0, 1), MONDAY),
        (at(1, 6), (0, 1), MONDAY),
        (at(1, 21, 59), (0, 1), MONDAY),
        (at(1, 22, 30), (1, 1), MONDAY),  # Monday's was slept through, Tuesday's runs
    ],
)
def test_across_midnight(campus: Campus, back_at: datetime, outcome: tuple[int, int], day: date | None) -> None:
    daily(campus, opens=time(22), closes=time(6), from_day=MONDAY)
    assert run(back_at) == outcome
    assert run(back_at) == (0, 0)
    assert slots() == ([day] if outcome[1] else [])


def test_a_day_long_round_slept_through_from_midnight_to_midnight(campus: Campus) -> None:
    daily(campus, opens=time(0), closes=time(0), accounted_until=at(0, 0))
    assert run(at(1, 0)) == (1, 1)
    assert slots() == [MONDAY]
    assert Round.objects.get().day == MONDAY + timedelta(days=1)


@pytest.mark.parametrize(("minutes_left", "outcome"), [(6, (1, 0)), (5, (1, 0)), (4, (0, 1))])
def test_of_a_short_window_half_is_enough(campus: Campus, minutes_left: int, outcome: tuple[int, int]) -> None:
    daily(campus, opens=time(9), closes=time(9, 10))
    assert run(at(0, 9, 10 - minutes_left)) == outcome


def test_a_slot_written_down_while_its_window_still_ran_is_not_opened_after_all(campus: Campus) -> None:
    one = daily(campus)
    assert run(at(0, 9, 20)) == (0, 1)
    assert run(at(0, 9, 21)) == (0, 0)
    with pytest.raises(Problem) as refused:
        rounds.open_round(schedule=one, day=MONDAY, at=at(0, 9, 21))
    assert refused.value.kind is NOT_OPEN
    by = actor(campus.office)
    assert schedules.open_by_hand(schedule=one, closes_at=at(0, 12), by=by, at=at(0, 10)).day == MONDAY


def test_a_schedule_that_nobody_looked_at_before_or_that_was_just_saved_has_no_past(campus: Campus) -> None:
    one = daily(campus, accounted_until=None)
    assert run(at(0, 12)) == (0, 0)
    assert run(at(1, 12)) == (0, 1)
    fields = ("title", "purpose", "form_key", "audience", "opens", "from_day", "person_kind")
    plan = schedules.Plan(**{name: getattr(one, name) for name in fields}, closes=time(9))
    schedules.save_schedule(schedule=one, plan=plan, by=actor(campus.office), at=at(5, 10))
    assert run(at(5, 12)) == (0, 0)
    assert run(at(6, 12)) == (0, 1)


def test_what_the_office_arranges_at_the_last_moment_is_asked(campus: Campus) -> None:
    daily(campus, accounted_until=at(0, 9, 19))
    assert run(at(0, 9, 20)) == (1, 0)


def test_days_on_which_it_does_not_ask_and_paused_schedules_are_not_missed(campus: Campus) -> None:
    daily(campus, days="days-off")
    daily(campus, is_active=False)
    daily(campus, to_day=MONDAY - timedelta(days=1))
    assert run(at(3, 12)) == (0, 0)


def test_without_an_office_the_task_has_no_owner_and_climbs(campus: Campus) -> None:
    other = daily(Campus())
    Schedule.objects.filter(pk=other.pk).update(is_active=False)
    daily(campus)
    campus.office.posts.update(superseded_at=at(-1, 0))
    assert run(at(0, 12)) == (0, 1)
    assert Task.objects.get().owner_id is None
    tick(at(0, 16, 1))
    assert Task.objects.get().owner_id == campus.command.pk


def test_a_round_whose_form_is_not_there_is_reported_when_its_time_is_over(campus: Campus) -> None:
    daily(campus, form_key="there-is-none")
    with pytest.raises(IndexError):
        opening.run(at=at(0, 7))
    assert flow.run(at=at(0, 7)) == 0
    assert run(at(0, 9, 30)) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_report_once() -> None:
    campus = Campus()
    daily(campus)
    found = at_once(lambda: flow.run(at=at(0, 12)))
    assert sorted(found) == [0, 1]
    assert (NotAsked.objects.count(), Task.objects.count()) == (1, 1)


def test_it_stands_on_the_closings_page_of_whom_it_concerns(campus: Campus) -> None:
    today = clock.day_of(clock.now())
    for audience, title in ((campus.school, "每日健康填报"), (campus.college, "信息学院午检"), (campus.classes[1], "B班加报")):
        one = schedule(audience, title=title)
        schedules.record_not_asked(schedule=one, day=today - timedelta(days=1), at=clock.now())
    old = schedule(campus.school, title="去年的轮次")
    schedules.record_not_asked(schedule=old, day=today - timedelta(days=60), at=clock.now())
    page = browser(campus.office, second_factor=True).get("/closings/").content.decode()
    assert all(text in page for text in ("未能填报的轮次", "每日健康填报", "信息学院午检", "B班加报"))
    assert "去年的轮次" not in page
    of_class_a = browser(campus.counsellor, second_factor=True).get("/closings/").content.decode()
    assert "每日健康填报" in of_class_a
    assert "B班加报" not in of_class_a
    other = Campus()
    assert "未能填报" not in browser(other.office, second_factor=True).get("/closings/").content.decode()
