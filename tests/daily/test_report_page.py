"""The form of a round: what is typed is kept, what is wrong is said, what is right counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from linglou.engines.rounds.models import Response, Revision, UnitCount
from tests.factories.accounts import browser
from tests.factories.daily import health_round, typed
from tests.factories.people import Campus, person, school, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
def student(campus: Campus) -> Client:
    return browser(campus.students[1])


def responded(campus: Campus) -> int:
    return UnitCount.objects.get(unit_id=campus.school.pk).responded


def test_a_report_counts_and_gives_a_receipt(campus: Campus, student: Client) -> None:
    round_ = health_round(campus.school)
    answer = student.post(f"/report/{round_.pk}/", typed())
    assert answer.headers["Location"] == f"/report/{round_.pk}/done/"
    row = Response.objects.get()
    assert row.answers["temperature"] == 36.5
    assert row.answers["where"] == {"kind": "campus", "place": "东校区 3号楼 201"}
    assert (row.source, row.severity, responded(campus)) == ("self", 0, 1)
    page = student.get(f"/report/{round_.pk}/done/").content.decode()
    assert "已计入" in page
    assert "<svg" in page
    assert "/receipt/" in page


def test_the_place_is_prefilled_from_the_room_and_nothing_about_health_is(campus: Campus, student: Client) -> None:
    page = student.get(f"/report/{health_round(campus.school).pk}/").content.decode()
    assert "东校区 3号楼 201" in page
    assert page.count("checked") == 1  # 在校内


def test_errors_come_back_with_everything_kept(campus: Campus, student: Client) -> None:
    round_ = health_round(campus.school)
    answer = student.post(
        f"/report/{round_.pk}/",
        typed(temperature="60", note="嗓子疼", symptoms=["cough"], **{"where.kind": "region", "where.region": "西湖区"}),
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "体温应在 34.0 到 43.0 ℃ 之间" in page
    assert "有几处叫这个名字" in page
    assert 'value="330106"' in page
    assert 'value="360103"' in page
    assert 'value="60"' in page
    assert "嗓子疼" in page
    assert 'value="cough" checked' in page
    assert Response.objects.count() == 0


def test_choosing_among_places_of_one_name(campus: Campus, student: Client) -> None:
    round_ = health_round(campus.school)
    chosen = {"where.kind": "region", "where.region": "西湖区", "where.code": "360103"}
    assert student.post(f"/report/{round_.pk}/", typed(**chosen)).status_code == 302
    assert Response.objects.get().answers["where"]["region"] == "360103"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"temperature": "", "temperature.is": ""}, "这一项必须填写"),
        ({"temperature": "三十七"}, "体温请填数字"),
        ({"temperature": "38.5", "temperature.is": "normal"}, "请只留一个"),
        ({"symptoms": []}, "这一项必须填写"),
        ({"symptoms": ["none", "cough"]}, "请只留一种"),
        ({"exposure": ["none", "returned"]}, "请只留一种"),
        ({"where.kind": ""}, "这一项必须填写"),
        ({"where.kind": "campus", "where.place": ""}, "请写明具体地点"),
        ({"where.kind": "region", "where.region": "火星"}, "没有这个行政区划"),
        ({"where.kind": "moon"}, "请选择在校内"),
        ({"note": "长" * 201}, "最多 200 个字"),
    ],
)
def test_what_a_form_gets_wrong(campus: Campus, student: Client, changes: dict[str, str], said: str) -> None:
    answer = student.post(f"/report/{health_round(campus.school).pk}/", typed(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    ("shown", "stored"),
    [("３６．５", 36.5), ("36。5", 36.5), (" 37 ", 37.0), ("36.5℃", 36.5)],
)
def test_a_temperature_as_a_phone_types_it(campus: Campus, student: Client, shown: str, stored: float) -> None:
    assert student.post(f"/report/{health_round(campus.school).pk}/", typed(temperature=shown)).status_code == 302
    assert Response.objects.get().answers["temperature"] == stored


def test_a_correction_shows_the_current_answers_and_keeps_both(campus: Campus, student: Client) -> None:
    round_ = health_round(campus.school)
    student.post(f"/report/{round_.pk}/", typed(note="第一次"))
    page = student.get(f"/report/{round_.pk}/").content.decode()
    assert "第一次" in page
    assert "更正" in page
    student.post(f"/report/{round_.pk}/", typed(key="another-key-2", temperature="37.8"))
    assert list(Revision.objects.order_by("revision").values_list("severity", flat=True)) == [0, 2]
    assert responded(campus) == 1
    history = student.get("/me/reports/").content.decode()
    assert "第一次" in history
    assert "37.8 ℃" in history


def test_the_same_post_twice_is_one_report(campus: Campus, student: Client) -> None:
    round_ = health_round(campus.school)
    for _ in range(2):
        assert student.post(f"/report/{round_.pk}/", typed()).status_code == 302
    assert Revision.objects.count() == 1


def test_a_fever_is_told_what_to_do(campus: Campus, student: Client) -> None:
    round_ = health_round(campus.school)
    student.post(f"/report/{round_.pk}/", typed(temperature="39.1"))
    assert Response.objects.get().severity == 3
    assert "校医院会马上联系您" in student.get(f"/report/{round_.pk}/done/").content.decode()


def test_after_the_close_a_first_answer_is_late_and_a_correction_is_refused(campus: Campus) -> None:
    round_ = health_round(campus.school)
    in_time, late = browser(campus.students[1]), browser(campus.students[2])
    in_time.post(f"/report/{round_.pk}/", typed())
    with time_machine.travel(round_.closes_at + timedelta(hours=1), tick=False):
        assert "记为迟报" in late.get(f"/report/{round_.pk}/").content.decode()
        assert late.post(f"/report/{round_.pk}/", typed()).status_code == 302
        assert "已收到（迟报）" in late.get(f"/report/{round_.pk}/done/").content.decode()
        assert in_time.post(f"/report/{round_.pk}/", typed(key="too-late-now")).status_code == 409
    with time_machine.travel(round_.closes_at + timedelta(hours=25), tick=False):
        assert late.get(f"/report/{round_.pk}/").status_code == 409


def test_a_round_that_does_not_concern_me_is_not_there(campus: Campus, student: Client) -> None:
    others = health_round(campus.school, person_kind="staff")
    elsewhere = school("别的大学")
    foreign = health_round(elsewhere)
    person(unit(unit(elsewhere, "college"), "class"))
    for round_ in (others, foreign):
        assert student.get(f"/report/{round_.pk}/").status_code == 404
        assert student.post(f"/report/{round_.pk}/", typed()).status_code == 404
    assert student.get("/report/999999/").status_code == 404
    assert Response.objects.count() == 0


def test_a_fact_asked_once_is_shown_folded_up_afterwards(campus: Campus, student: Client) -> None:
    own = {"key": "q-home", "kind": "text", "title": {"zh": "紧急联系人"}, "required": True, "once": True}
    first = health_round(campus.school, own)
    assert "有变化请点开修改" not in student.get(f"/report/{first.pk}/").content.decode()
    student.post(f"/report/{first.pk}/", typed(**{"q-home": "张三 叔叔"}))
    second = health_round(campus.school, own, title="晚报")
    page = student.get(f"/report/{second.pk}/").content.decode()
    assert "紧急联系人：张三 叔叔" in page
    assert "有变化请点开修改" in page


def test_a_stranger_is_sent_to_log_in(campus: Campus) -> None:
    round_ = health_round(campus.school)
    for address in (f"/report/{round_.pk}/", "/me/reports/", "/", f"/report/{round_.pk}/unchanged/"):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert "login" in answer.headers["Location"]


def test_suggestions_while_typing(campus: Campus, student: Client) -> None:
    assert student.get("/regions/?q=杭州西湖").json() == ["浙江省杭州市西湖区"]


def test_it_speaks_english(campus: Campus, student: Client) -> None:
    student.cookies["language"] = "en"
    page = student.get(f"/report/{health_round(campus.school).pk}/").content.decode()
    assert "Temperature today" in page
