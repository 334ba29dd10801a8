"""The office adds questions without a developer; a round keeps the version it opened with."""

from __future__ import annotations

from typing import Any

import pytest

from linglou.domains.daily.rules import STANDARD_FORM, check_form, option_code
from linglou.engines.rounds import publishing
from linglou.engines.rounds.models import Form, Response
from tests.factories.accounts import browser
from tests.factories.daily import answers, health_round, publish, typed
from tests.factories.people import Campus, long_ago
from tests.factories.rounds import open_round

pytestmark = pytest.mark.django_db
YES_NO = {"key": "q-1", "kind": "yes-no", "title": {"zh": "家人发热吗", "en": ""}, "required": True, "abnormal_when": ["yes"]}


@pytest.fixture
def campus() -> Campus:
    return Campus()


def posted(action: str, *own: dict[str, str], title: str = "每日健康填报") -> dict[str, Any]:
    """What the editor's page posts: the standard questions and some of the school's own."""
    rows: list[dict[str, str]] = [{"key": row["key"], "kind": row["kind"]} for row in STANDARD_FORM] + list(own)
    data: dict[str, Any] = {"title": title, "action": action, "n": [str(n) for n in range(len(rows))]}
    for n, row in enumerate(rows):
        data |= {f"{n}.{name}": value for name, value in row.items()}
    return data


OWN = {"key": "q-1", "kind": "yes-no", "zh": "家人发热吗", "abnormal": "yes", "required": "on"}


def test_a_question_is_added_published_asked_and_judged(campus: Campus) -> None:
    publish(campus.school)
    office = browser(campus.office)
    added = office.post("/rounds/forms/daily-health/", posted("add") | {"new_kind": "yes-no"})
    assert "是/否" in added.content.decode()
    assert Form.objects.count() == 1
    assert office.post("/rounds/forms/daily-health/", posted("publish", OWN)).status_code == 302
    assert Form.objects.get(version=2).questions[-1]["abnormal_when"] == ["yes"]
    round_ = open_round(campus.school)
    student = browser(campus.students[1])
    assert "家人发热吗" in student.get(f"/report/{round_.pk}/").content.decode()
    assert student.post(f"/report/{round_.pk}/", typed()).status_code == 422
    assert student.post(f"/report/{round_.pk}/", typed(**{"q-1": "yes"})).status_code == 302
    assert Response.objects.get().severity == 2


def test_an_open_round_keeps_its_version(campus: Campus) -> None:
    round_ = health_round(campus.school)
    publish(campus.school, YES_NO)
    student = browser(campus.students[1])
    assert "家人发热吗" not in student.get(f"/report/{round_.pk}/").content.decode()
    assert student.post(f"/report/{round_.pk}/", typed()).status_code == 302


def test_the_same_again_is_no_new_version(campus: Campus) -> None:
    publish(campus.school, YES_NO)
    publish(campus.school, YES_NO)
    assert Form.objects.count() == 1


def test_versions_count_by_school_and_key(campus: Campus) -> None:
    other = Campus()
    publish(campus.school)
    publish(campus.school, YES_NO)
    publish(other.school)
    form = publishing.publish_form(
        school_id=campus.school.pk, key="another", title="另一份", questions=[YES_NO], by=None, at=long_ago()
    )
    assert form.version == 1
    assert sorted(Form.objects.values_list("school_id", "version")) == sorted(
        [(campus.school.pk, 1), (campus.school.pk, 2), (campus.school.pk, 1), (other.school.pk, 1)]
    )


def test_options_keep_their_code_when_they_change_places(campus: Campus) -> None:
    publish(campus.school)
    office = browser(campus.office)
    choice = {"key": "q-2", "kind": "choice", "zh": "怎么来的", "options": "公交 | Bus\n步行", "abnormal": "公交"}
    office.post("/rounds/forms/daily-health/", posted("publish", choice))
    office.post("/rounds/forms/daily-health/", posted("publish", choice | {"options": "步行\n公交|Bus"}))
    first, second = (Form.objects.get(version=version).questions[-1] for version in (2, 3))
    assert first["options"][0] == second["options"][1] == {"code": option_code("公交"), "title": {"zh": "公交", "en": "Bus"}}
    assert first["abnormal_when"] == [option_code("公交")]


def test_ordering_and_removing_before_publishing(campus: Campus) -> None:
    publish(campus.school)
    office = browser(campus.office)
    up = office.post("/rounds/forms/daily-health/", posted("up-5", OWN)).content.decode()
    assert up.index('value="q-1"') < up.index('value="note"')
    gone = office.post("/rounds/forms/daily-health/", posted("remove-5", OWN)).content.decode()
    assert 'value="q-1"' not in gone
    kept = office.post("/rounds/forms/daily-health/", posted("remove-0", OWN)).content.decode()
    assert 'value="temperature"' in kept


def test_a_preview_shows_it_as_a_phone_will(campus: Campus) -> None:
    publish(campus.school)
    page = browser(campus.office).post("/rounds/forms/daily-health/", posted("preview", OWN)).content.decode()
    assert "预览" in page
    assert page.count("家人发热吗") == 2
    assert Form.objects.count() == 1


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (OWN | {"zh": ""}, "请填写问题的中文"),
        ({"key": "q-2", "kind": "choice", "zh": "选一个", "options": "只有一个"}, "选择题需要 2 到"),
        ({"key": "q-2", "kind": "choice", "zh": "选一个", "options": "甲\n甲"}, "选项不能为空"),
        ({"key": "q-2", "kind": "choice", "zh": "选一个", "options": "甲\n乙", "abnormal": "丙"}, "异常答案必须是"),
        ({"key": "temperature", "kind": "text", "zh": "又一个"}, "不能重复"),
        ({"key": "q-2", "kind": "telepathy", "zh": "想什么"}, "没有这种题型"),
    ],
)
def test_what_cannot_be_published_comes_back(campus: Campus, own: dict[str, str], said: str) -> None:
    publish(campus.school)
    answer = browser(campus.office).post("/rounds/forms/daily-health/", posted("publish", own))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Form.objects.count() == 1


def test_only_the_office_edits_forms(campus: Campus) -> None:
    publish(campus.school)
    for nobody in (campus.counsellor, campus.command, campus.monitor):
        assert browser(nobody).get("/rounds/forms/").status_code == 403
        assert browser(nobody).post("/rounds/forms/daily-health/", posted("publish", OWN)).status_code == 403
    assert browser(campus.office).get("/rounds/forms/no-such-form/").status_code == 404


def test_a_form_of_its_own(campus: Campus) -> None:
    office = browser(campus.office)
    assert office.get("/rounds/forms/new/").status_code == 200
    assert office.post("/rounds/forms/new/", posted("publish", OWN, title="返校登记")).status_code == 302
    assert Form.objects.get().title == "返校登记"
    assert "返校登记" in office.get("/rounds/forms/").content.decode()


def test_check_form_lists_everything() -> None:
    wrong = check_form("", [{"key": "", "kind": "x"}, *[YES_NO] * 41])
    assert {error.code for error in wrong} == {"required", "too-many", "duplicate", "unknown-option"}
    assert [error.field for error in check_form("x", [])] == ["questions"]
    assert check_form("每日健康填报", STANDARD_FORM) == []
    assert answers()
