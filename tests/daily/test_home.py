"""The first page answers "did mine count?", for everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linglou.engines.rounds import excuses
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.daily import health_round, typed
from tests.factories.people import Campus, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def home(client: Client) -> str:
    return client.get("/").content.decode()


def test_before_and_after(campus: Campus) -> None:
    client = browser(campus.students[1])
    assert "现在没有要您填报的轮次" in home(client)
    round_ = health_round(campus.school)
    assert "现在填报" in home(client)
    client.post(f"/report/{round_.pk}/", typed())
    page = home(client)
    assert "已计入" in page
    assert "回执号" in page
    assert "更正" in page
    assert "现在填报" not in page


def test_excused(campus: Campus) -> None:
    health_round(campus.school)
    at = clock.now()
    excuses.approve(
        person=campus.students[1], reason="leave", note="", starts_at=at, ends_at=at + timedelta(days=2),
        by=actor(campus.counsellor), at=at,
    )  # fmt: skip
    page = home(browser(campus.students[1]))
    assert "今天不必填报" in page
    assert "仍要填报" in page


def test_past_the_close_it_can_still_be_reported_late(campus: Campus) -> None:
    round_ = health_round(campus.school)
    client = browser(campus.students[1])
    with time_machine.travel(round_.closes_at + timedelta(hours=2), tick=False):
        page = home(client)
        assert "现在补报会记为迟报" in page
        assert f"/report/{round_.pk}/" in page
    with time_machine.travel(round_.closes_at + timedelta(hours=25), tick=False):
        assert "补报" not in home(client)


def test_staff_report_first_and_work_after(campus: Campus) -> None:
    health_round(campus.school, person_kind="staff")
    page = home(browser(campus.counsellor))
    assert page.index("现在填报") < page.index('class="tiles"')
    assert "/work/" in page.split('class="tiles"')[1]
    assert "/work/" not in home(browser(campus.students[2])).split('class="tiles"')[1]


def test_it_asks_the_database_little(campus: Campus) -> None:
    client = browser(campus.students[1])
    health_round(campus.school)
    home(client)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        home(client)
    assert len(captured) <= 20, [query["sql"][:90] for query in captured]
