"""The pages of command, as those who use them: what holds, the preview, the undoing, the group."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.domains.command.models import LevelChange, LevelProfile, Member, OwnArea, Responsibility
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook.rules.school import Effects
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.command import member, switch
from tests.factories.people import Campus, holder, person

BASIS = {"issuer": "云泽省人民政府", "document": "关于调整应急响应级别的通告", "number": "云政发〔2026〕31号"}


class Desk:
    def __init__(self) -> None:
        self.campus, self.at = Campus(), clock.now()
        self.client = browser(self.campus.command)

    def get(self, path: str, who: Person | None = None) -> str:
        response = (browser(who) if who else self.client).get(f"/command/{path}")
        assert response.status_code == 200
        return response.content.decode()

    def post(self, path: str, status: int, **typed: str) -> str:
        response = self.client.post(f"/command/{path}", typed)
        assert response.status_code == status, response.content.decode()[:2000]
        return response.content.decode()


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def previewed(page: str) -> str:
    return page.split('name="previewed" value="')[1].split('"')[0]


def test_a_switch_is_previewed_line_by_line_and_recorded_only_when_confirmed(desk: Desk) -> None:
    asked = {"level": "II", "when": "tomorrow", **BASIS}
    shown = desk.post("switch/", 200, **asked)
    for words in ("Ⅱ级响应", "2 次（再报：13:30–18:00）", "暂停", "须经批准", "17:00 前", "闭环管理", "2 人", "校园闭环管理"):
        assert words in shown
    assert not LevelChange.objects.exists()
    assert BASIS["number"] in desk.post("switch/", 200, again="1", previewed=previewed(shown), **asked)
    assert not LevelChange.objects.exists()
    desk.post("switch/", 302, previewed=previewed(shown), **asked)
    change = LevelChange.objects.get()
    tomorrow = clock.day_of(desk.at) + timedelta(days=1)
    assert (change.level, clock.local(change.from_at).date(), clock.local(change.from_at).hour) == ("II", tomorrow, 0)
    assert (change.issuer, change.number) == (BASIS["issuer"], BASIS["number"])
    assert "起执行Ⅱ级响应" in desk.get("")
    assert "起执行Ⅱ级响应" in browser(desk.campus.students[0]).get("/").content.decode()


def test_a_preview_that_is_old_is_shown_anew_and_records_nothing(desk: Desk) -> None:
    asked = {"level": "II", "when": "at-once", **BASIS}
    old = previewed(desk.post("switch/", 200, **asked))
    effects = Effects.model_validate(LevelProfile(effects=_effects()).effects)
    LevelProfile.objects.create(
        school=desk.campus.school, level="II", effects=effects.model_dump(mode="json"), saved_at=desk.at, saved_by=1
    )
    assert "请核对新的预览" in desk.post("switch/", 422, previewed=old, **asked)
    assert not LevelChange.objects.exists()


def _effects() -> dict[str, object]:
    return {
        "gatherings": "approval", "return_needs_approval": True, "gate": "closed", "teaching": "remote", "leaders_on_duty": 1,
        "managers_on_duty": 1, "zero_report_by": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"when": "at"}, "请填写从什么时候起"),
        ({"when": "at", "from_at": "2020-01-01T08:00"}, "已经过去"),
        ({"when": "at", "from_at": "0001-01-01T00:00"}, "已经过去"),
        ({"level": "routine"}, "没有需要切换的内容"),
        ({"level": "V"}, "V"),
        ({"issuer": ""}, "发布机关"),
    ],
)
def test_a_switch_that_cannot_be_is_refused_in_words_and_keeps_what_was_typed(
    desk: Desk, typed: dict[str, str], words: str
) -> None:
    page = desk.post("switch/", 422, **{"level": "II", "when": "tomorrow", **BASIS, **typed})
    assert words in page
    assert BASIS["document"] in page
    assert not LevelChange.objects.exists()


def test_tomorrow_is_another_day_after_midnight(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"level": "II", "when": "tomorrow", **BASIS}
    shown = desk.post("switch/", 200, **asked)
    monkeypatch.setattr(clock, "now", lambda: desk.at + timedelta(days=1))
    desk.post("switch/", 422, previewed=previewed(shown), **asked)
    assert not LevelChange.objects.exists()


def test_a_measure_may_be_of_the_schools_own_field_of_work(desk: Desk) -> None:
    area = OwnArea.objects.create(school=desk.campus.school, name="民族学生工作")
    typed = {
        "gatherings": "suspended", "gate": "closed", "teaching": "remote", "leaders_on_duty": "1", "managers_on_duty": "2",
        "measure_0": "清真餐厅单独供餐", "area_0": area.area,
    }  # fmt: skip
    desk.post("levels/II/", 302, **typed)
    assert LevelProfile.objects.get().effects["measures"][0]["area"] == area.area


def test_an_undo_asks_for_a_reason(desk: Desk) -> None:
    change = switch(desk.campus, "III")
    desk.post(f"changes/{change.pk}/undo/", 302, reason="")
    change.refresh_from_db()
    assert change.undone_at is None
    desk.post(f"changes/{change.pk}/undo/", 302, reason="文件理解有误")
    shown = desk.get("")
    assert "文件理解有误" in shown
    assert "已撤销" in shown
    assert "常态" in shown


def test_a_student_sees_the_level_and_what_it_changes_and_nothing_of_the_group(desk: Desk) -> None:
    switch(desk.campus, "III")
    leader = member(desk.campus, "leader")
    shown = desk.get("", desk.campus.students[1])
    assert "Ⅲ级响应" in shown
    assert "测温、查验证件" in shown
    assert leader.person.name not in shown
    assert "/command/switch/" not in shown
    assert browser(desk.campus.students[1]).get("/command/group/").status_code == 403


def test_what_a_level_changes_is_edited_with_its_measures(desk: Desk) -> None:
    page = desk.get("levels/II/")
    assert "校园闭环管理" in page
    typed = {
        "further_reports": "12:00至14:00\n18:00-20:00", "zero_report_by": "16:30", "gatherings": "suspended", "gate": "closed",
        "teaching": "remote", "leaders_on_duty": "1", "managers_on_duty": "2", "measure_0": "校园闭环管理", "area_0": "gate",
        "measure_1": "", "area_1": "logistics", "measure_2": "学生网格化管理", "area_2": "command",
    }  # fmt: skip
    desk.post("levels/II/", 302, **typed)
    saved = Effects.model_validate(LevelProfile.objects.get().effects)
    assert [f"{one.opens:%H:%M}-{one.closes:%H:%M}" for one in saved.further_reports] == ["12:00-14:00", "18:00-20:00"]
    assert [(one.zh, one.en, one.area) for one in saved.measures] == [
        ("校园闭环管理", "Closed-loop campus", "gate"), ("学生网格化管理", "学生网格化管理", "command"),
    ]  # fmt: skip
    assert saved.return_needs_approval is False


@pytest.mark.parametrize(
    ("windows", "words"),
    [("13:30", "不是一个时段"), ("25:00-26:00", "时间不对"), ("13:00-12:00", "结束要晚于开始"), ("12:00-14:00\n13:00-15:00", "不能重叠"),
     ("\n".join(f"{n}:00-{n}:30" for n in range(8, 14)), "最多五个时段")],
)  # fmt: skip
def test_windows_that_cannot_be_are_refused_in_words(desk: Desk, windows: str, words: str) -> None:
    typed = {"further_reports": windows, "gatherings": "suspended", "gate": "closed", "teaching": "remote"}
    page = desk.post("levels/II/", 422, leaders_on_duty="1", managers_on_duty="2", **typed)
    assert words in page
    assert not LevelProfile.objects.exists()


def test_the_group_page_names_gaps_and_takes_members_and_assignments(desk: Desk) -> None:
    assert "指挥部还没有组长" in desk.get("group/")
    leader = holder(Role.COMMAND_GROUP, desk.campus.school)
    added = {"person": leader.number.lower(), "position": "leader", "duty": "校党委书记", "deputy": ""}
    desk.post("group/", 302, **added)
    assert "已经是指挥部成员" in desk.post("group/", 422, **added)
    assert "没有工号为“N0”的教职工" in desk.post("group/", 422, **added | {"person": "N0"})
    student = person(desk.campus.classes[0])
    assert "没有工号为" in desk.post("group/", 422, **added | {"person": student.number})
    page = desk.get("group/")
    assert "“校门与校园安全”没有负责人" in page
    desk.post("group/assign/", 302, key="area:gate", person_id=str(leader.pk), alone="on")
    assert "“校门与校园安全”没有负责人" not in desk.get("group/")
    held = Responsibility.objects.get()
    desk.post(f"group/responsibilities/{held.pk}/end/", 302)
    assert "“校门与校园安全”没有负责人" in desk.get("group/")


def test_a_member_is_changed_and_removed(desk: Desk) -> None:
    one, deputy = member(desk.campus, "leader"), holder(Role.COMMAND_GROUP, desk.campus.school)
    desk.post(f"group/members/{one.pk}/", 302, position="leader", duty="校长", deputy=deputy.number)
    assert "不能做自己的代理人" in desk.post(
        f"group/members/{Member.objects.get(to_at=None).pk}/", 422, position="leader", duty="校长", deputy=one.person.number
    )
    now = Member.objects.get(to_at=None)
    assert (now.duty, now.deputy) == ("校长", deputy)
    desk.post(f"group/members/{now.pk}/end/", 302)
    assert not Member.objects.filter(to_at=None).exists()
    assert browser(desk.campus.command).get(f"/command/group/members/{now.pk}/").status_code == 404


def test_the_contact_sheet_gives_numbers_to_those_who_command(desk: Desk) -> None:
    one = member(desk.campus, "leader")
    one.person.phone = "13900001234"
    one.person.save()
    assert "tel:13900001234" in desk.get("group/sheet/")
    assert "13900001234" not in desk.get("group/")


def test_fields_of_work_of_ones_own_are_added_and_closed_on_the_page(desk: Desk) -> None:
    leader = member(desk.campus, "leader")
    for name, words in (("", "请填写工作名称"), ("民族学生工作", "已添加"), ("民族学生工作", "已经有“民族学生工作”")):
        desk.post("group/areas/", 302, name=name)
        assert words in desk.get("group/")
    area = OwnArea.objects.get()
    assert "“民族学生工作”没有负责人" in desk.get("group/")
    for key, words in ((f"area:{area.area}", "已安排"), ("area:dancing", "没有“area:dancing”这项工作")):
        desk.post("group/assign/", 302, key=key, person_id=str(leader.person_id), alone="on")
        assert words in desk.get("group/")
    desk.post("group/assign/", 302, key=f"area:{area.area}", person_id="")
    assert "请先选择负责人" in desk.get("group/")
    desk.post(f"group/areas/{area.pk}/close/", 302)
    assert "民族学生工作" not in desk.get("group/").split("工作分工")[1]
    assert browser(desk.campus.command).post(f"/command/group/areas/{area.pk}/close/").status_code == 404


def test_what_cannot_be_undone_is_said_and_what_is_not_there_is_not(desk: Desk) -> None:
    past = switch(desk.campus, "III", at=desk.at - timedelta(days=2))
    switch(desk.campus, "II", at=desk.at - timedelta(days=1))
    desk.post(f"changes/{past.pk}/undo/", 302, reason="x")
    assert "这次级别变更已结束，不能撤销" in desk.get("")
    elsewhere = switch(Campus(), "II")
    for path in (f"changes/{elsewhere.pk}/undo/", "changes/0/undo/", "levels/VII/"):
        assert browser(desk.campus.command).post(f"/command/{path}", {"reason": "x"}).status_code == 404


def test_a_measure_whose_field_of_work_was_closed_still_reads(desk: Desk) -> None:
    effects = _effects() | {"measures": [{"zh": "网格化管理", "en": "x", "area": "own-999"}]}
    LevelProfile.objects.create(school=desk.campus.school, level="II", effects=effects, saved_at=desk.at, saved_by=1)
    switch(desk.campus, "II")
    shown = desk.get("")
    assert "网格化管理" in shown
    assert "没有负责人" in shown


def test_a_measure_may_fall_to_a_field_of_work_of_ones_own(desk: Desk) -> None:
    desk.post("group/areas/", 302, name="民族学生工作")
    typed = {"gatherings": "suspended", "gate": "closed", "teaching": "remote", "leaders_on_duty": "1", "managers_on_duty": "2"}
    desk.post("levels/II/", 302, measure_0="清真餐供应", area_0=OwnArea.objects.get().area, **typed)
    assert Effects.model_validate(LevelProfile.objects.get().effects).measures[0].area == OwnArea.objects.get().area
