"""The pages of alerts: the list, one alert and what is done about it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from linglou.domains.surveillance import actions, queries
from linglou.domains.surveillance.models import Alert
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.people import Campus, actor, holder, person
from tests.factories.surveillance import alert, event, recorded

pytestmark = pytest.mark.django_db
NAME = "欧阳密文"


@pytest.fixture
def office(campus: Campus) -> Client:
    return browser(campus.office)


def three(campus: Campus) -> list[Person]:
    return [person(campus.classes[0], name=f"{NAME}{n}") for n in range(3)]


def url(name: str, *args: int) -> str:
    return reverse(f"surveillance:{name}", args=args)


def text(response: object) -> str:
    return re.sub(r"\s+", " ", response.content.decode())  # type: ignore[attr-defined]


def test_an_empty_list_says_what_will_come(office: Client) -> None:
    assert "这里没有预警" in text(office.get(url("list")))


def test_the_list_names_place_rule_and_number_and_nobody(campus: Campus, office: Client) -> None:
    alert(*three(campus))
    said = text(office.get(url("list")))
    for words in (campus.classes[0].name, "3 人", "发热", "SCH-2006-1", "还剩 23 小时"):
        assert words in said
    assert NAME not in said


def test_the_worst_first_and_lower_tiers_behind_it(campus: Campus) -> None:
    recorded(*(person(campus.classes[0]) for _n in range(5)))
    recorded(campus.students[3], disease="plague")
    actions.evaluate(at=clock.now())
    by = actor(campus.office)
    groups = queries.grouped(queries.rows(list(queries.listed(by))))
    assert [(group.first.alert.rule_id, [row.alert.rule_id for row in group.rest]) for group in groups] == [
        ("NOVEL-1", ["SCH-2006-3"]),
        ("SCH-2006-1", ["SCH-2006-2"]),
    ]


def test_the_tabs_count(campus: Campus, office: Client) -> None:
    one = alert(*three(campus))
    actions.handle(alert=one, by=actor(campus.office), at=clock.now())
    found = queries.counts(actor(campus.office), at=clock.now() + timedelta(days=2))
    assert (found.new, found.handling, found.unfinished, found.late) == (0, 1, 1, 1)
    assert campus.classes[0].name in text(office.get(url("list") + "?state=handling"))
    assert campus.classes[0].name not in text(office.get(url("list") + "?state=settled"))


def test_the_page_names_rule_document_people_and_clock(campus: Campus, office: Client) -> None:
    one = alert(*three(campus))
    said = text(office.get(url("detail", one.pk)))
    for words in (
        "卫办疾控发〔2006〕65号",
        "24 小时内向属地疾控机构和教育部门报告",
        "还剩",
        f"{NAME}0",
        "每天新计入的人数",
        "达到阈值，发出预警",
    ):
        assert words in said
    assert "开始处置" in said


def test_a_regional_figure_says_whose_it_is(campus: Campus, office: Client) -> None:
    ill = three(campus)
    recorded(*ill, disease="hfmd")
    actions.evaluate(at=clock.now())
    one = Alert.objects.get(rule_id="CL-HFMD-CLASS")
    said = text(office.get(url("detail", one.pk)))
    assert "湖州市的口径" in said
    assert "及时报告" in said
    assert "湖州市口径" in text(office.get(url("list")))


def test_a_counsellor_sees_it_and_has_nothing_to_press(campus: Campus) -> None:
    one = alert(*three(campus))
    client = browser(campus.counsellor)
    said = text(client.get(url("detail", one.pk)))
    assert f"{NAME}0" in said
    assert "由校医院和防控办处置" in said
    assert client.post(url("handle", one.pk)).status_code == 403
    assert "登记事件" not in text(client.get(url("list")))


def test_handling_and_reporting(campus: Campus, office: Client) -> None:
    one = alert(*three(campus))
    assert office.post(url("handle", one.pk), follow=True).status_code == 200
    now = clock.local(clock.now())
    sent = {
        "outcome": "reported", "reported_at": f"{now:%Y-%m-%dT%H:%M}", "reported_to": "县疾控中心 王老师", "means": "phone",
        "reference": "2026-117", "note": "已逐人核实",
    }  # fmt: skip
    said = text(office.post(url("settle", one.pk), sent, follow=True))
    for words in ("已报告疾控机构", "县疾控中心 王老师", "电话", "2026-117", "已逐人核实", campus.office.name):
        assert words in said
    one.refresh_from_db()
    assert (one.state, one.outcome, one.means) == ("settled", "reported", "phone")


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, 'class="error"'),
        ({"outcome": "reported"}, "这里需要填写。"),
        (
            {"outcome": "reported", "reported_at": "2099-01-01T08:00", "reported_to": "疾控", "means": "fax"},
            "报告时间不能晚于现在。",
        ),
        ({"outcome": "not-outbreak"}, "这里需要填写。"),
        ({"outcome": "merged"}, "请选择并入的预警。"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(
    campus: Campus, office: Client, sent: dict[str, str], words: str
) -> None:
    one = alert(*three(campus))
    office.post(url("handle", one.pk))
    response = office.post(url("settle", one.pk), {**sent, "reference": "写过的编号"})
    assert response.status_code == 422
    said = text(response)
    assert words in said
    assert "写过的编号" in said
    one.refresh_from_db()
    assert one.state == "handling"


def test_merging_into_another(campus: Campus, office: Client) -> None:
    ill = three(campus)
    one = alert(*ill)
    recorded(*ill, event="shared-source")
    actions.evaluate(at=clock.now())
    other = Alert.objects.get(counted="event=shared-source")
    office.post(url("handle", one.pk))
    said = text(office.post(url("settle", one.pk), {"outcome": "merged", "merged_into": other.pk}, follow=True))
    assert f"预警 {other.pk}" in said
    one.refresh_from_db()
    assert one.merged_into == other


def test_settling_what_nobody_handles_is_refused(campus: Campus, office: Client) -> None:
    one = alert(*three(campus))
    assert office.post(url("settle", one.pk), {"outcome": "not-outbreak", "note": "x"}).status_code == 409


def test_people_who_join_after_the_settlement_are_spoken_of(campus: Campus, office: Client) -> None:
    one = alert(*three(campus))
    office.post(url("handle", one.pk))
    office.post(url("settle", one.pk), {"outcome": "not-outbreak", "note": "无关联"})
    recorded(person(campus.classes[0]))
    actions.evaluate(at=clock.now() + timedelta(seconds=1))
    assert "处置完毕后又有 1 人计入" in text(office.get(url("detail", one.pk)))


def test_a_withdrawn_one_says_why(campus: Campus, office: Client) -> None:
    rows = recorded(*three(campus))
    actions.evaluate(at=clock.now())
    actions.withdraw(school_id=campus.school.pk, keys=[rows[0].key], at=clock.now())
    actions.evaluate(at=clock.now())
    said = text(office.get(url("detail", Alert.objects.get().pk)))
    assert "人数已低于阈值" in said
    assert f"{NAME}0" not in said


def test_the_words_are_there_in_english(campus: Campus, office: Client) -> None:
    one = alert(*three(campus))
    office.cookies["language"] = "en"
    said = text(office.get(url("detail", one.pk)))
    for words in ("3 people: Fever", "Report to the local CDC", "What the rule asks"):
        assert words in said


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        ("symptoms=rash", "皮疹"),
        ("rule=TRIAGE-ILI;currently", "流感样病例（≥38 ℃ 伴咳嗽或咽痛）（现患）"),
        ("rule=GONE", "GONE"),
        ("disease=measles;dead", "麻疹（死亡）"),
        ("disease=infectious-diarrhoea+norovirus", "其他感染性腹泻病、诺如病毒感染性腹泻"),
        ("event=food-poisoning#7;hospitalised", "食物中毒（住院）"),
    ],
)
def test_what_was_counted_in_words(counted: str, words: str) -> None:
    assert queries.what(counted) == words


def test_a_nurse_of_the_clinic_reaches_it_from_the_menu(campus: Campus) -> None:
    nurse = browser(holder(Role.CLINIC, campus.school))
    assert 'href="/alerts/"' in text(nurse.get("/tasks/"))
    assert 'href="/alerts/"' not in text(browser(campus.monitor).get("/tasks/"))


# -- events --------------------------------------------------------------------------------------------------------------


def sent_event(**changes: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "kind": "shared-source",
        "day": clock.day_of(clock.now()).isoformat(),
        "numbers": "",
        "outcome": "",
    }
    return fields | changes


def test_an_event_by_numbers_raises_its_alert_at_once(campus: Campus, office: Client) -> None:
    ill = three(campus)
    assert office.get(url("new_event")).status_code == 200
    numbers = f"{ill[0].number}，{ill[1].number}\n{ill[2].number} {ill[2].number}"
    response = office.post(url("new_event"), sent_event(numbers=numbers, what="同吃一家外卖"), follow=True)
    said = text(response)
    for words in ("已登记，涉及 3 人。", "同吃一家外卖", f"{NAME}0", "同宿舍或同班 1 天内 3 例相似症状"):
        assert words in said
    one = Alert.objects.get()
    assert (one.counted, one.n, one.unit) == ("event=shared-source", 3, campus.classes[0])
    assert "查看、补记这次事件" in text(office.get(url("detail", one.pk)))
    assert campus.office.name in said
    assert "共同用餐、饮水后发病" in text(office.get(url("events")))


def test_an_event_of_a_whole_class_and_of_a_room(campus: Campus, office: Client) -> None:
    office.post(url("new_event"), sent_event(unit=campus.classes[0].name))
    assert Alert.objects.filter(scope="class").get().n == 4  # three students and their counsellor
    office.post(url("new_event"), sent_event(unit="3号楼202"))
    assert Alert.objects.filter(scope="room", unit=campus.rooms[1]).get().n == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "请填写涉及的人员。"),
        ({"numbers": "T999 T998"}, "没有找到：T999、T998"),
        ({"unit": "不存在的班"}, "没有找到这个班级或寝室。"),
        ({"unit": "软件2401"}, "有多个同名的"),
        ({"numbers": " ".join(map(str, range(501)))}, "一次最多 500 人。"),
        ({"numbers": "x", "day": "2099-01-01"}, "发生日期不能晚于今天。"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_recorded(
    campus: Campus, office: Client, changes: dict[str, str], words: str
) -> None:
    response = office.post(url("new_event"), sent_event(**changes, what="写过的说明"))
    assert response.status_code == 422
    assert words in text(response)
    assert "写过的说明" in text(response)


def test_a_room_without_people(campus: Campus, office: Client) -> None:
    from tests.factories.people import unit

    unit(campus.floor, "room", "299")
    assert "里面没有人。" in text(office.post(url("new_event"), sent_event(unit="299")))


def test_a_death_is_added_to_the_event_and_counts(campus: Campus, office: Client) -> None:
    ill = three(campus)
    found = event(*ill, by=actor(campus.office), kind="food-poisoning")
    assert not Alert.objects.exists()
    assert office.post(url("add_people", found.pk), {"numbers": "", "outcome": "dead"}).status_code == 422
    said = text(office.post(url("add_people", found.pk), {"numbers": ill[0].number, "outcome": "dead"}, follow=True))
    assert "已补记。" in said
    one = Alert.objects.get()
    assert (one.rule_id, one.counted, one.n) == ("FOOD-SCHOOL", f"event=food-poisoning#{found.pk};dead", 1)


def test_an_event_recorded_by_mistake(campus: Campus, office: Client) -> None:
    found = event(*three(campus), by=actor(campus.office))
    assert Alert.objects.get().state == "new"
    said = text(office.post(url("withdraw_event", found.pk), follow=True))
    assert "这条记录不再计入任何人。" in said
    assert Alert.objects.get().state == "withdrawn"
    assert office.post(url("withdraw_event", found.pk)).status_code == 409
    assert office.post(url("add_people", found.pk), {"numbers": campus.students[0].number, "outcome": ""}).status_code == 409
