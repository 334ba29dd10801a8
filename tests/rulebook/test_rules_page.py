"""Which rule holds on a day is for everybody with a post to read; risk regions are the office's to list."""

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
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def listed(**changes: Any) -> dict[str, Any]:
    today = clock.day_of(clock.now())
    return {"region": "杭州西湖区", "level": "high", "from_day": today, "issuer": "省防控办", "source": ""} | changes


def test_rules_are_shown_with_their_source_and_what_is_unverified(campus: Campus) -> None:
    page = browser(campus.counsellor).get("/rules/").content.decode()
    assert "卫办疾控发〔2006〕65号" in page
    assert "未核实" in page
    assert "38.5 ℃" in page
    assert '<form method="post"' not in page.split("<main")[1].split("</main>")[0]
    past = browser(campus.counsellor).get("/rules/?on=2019-06-01").content.decode()
    assert "TRIAGE-FEVER" not in past
    assert browser(campus.students[2]).get("/rules/").status_code == 403


def test_the_office_lists_and_withdraws_a_risk_region_that_bears_on_triage(campus: Campus) -> None:
    round_ = health_round(campus.school)
    office = browser(campus.office)
    assert office.post("/rules/", listed()).status_code == 302
    row = RiskRegion.objects.get()
    assert row.region == "330106"
    assert "浙江省杭州市西湖区" in office.get("/rules/").content.decode()
    there = {"where.kind": "region", "where.region": "杭州西湖区"}
    browser(campus.students[1]).post(f"/report/{round_.pk}/", typed(**there))
    assert Response.objects.get(respondent_id=campus.students[1].pk).severity == 2
    assert office.post(f"/rules/risk-regions/{row.pk}/withdraw/").status_code == 302
    assert office.post(f"/rules/risk-regions/{row.pk}/withdraw/").status_code == 409
    browser(campus.students[2]).post(f"/report/{round_.pk}/", typed(**there))
    assert Response.objects.get(respondent_id=campus.students[2].pk).severity == 0
    assert list(Entry.objects.filter(subject_type="risk-region").order_by("pk").values_list("action", flat=True)) == [
        "risk-region.list", "risk-region.withdraw",
    ]  # fmt: skip


def test_a_region_is_a_risk_from_its_first_day_to_its_last_in_its_school(campus: Campus) -> None:
    today = clock.day_of(clock.now())
    browser(campus.office).post("/rules/", listed(region="浙江省", to_day=today + timedelta(days=2)))
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
    answer = browser(campus.office).post("/rules/", listed(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_nobody_else_lists_regions(campus: Campus) -> None:
    row = RiskRegion.objects.create(
        school_id=campus.school.pk, region="33", level="high", from_day=clock.day_of(clock.now()), issuer="x",
        recorded_at=clock.now(),
    )  # fmt: skip
    assert browser(campus.counsellor).post("/rules/", listed()).status_code == 403
    assert browser(campus.counsellor).post(f"/rules/risk-regions/{row.pk}/withdraw/").status_code == 403
    assert browser(Campus().office).post(f"/rules/risk-regions/{row.pk}/withdraw/").status_code == 404
    row.refresh_from_db()
    assert row.withdrawn_at is None


def test_a_clinician_reads_a_definition_as_of_a_day(campus: Campus) -> None:
    page = browser(campus.counsellor)
    wuhan = page.get("/rules/diseases/covid-19/?on=2020-01-25").content.decode()
    assert "肺炎影像学特征" in wuhan
    assert "武汉旅行史" in wuhan
    assert "密接医学观察 14 天" in wuhan
    now = page.get("/rules/diseases/covid-19/?on=2026-11-23").content.decode()
    assert "武汉旅行史" not in now
    assert "不再判定密切接触者" in now
    assert page.get("/rules/diseases/nothing/").status_code == 404


def test_the_list_of_diseases_says_who_is_traced_and_how_long(campus: Campus) -> None:
    page = browser(campus.counsellor).get("/rules/diseases/?on=2026-11-23").content.decode()
    assert "查地点，不追人员" in page.split("登革热")[1].split("</tr>")[0]
    assert "21 天，每天 2 次" in page.split("麻疹")[1].split("</tr>")[0]


def test_thresholds_clocks_and_levels_are_shown(campus: Campus) -> None:
    page = browser(campus.counsellor).get("/rules/school/").content.decode()
    assert "同宿舍或同班 1 天内 3 例相似症状" in page
    assert "2 小时" in page
    assert "未经批准一律不得返校" in page
    english = browser(campus.counsellor)
    english.post("/ui/language/", {"language": "en", "next": "/"})
    assert "Three with similar symptoms" in english.get("/rules/school/").content.decode()
