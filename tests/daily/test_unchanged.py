""" "Nothing has changed" confirms exactly what it lists, and is offered only when that is honest."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from linglou.engines.rounds.models import Response, Round
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.daily import health_round, publish, typed
from tests.factories.people import Campus
from tests.factories.rounds import open_round

pytestmark = pytest.mark.django_db
TAP = "情况没有变化，提交"


@pytest.fixture
def campus() -> Campus:
    return Campus()


def days_ago(campus: Campus, days: int, *questions: dict[str, Any], **answers: Any) -> Client:
    """A student who reported ``days`` days ago; the time is noon, so that the rounds of a day are open."""
    client = browser(campus.students[1])
    with time_machine.travel(noon() - timedelta(days=days), tick=False):
        round_ = health_round(campus.school, *questions)
        assert client.post(f"/report/{round_.pk}/", typed(**answers)).status_code == 302
    return client


def noon() -> Any:
    return clock.local(clock.now()).replace(hour=12, minute=0)


def today(campus: Campus) -> Round:
    return open_round(campus.school, at=noon())


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(confirmed|key)" value="([^"]+)"', page))


def test_one_tap_submits_what_the_page_listed(campus: Campus) -> None:
    client = days_ago(campus, 1)
    with time_machine.travel(noon(), tick=False):
        round_ = today(campus)
        page = client.get("/").content.decode()
        assert TAP in page
        for line in ("体温正常（低于 37.3 ℃）", "没有不舒服", "在校内：东校区 3号楼 201", "没有接触史和风险行程"):
            assert line in page
        assert client.post(f"/report/{round_.pk}/unchanged/", hidden(page)).status_code == 302
        row = Response.objects.get(round_id=round_.pk)
        assert row.answers == {
            "temperature": "normal", "symptoms": [], "where": {"kind": "campus", "place": "东校区 3号楼 201"}, "exposure": [],
            "note": "", "unchanged": True,
        }  # fmt: skip
        page = client.get("/").content.decode()
        assert TAP not in page
        assert "已计入" in page


@pytest.mark.parametrize(
    "answers",
    [
        {"temperature": "37.3"},
        {"symptoms": ["cough"]},
        {"exposure": ["returned"]},
        {"note": "昨晚没睡好"},
    ],
)
def test_it_is_not_offered_after_anything_but_a_normal_report(campus: Campus, answers: dict[str, Any]) -> None:
    client = days_ago(campus, 1, **answers)
    with time_machine.travel(noon(), tick=False):
        round_ = today(campus)
        page = client.get("/").content.decode()
        assert TAP not in page
        assert "现在填报" in page
        forced = client.post(f"/report/{round_.pk}/unchanged/", {"confirmed": "x", "key": "forced-tap-1"})
        assert forced.headers["Location"] == f"/report/{round_.pk}/"
        assert not Response.objects.filter(round_id=round_.pk).exists()


@pytest.mark.parametrize(("days", "is_offered"), [(1, True), (7, True), (8, False)])
def test_it_is_offered_for_seven_days(campus: Campus, days: int, is_offered: bool) -> None:
    client = days_ago(campus, days)
    with time_machine.travel(noon(), tick=False):
        today(campus)
        assert (TAP in client.get("/").content.decode()) is is_offered


def test_it_is_not_offered_when_something_is_asked_for_the_first_time(campus: Campus) -> None:
    client = days_ago(campus, 1)
    publish(campus.school, {"key": "q-new", "kind": "yes-no", "title": {"zh": "今天要出校吗"}, "required": True})
    with time_machine.travel(noon(), tick=False):
        today(campus)
        assert TAP not in client.get("/").content.decode()


def test_an_own_question_is_listed_with_its_answer(campus: Campus) -> None:
    own = {"key": "q-out", "kind": "yes-no", "title": {"zh": "今天要出校吗"}, "required": True, "abnormal_when": ["yes"]}
    client = days_ago(campus, 1, own, **{"q-out": "no"})
    with time_machine.travel(noon(), tick=False):
        today(campus)
        page = client.get("/").content.decode()
        assert TAP in page
        assert "今天要出校吗" in page


def test_what_was_not_listed_is_not_confirmed(campus: Campus) -> None:
    """Reported otherwise in the meantime (another phone, a guardian): the old page's tap no longer holds."""
    client = days_ago(campus, 1)
    with time_machine.travel(noon(), tick=False):
        first = today(campus)
        old = hidden(client.get("/").content.decode())
        second = health_round(campus.school, at=noon(), title="晚报")
        client.post(f"/report/{second.pk}/", typed(key="moved-away-1", **{"where.place": "西校区 1号楼 101"}))
    with time_machine.travel(noon() + timedelta(seconds=1), tick=False):
        client.post(f"/report/{first.pk}/unchanged/", old)
        assert not Response.objects.filter(round_id=first.pk).exists()
        assert "不一致" in client.get(f"/report/{first.pk}/").content.decode()
