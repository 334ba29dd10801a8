"""When rounds open: days, windows over midnight, several a day, by hand; and the page on which the office edits it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine

from linglou.engines.rounds import actions, schedules
from linglou.engines.rounds.models import Days, Form, Round, Schedule
from linglou.flows import round_opens_on_schedule
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.accounts import browser
from tests.factories.daily import publish
from tests.factories.people import Campus, actor
from tests.factories.rounds import schedule

pytestmark = pytest.mark.django_db
MONDAY, SUNDAY = date(2026, 11, 23), date(2026, 11, 29)


@pytest.fixture
def campus() -> Campus:
    return Campus()


def at(day: date, text: str) -> datetime:
    return clock.moment(day, time.fromisoformat(text))


def due(moment: datetime) -> list[date]:
    return [day for _schedule, day in round_opens_on_schedule.due(moment)]


@pytest.mark.parametrize(
    ("opens", "closes", "moment", "expected"),
    [
        ("06:00", "18:00", at(MONDAY, "05:59"), []),
        ("06:00", "18:00", at(MONDAY, "06:00"), [MONDAY]),
        ("06:00", "18:00", at(MONDAY, "17:59"), [MONDAY]),
        ("06:00", "18:00", at(MONDAY, "18:00"), []),
        ("20:00", "02:00", at(MONDAY, "21:00"), [MONDAY]),
        ("20:00", "02:00", at(MONDAY, "01:59"), [MONDAY - timedelta(days=1)]),
        ("20:00", "02:00", at(MONDAY, "02:00"), []),
        ("00:00", "00:00", at(MONDAY, "00:00"), [MONDAY]),
    ],
)
def test_a_slot_is_due_while_its_window_lasts(
    campus: Campus, opens: str, closes: str, moment: datetime, expected: list[date]
) -> None:
    schedule(campus.school, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes), from_day=date(2026, 1, 1))
    assert due(moment) == expected


def test_a_round_over_midnight_belongs_to_the_day_it_opened(campus: Campus) -> None:
    night = schedule(campus.school, opens=time(22), closes=time(1), from_day=date(2026, 1, 1))
    with time_machine.travel(at(MONDAY, "23:00")):
        round_ = actions.open_round(schedule=night, day=MONDAY, at=clock.now())
    assert (round_.day, clock.day_of(round_.closes_at)) == (MONDAY, MONDAY + timedelta(days=1))
    assert due(at(MONDAY + timedelta(days=1), "00:30")) == []


def test_several_a_day_are_several_schedules(campus: Campus) -> None:
    for opens in (6, 12, 18):
        schedule(campus.school, opens=time(opens), closes=time(opens + 5), from_day=date(2026, 1, 1))
    assert len(due(at(MONDAY, "06:30"))) == len(due(at(MONDAY, "12:30"))) == 1


@pytest.mark.parametrize(
    ("changes", "on_monday", "on_sunday"),
    [
        ({}, True, True),
        ({"days": Days.WORKDAYS}, True, False),
        ({"days": Days.DAYS_OFF}, False, True),
        ({"is_active": False}, False, False),
        ({"from_day": MONDAY + timedelta(days=1)}, False, True),
        ({"to_day": MONDAY}, True, False),
    ],
)
def test_which_days(campus: Campus, changes: dict[str, Any], on_monday: bool, on_sunday: bool) -> None:
    schedule(campus.school, **({"from_day": date(2026, 1, 1)} | changes))
    assert due(at(MONDAY, "12:00")) == [MONDAY] * on_monday
    assert due(at(SUNDAY, "12:00")) == [SUNDAY] * on_sunday


def test_opened_by_hand_it_is_a_round_of_its_own(campus: Campus) -> None:
    one = schedule(campus.school)
    now = clock.now()
    regular = actions.open_round(schedule=one, day=clock.day_of(now), at=now)
    extra = schedules.open_by_hand(schedule=one, closes_at=now + timedelta(hours=2), by=actor(campus.office), at=now)
    assert extra.pk != regular.pk
    assert Entry.objects.filter(action="round.open", actor_id=campus.office.pk).count() == 1
    with pytest.raises(Problem, match="invalid-input"):
        schedules.open_by_hand(schedule=one, closes_at=now, by=actor(campus.office), at=now)


# the page


def form(campus: Campus, **changes: Any) -> dict[str, Any]:
    return {
        "title": "晚报", "who": "people:student", "audience": campus.college.pk, "form_key": "daily-health", "days": "workdays",
        "opens": "20:00", "closes": "01:00", "reminders": "21:30，0:30", "from_day": "2026-11-01", "is_active": "on",
    } | changes  # fmt: skip


def test_the_office_makes_and_changes_a_schedule(campus: Campus) -> None:
    publish(campus.school)
    client = browser(campus.office)
    assert client.post("/rounds/new/", form(campus)).status_code == 302
    made = Schedule.objects.get()
    assert (made.audience_id, made.person_kind, made.days) == (campus.college.pk, "student", "workdays")
    assert made.reminders == [time(21, 30), time(0, 30)]
    assert client.post(f"/rounds/{made.pk}/", form(campus, title="夜报", who="units:college", is_active="")).status_code == 302
    made.refresh_from_db()
    assert (made.title, made.asks, made.unit_kind, made.purpose, made.is_active) == (
        "夜报",
        "units",
        "college",
        "unit-zero",
        False,
    )
    page = client.get("/rounds/").content.decode()
    assert "夜报" in page
    assert "（次日）" in page
    assert list(Entry.objects.filter(subject_type="schedule").order_by("pk").values_list("action", flat=True)) == [
        "schedule.add", "schedule.change",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"closes": "20:00"}, "截止时间不能与开始时间相同"),
        ({"reminders": "12:00"}, "提醒时间要在开始和截止之间"),
        ({"reminders": "下午"}, "请按 09:30 的格式"),
        ({"to_day": "2026-10-01"}, "结束日期不能早于起始日期"),
        ({"title": ""}, ""),
    ],
)
def test_what_makes_no_sense_comes_back(campus: Campus, changes: dict[str, str], said: str) -> None:
    publish(campus.school)
    answer = browser(campus.office).post("/rounds/new/", form(campus, **changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Schedule.objects.exists()


def test_only_those_who_may_edit(campus: Campus) -> None:
    publish(campus.school)
    one = schedule(campus.school)
    for nobody in (campus.counsellor, campus.secretary, campus.monitor):
        client = browser(nobody)
        assert client.get("/rounds/").status_code == 403
        assert client.post("/rounds/new/", form(campus)).status_code == 403
        assert client.post(f"/rounds/{one.pk}/open/", {"closes": "18:00"}).status_code == 403
    other = Campus()
    assert browser(other.office).get(f"/rounds/{one.pk}/").status_code == 404
    assert browser(other.office).post(f"/rounds/{one.pk}/open/", {"closes": "18:00"}).status_code == 404


def test_asking_once_more_from_the_page(campus: Campus) -> None:
    one = schedule(campus.school)
    client = browser(campus.office)
    with time_machine.travel(at(MONDAY, "19:00"), tick=False):
        assert client.post(f"/rounds/{one.pk}/open/", {"closes": "18:00"}).status_code == 302
        assert Round.objects.get().closes_at == at(MONDAY + timedelta(days=1), "18:00")
        client.post(f"/rounds/{one.pk}/open/", {"closes": "soon"})
    assert Round.objects.count() == 1


def test_a_new_school_starts_with_the_standard_questions(campus: Campus) -> None:
    office = browser(campus.office)
    assert "标准问题" in office.get("/rounds/new/").content.decode()
    given = {
        "title": "学生每日健康填报", "who": "people:student", "audience": campus.school.pk, "form_key": "daily-health",
        "days": "every-day", "opens": "00:10", "closes": "18:00", "reminders": "", "from_day": "2026-11-23", "is_active": "on",
    }  # fmt: skip
    assert office.post("/rounds/new/", given | {"closes": "00:10"}).status_code == 422
    assert not Form.objects.filter(school=campus.school).exists()
    assert office.post("/rounds/new/", given).status_code == 302
    form = Form.objects.get(school=campus.school)
    assert (form.key, form.version, [row["key"] for row in form.questions][:2]) == (
        "daily-health", 1, ["temperature", "symptoms"],
    )  # fmt: skip
    assert office.post("/rounds/new/", given | {"title": "晚报"}).status_code == 302
    assert Form.objects.filter(school=campus.school).count() == 1
