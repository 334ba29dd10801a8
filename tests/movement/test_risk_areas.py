"""Risk areas are for everybody to read and for the office to keep: typed, withdrawn with a reason, never deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from linglou.engines.rounds.models import Response
from linglou.foundation.audit.models import Entry
from linglou.foundation.rulebook.models import RiskRegion
from linglou.foundation.rulebook.queries import risk_regions
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.daily import health_round, typed
from tests.factories.movement import area
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db
PAGE = "/movement/risk-areas/"


@pytest.fixture
def campus() -> Campus:
    return Campus()


def listed(**changes: Any) -> dict[str, Any]:
    today = clock.day_of(clock.now())
    return {"region": "杭州西湖区", "level": "high", "from_day": today, "issuer": "省防控办", "source": ""} | changes


def test_the_office_lists_and_withdraws_an_area_that_bears_on_triage(campus: Campus) -> None:
    round_ = health_round(campus.school)
    office = browser(campus.office)
    assert office.post(PAGE, listed()).status_code == 302
    row = RiskRegion.objects.get()
    assert row.region == "330106"
    assert "浙江省杭州市西湖区" in office.get(PAGE).content.decode()
    there = {"where.kind": "region", "where.region": "杭州西湖区"}
    browser(campus.students[1]).post(f"/report/{round_.pk}/", typed(**there))
    assert Response.objects.get(respondent_id=campus.students[1].pk).severity == 2
    assert office.post(f"{PAGE}{row.pk}/withdraw/", {"reason": ""}).status_code == 422
    assert office.post(f"{PAGE}{row.pk}/withdraw/", {"reason": "省里解除"}).status_code == 302
    assert office.post(f"{PAGE}{row.pk}/withdraw/", {"reason": "再来"}).status_code == 409
    browser(campus.students[2]).post(f"/report/{round_.pk}/", typed(**there))
    assert Response.objects.get(respondent_id=campus.students[2].pk).severity == 0
    assert list(Entry.objects.filter(subject_type="risk-region").order_by("pk").values_list("action", flat=True)) == [
        "risk-region.list", "risk-region.withdraw",
    ]  # fmt: skip
    row.refresh_from_db()
    assert (row.withdrawn_reason, row.withdrawn_by) == ("省里解除", campus.office.pk)
    assert "浙江省杭州市西湖区" not in office.get(PAGE).content.decode()
    assert "省里解除" in office.get(f"{PAGE}?shown=past").content.decode()


def test_an_area_stands_on_the_list_once(campus: Campus) -> None:
    office = browser(campus.office)
    office.post(PAGE, listed(place="西溪市场"))
    again = office.post(PAGE, listed(place="西溪市场"))
    assert again.status_code == 422
    assert "已经在名单上" in again.content.decode()
    assert office.post(PAGE, listed()).status_code == 302  # the whole county is another entry
    assert RiskRegion.objects.count() == 2


def test_a_region_is_a_risk_from_its_first_day_to_its_last_in_its_school(campus: Campus) -> None:
    today = clock.day_of(clock.now())
    browser(campus.office).post(PAGE, listed(region="浙江省", to_day=today + timedelta(days=2)))
    days = [risk_regions(campus.school.pk, today + timedelta(days=n)) for n in (-1, 0, 2, 3)]
    assert days == [frozenset(), frozenset({"33"}), frozenset({"33"}), frozenset()]
    assert risk_regions(Campus().school.pk, today) == frozenset()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"region": "火星"}, "没有找到这个行政区划"),
        ({"region": "西湖区"}, "有几处同名"),
        ({"to_day": "2000-01-01"}, "结束日期不能早于起始日期"),
    ],
)
def test_what_makes_no_sense_comes_back(campus: Campus, changes: dict[str, str], said: str) -> None:
    answer = browser(campus.office).post(PAGE, listed(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_everybody_reads_and_nobody_else_keeps(campus: Campus) -> None:
    row = area(campus.school, "33")
    page = browser(campus.students[2]).get(PAGE)
    assert page.status_code == 200
    assert "浙江省" in page.content.decode()
    assert "<form" not in page.content.decode().split("<main")[1].split("</main>")[0]
    assert browser(campus.counsellor).post(PAGE, listed()).status_code == 403
    assert browser(campus.counsellor).post(f"{PAGE}{row.pk}/withdraw/", {"reason": "x"}).status_code == 403
    assert browser(Campus().office).post(f"{PAGE}{row.pk}/withdraw/", {"reason": "x"}).status_code == 404
    row.refresh_from_db()
    assert row.withdrawn_at is None


def test_an_api_client_keeps_the_list(campus: Campus) -> None:
    office = browser(campus.office)
    sent = {"region": "330100", "level": "medium", "from_day": "2026-11-20", "issuer": "省疾控"}
    made = office.post("/api/v1/risk-areas", sent, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["region"] == "3301"
    assert office.post("/api/v1/risk-areas", sent, content_type="application/json").status_code == 409
    wrong = sent | {"region": "999999", "to_day": "2020-01-01"}
    refused = office.post("/api/v1/risk-areas", wrong, content_type="application/json")
    assert [error["field"] for error in refused.json()["errors"]] == ["region", "to_day"]
    assert [one["name"] for one in browser(campus.students[1]).get("/api/v1/risk-areas").json()] == ["浙江省杭州市"]
    address = f"/api/v1/risk-areas/{made.json()['id']}/withdraw"
    assert office.post(address, {"reason": "解除"}, content_type="application/json").json()["state"] == "withdrawn"
    assert office.get("/api/v1/risk-areas").json() == []
