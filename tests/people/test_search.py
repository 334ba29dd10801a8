"""People are found by the beginning of any way their name is written or read, within the scope of who asks."""

from __future__ import annotations

import pytest

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import actions, names, queries, search
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.people import Campus, actor, holder, person, school

NAMES = (
    "王小明",
    "王晓敏",
    "王博",
    "汪洋",
    "肖明",
    "欧阳娜娜",
    "曾强",
    "单晓",
    "吕布",
    "梁超",
    "李明",
    "买买提·艾力",
    "Ann Lee",
)


@pytest.fixture
def campus() -> Campus:
    made = Campus()
    for index, name in enumerate(NAMES):
        person(made.classes[index % 2], name=name)
    return made


def found(by: Actor, text: str, limit: int = 20) -> list[str]:
    return [card.person.name for card in queries.search(actor=by, text=text, at=clock.now(), limit=limit).cards]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("王", ["王博", "王小明", "王晓敏"]),
        ("王小", ["王小明"]),
        ("小明", ["王小明"]),
        ("明", ["肖明", "李明"]),
        ("王 小 明", ["王小明"]),
        ("wangxiaoming", ["王小明"]),
        ("Wang Xiao Ming", ["王小明"]),
        ("wang'xiao'min", ["王晓敏", "王小明"]),
        ("wxm", ["王小明", "王晓敏"]),
        ("WXM", ["王小明", "王晓敏"]),
        ("xiaoming", ["肖明", "王小明"]),
        ("li", ["李明", "梁超"]),
        ("ouyang", ["欧阳娜娜"]),
        ("oynn", ["欧阳娜娜"]),
        ("欧阳", ["欧阳娜娜"]),
        ("娜", ["欧阳娜娜"]),
        ("zeng", ["曾强"]),
        ("shan", ["单晓"]),
        ("lv", ["吕布"]),
        ("lü bu", ["吕布"]),
        ("lyu", ["吕布"]),
        ("买买提", ["买买提·艾力"]),
        ("艾力", ["买买提·艾力"]),
        ("ann l", ["Ann Lee"]),
        ("lee", ["Ann Lee"]),
        ("没有这个人", []),
        ("%", []),
        ("_", []),
        ("   ", []),
        ("\x00", []),
        ("王'; DROP TABLE people_person; --", []),
    ],
)
def test_by_whatever_one_begins_to_type(campus: Campus, text: str, first: list[str]) -> None:
    for who in (campus.office, holder(Role.COLLEGE_SECRETARY, campus.college)):
        assert found(actor(who), text) == first


@pytest.mark.django_db
def test_the_wrong_characters_of_the_right_sound(campus: Campus) -> None:
    answer = queries.search(actor=actor(campus.office), text="王晓明", at=clock.now())
    assert [card.person.name for card in answer.cards] == ["王小明"]
    assert answer.by_sound


@pytest.mark.django_db
def test_by_the_beginning_of_a_number_in_any_case(campus: Campus) -> None:
    who = Person.objects.create(school=campus.school, number="B2024001", name="张三", kind="student", created_at=clock.now())
    assert found(actor(campus.office), "b2024") == ["张三"]
    assert found(actor(campus.office), "2024001") == []
    assert queries.search(actor=actor(campus.office), text="B2024", at=clock.now()).cards[0].place == ""
    actions.join(person=who, unit=campus.classes[0], at=clock.now(), by=None)
    card = queries.search(actor=actor(campus.office), text="B2024", at=clock.now()).cards[0]
    assert (card.place, card.room) == ("信息学院 · 软件2401A", "")


@pytest.mark.django_db
def test_only_within_the_scope(campus: Campus) -> None:
    everybody = {"王小明", "王晓敏", "王博"}
    assert set(found(actor(campus.office), "王")) == everybody
    own = {name for index, name in enumerate(NAMES) if index % 2 == 0 and name.startswith("王")}
    assert set(found(actor(campus.counsellor), "王")) == own
    assert found(actor(campus.students[1]), "王") == []
    stranger = holder(Role.PREVENTION_OFFICE, school())
    assert found(actor(stranger), "王") == []


@pytest.mark.django_db
def test_a_large_scope_is_walked_and_a_thin_one_compared(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answers whichever way they are found: all scopes here are small, so the thresholds are lowered."""
    secretary, counsellor = actor(campus.secretary), actor(campus.counsellor)
    texts = ("王", "wang", "wxm", "T00", "li", "nobody")
    compared = [found(by, text) for by in (secretary, counsellor) for text in texts]
    monkeypatch.setattr(search, "FEW_UNITS", 0)
    walked = [found(by, text) for by in (secretary, counsellor) for text in texts]
    monkeypatch.setattr(search, "PATIENCE", (1, 2))
    impatient = [found(by, text) for by in (secretary, counsellor) for text in texts]
    assert walked == compared == impatient
    assert any(compared)


@pytest.mark.django_db
def test_there_are_more(campus: Campus) -> None:
    office = actor(campus.office)
    answer = queries.search(actor=office, text="王", at=clock.now(), limit=2)
    assert (len(answer.cards), answer.has_more) == (2, True)
    assert not queries.search(actor=office, text="王", at=clock.now(), limit=3).has_more


@pytest.mark.django_db
def test_a_phone_is_found_whole_by_those_who_may_call_it_and_leaves_a_trail(campus: Campus) -> None:
    who = campus.students[1]
    who.phone = "13800005678"
    who.save()
    counsellor, monitor = actor(campus.counsellor), actor(campus.monitor)
    for typed in ("13800005678", "+86 138-0000-5678", "１３８００００５６７８"):
        answer = actions.look_up(by=counsellor, text=typed, at=clock.now())
        assert [card.person for card in answer.cards] == [who]
        assert answer.by_phone
    assert Entry.objects.filter(action="person.read-phone", subject_person_id=who.pk).count() == 3
    assert found(counsellor, "1380000567") == []
    assert found(monitor, "13800005678") == []
    outsider = holder(Role.COUNSELLOR, campus.classes[1])
    assert found(actor(outsider), "13800005678") == []


@pytest.mark.django_db
def test_a_search_is_a_handful_of_queries(campus: Campus, django_assert_max_num_queries: object) -> None:
    office, counsellor = actor(campus.office), actor(campus.counsellor)
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        found(office, "王")
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        found(counsellor, "wang")


@pytest.mark.parametrize(
    ("name", "pinyin", "initials", "given", "given_pinyin"),
    [
        ("王小明", "wang xiaoming", "wxm", "小明", "xiaoming"),
        ("欧阳娜娜", "ouyang nana", "oynn", "娜娜", "nana"),
        ("司马光", "sima guang", "smg", "光", "guang"),
        ("单于夜", "chanyu ye", "cyy", "夜", "ye"),
        ("尉迟恭", "yuchi gong", "ycg", "恭", "gong"),
        ("单雄信", "shan xiongxin", "sxx", "雄信", "xiongxin"),
        ("曾国藩", "zeng guofan", "zgf", "国藩", "guofan"),
        ("仇英", "qiu ying", "qy", "英", "ying"),
        ("区小凤", "ou xiaofeng", "oxf", "小凤", "xiaofeng"),
        ("翟天", "zhai tian", "zt", "天", "tian"),
        ("吕布", "lv bu", "lb", "布", "bu"),
        ("女生女", "nv shengnv", "nsn", "生女", "shengnv"),
        (" 王 小　明 ", "wang xiaoming", "wxm", "小明", "xiaoming"),
        ("买买提·艾力", "maimaiti aili", "mmtal", "艾力", "aili"),
        ("José  García", "jose garcia", "jg", "García", "garcia"),
        ("Madonna", "madonna", "m", "", ""),
        ("李", "li", "l", "", ""),
        ("", "", "", "", ""),
    ],
)
def test_names_are_spelt(name: str, pinyin: str, initials: str, given: str, given_pinyin: str) -> None:
    assert names.spell(name) == names.Spelling(pinyin, initials, given, given_pinyin)


@pytest.mark.parametrize("family", sorted(names.COMPOUND_SURNAMES))
def test_a_compound_surname_has_two_syllables(family: str) -> None:
    assert len(names.spell(family + "明").initials) == 3
    assert names.spell(family + "明").given_name == "明"
