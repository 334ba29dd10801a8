"""A receipt proves that one counts, and reveals nothing else."""

from __future__ import annotations

import re

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from linglou.domains.daily import throttle
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.daily import health_round, typed
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    cache.clear()
    return Campus()


def code_of(campus: Campus) -> str:
    client = browser(campus.students[1])
    moment = clock.local(clock.now()).replace(hour=7, minute=42)
    with time_machine.travel(moment, tick=False):
        round_ = health_round(campus.school, at=moment)
        client.post(f"/report/{round_.pk}/", typed(note="不能让人看见"))
        found = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", client.get(f"/report/{round_.pk}/done/").content.decode())
    assert found
    return found[0]


def test_it_says_when_and_for_which_day_and_nothing_else(campus: Campus) -> None:
    page = Client().get(f"/receipt/{code_of(campus)}/").content.decode()
    day = clock.day_of(clock.now())
    assert f"已于 07:42 计入 {day.month}月{day.day}日（每日健康填报）" in page
    for secret in ("不能让人看见", campus.students[1].name, campus.students[1].number, "36.5", "3号楼", "软件2401"):
        assert secret not in page


def test_a_code_is_found_as_people_type_it(campus: Campus) -> None:
    code = code_of(campus)
    typed_code = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answer = Client().get("/receipt/", {"code": typed_code}, follow=True)
    assert "已于 07:42 计入" in answer.content.decode()


@pytest.mark.parametrize("code", ["00000-00000", "x", "ZZZZZ-ZZZZZ", "../../etc", "0" * 300])
def test_every_other_code_gets_the_same_quiet_answer(campus: Campus, code: str) -> None:
    answer = Client().get("/receipt/", {"code": code}, follow=True)
    assert answer.status_code == 200
    assert "没有查到这个回执" in answer.content.decode()


def test_a_replaced_revision_keeps_its_receipt(campus: Campus) -> None:
    code = code_of(campus)
    round_id = int(re.findall(r"/report/(\d+)/done/", browser(campus.students[1]).get("/").content.decode())[0])
    browser(campus.students[1]).post(f"/report/{round_id}/", typed(key="second-time-1"))
    assert "已于 07:42" in Client().get(f"/receipt/{code}/").content.decode()


def test_guessing_is_slowed_down_and_finding_is_not(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MISSES", 3)
    code = code_of(campus)
    for _ in range(5):
        assert Client().get(f"/receipt/{code}/").status_code == 200
    for _ in range(3):
        assert Client().get("/receipt/ZZZZZ-ZZZZZ/").status_code == 200
    refused = Client().get("/receipt/ZZZZZ-ZZZZZ/")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(throttle.WINDOW)
