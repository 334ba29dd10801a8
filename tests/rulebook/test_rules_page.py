"""Which rule holds on a day is for everybody with a post to read."""

from __future__ import annotations

import pytest

from tests.factories.accounts import browser
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def test_rules_are_shown_with_their_source_and_what_is_unverified(campus: Campus) -> None:
    page = browser(campus.counsellor).get("/rules/").content.decode()
    assert "卫办疾控发〔2006〕65号" in page
    assert "未核实" in page
    assert "38.5 ℃" in page
    assert '<form method="post"' not in page.split("<main")[1].split("</main>")[0]
    past = browser(campus.counsellor).get("/rules/?on=2019-06-01").content.decode()
    assert "TRIAGE-FEVER" not in past
    assert browser(campus.students[2]).get("/rules/").status_code == 403


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
