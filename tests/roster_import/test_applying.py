"""What the preview said is written, all of it or nothing; and the same file twice changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.foundation.people import queries as people_queries
from linglou.foundation.people.models import Membership, Person, Post, RosterImportRow, Unit
from linglou.foundation.people.roster_import import actions, apply, queries
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from linglou.kernel.secrets import blind_index
from tests.factories import people, rosters

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> Unit:
    return people.school()


def homes(number: str) -> dict[str, tuple[str, str]]:
    """Tree -> (names from the school down, bed)."""
    facts = people_queries.in_force(Membership.objects.filter(person__number=number), clock.now()).select_related("unit")
    names = dict(Unit.objects.values_list("pk", "name"))
    return {fact.tree: ("/".join(names[pk] for pk in fact.unit.ancestor_ids[1:]), fact.place) for fact in facts}


def test_persons_units_and_memberships_are_written(school: Unit) -> None:
    job = rosters.applied(school, rosters.xlsx(rosters.table(3)))
    assert rosters.verdicts(job) == {"new": 3}
    person = Person.objects.get(number="2024000001")
    assert (person.name, person.kind, person.sex, person.major, person.phone) == (
        "张三二", "student", "male", "软件工程", "13800000001",
    )  # fmt: skip
    assert person.id_number == rosters.id_number(1)
    assert person.phone_index == blind_index("phone", "13800000001")
    assert homes(person.number) == {
        "administration": ("信息学院/软件2402", ""),
        "residence": ("校本部/3号楼/2层/202", "2"),
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number, phone FROM people_person WHERE id = %s", [person.pk])
        assert not any(plain in str(cursor.fetchone()) for plain in (person.id_number, person.phone))


def test_the_spelling_is_what_a_form_would_store(school: Unit) -> None:
    table = [
        ["学号", "姓名", "学院"],
        *([str(n), name, "文学院"] for n, name in enumerate(("单小芳", "欧阳娜娜", "买买提·艾力", "Ann Lee", "仇 英"))),
    ]
    rosters.applied(school, rosters.xlsx(table))
    for person in Person.objects.filter(school=school):
        stored = (person.pinyin, person.initials, person.given_name, person.given_pinyin)
        person.fill_search()
        assert stored == (person.pinyin, person.initials, person.given_name, person.given_pinyin), person.name
    assert Person.objects.get(number="4").name == "仇英"


def test_the_same_file_twice_changes_nothing(school: Unit) -> None:
    content = rosters.xlsx(rosters.table(6))
    rosters.applied(school, content)
    before = (list(Person.objects.values()), list(Membership.objects.values()), Unit.objects.count())
    job = rosters.applied(school, content)
    assert rosters.verdicts(job) == {"unchanged": 6}
    assert (list(Person.objects.values()), list(Membership.objects.values()), Unit.objects.count()) == before


names = st.text("张王李赵欧阳诸葛单曾解仇小明芳伟·AB ab", min_size=1, max_size=8).filter(lambda name: name.strip(" ·"))
one = st.fixed_dictionaries(
    {
        "姓名": names,
        "性别": st.sampled_from(["男", "女", "", "M", "female"]),
        "手机": st.sampled_from(["", "13800000001", "+86 138 0000 0002", "0550-1234567", 13800000003, "13800000004 "]),
        "证件号码": st.sampled_from(["", "E12345678", "H12345678", "340524800101001"]),
        "学院": st.sampled_from(["信息学院", "文 学院", "　外语学院"]),
        "班级": st.sampled_from(["", "1班", "２班"]),
        "校区": st.sampled_from(["", "东校区"]),
        "楼栋": st.sampled_from(["", "3号楼", "5栋"]),
        "寝室": st.sampled_from(["", "201", "1203室", "3号楼405", "A101"]),
        "床位": st.sampled_from(["", "1", 2, 3.0]),
        "出生日期": st.sampled_from(["", "2005-09-01", 38596, "20050901"]),
        "生源地": st.sampled_from(["", "安徽\\合肥", "a\tb\nc"]),
        "家长电话": st.sampled_from(["", "13900000009"]),
        "党支部": st.sampled_from(["", "学生第一党支部"]),
    }
)


@settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(one, min_size=1, max_size=8))
def test_any_roster_applied_twice_changes_nothing_the_second_time(school: Unit, rows: list[dict[str, Any]]) -> None:
    school = people.school()  # one of its own for each example
    table = [["学号", *rows[0]], *([f"A{n}", *row.values()] for n, row in enumerate(rows))]
    job = rosters.previewed(school, rosters.xlsx(table))
    if job.state != "previewed":
        assert job.counts["rejected"] == len(rows)
        return
    accepted = job.counts["new"]
    job = rosters.applied(school, rosters.xlsx(table))
    again = rosters.previewed(school, rosters.xlsx(table))
    assert again.counts.get("unchanged") == accepted, (rosters.codes(again), again.counts)
    assert again.counts.get("rejected", 0) == job.counts.get("rejected", 0)
    assert Person.objects.filter(school=school).count() == accepted


def test_changes_are_shown_field_by_field_and_masked_where_sensitive(school: Unit) -> None:
    rosters.applied(school, rosters.xlsx(rosters.table(3)))
    changed = rosters.row(1, 姓名="张叁", 手机="13911112222", 班级="软件2405", 床位="9")
    job = rosters.previewed(school, rosters.xlsx([rosters.HEADER, changed, rosters.row(2), rosters.row(3)]))
    assert rosters.verdicts(job) == {"changed": 1, "unchanged": 2}
    (line,) = queries.lines(job, list(queries.rows_of(job, "changed")))
    assert [(change.field, change.old, change.new) for change in line.changes] == [
        ("name", "张三二", "张叁"),
        ("phone", "138****0001", "139****2222"),
        ("unit", "软件2402", "软件2405"),
        ("room", "202 2", "202 9"),
    ]


def test_a_change_supersedes_and_keeps_the_past(school: Unit) -> None:
    rosters.applied(school, rosters.xlsx(rosters.table(2)))
    before = clock.now()
    rosters.applied(school, rosters.xlsx([rosters.HEADER, rosters.row(1, 班级="软件2405"), rosters.row(2)]))
    person = Person.objects.get(number="2024000001")
    assert homes(person.number)["administration"] == ("信息学院/软件2405", "")
    then = people_queries.in_force(Membership.objects.filter(person=person, tree="administration"), before)
    assert [fact.unit.name for fact in then.select_related("unit")] == ["软件2402"]
    facts = (
        Membership.objects.filter(person=person, tree="administration").order_by("pk").values_list("ends_at", "superseded_at")
    )
    assert [(bool(ends), bool(superseded)) for ends, superseded in facts] == [(False, True), (True, False), (False, False)]


def test_an_empty_cell_and_a_missing_column_say_nothing(school: Unit) -> None:
    rosters.applied(school, rosters.xlsx(rosters.table(1)))
    job = rosters.applied(
        school, rosters.xlsx([rosters.HEADER, rosters.row(1, 手机="", 身份证号="", 专业="", 楼栋="", 寝室="")])
    )
    assert rosters.verdicts(job) == {"unchanged": 1}
    few = [["学号", "姓名", "手机"], ["2024000001", "张三二", "13811112222"]]
    assert rosters.verdicts(rosters.applied(school, rosters.xlsx(few))) == {"changed": 1}
    person = Person.objects.get(number="2024000001")
    assert (person.phone, person.major, person.id_number) == ("13811112222", "软件工程", rosters.id_number(1))
    assert set(homes(person.number)) == {"administration", "residence"}


class TestLeavers:
    """Who stands in a unit that the file covers, and not in the file, is proposed; only who is confirmed leaves."""

    @pytest.fixture
    def told(self, school: Unit) -> bytes:
        """Six in two classes of one college, one in another college, one member of staff; then a file without number 3."""
        other = rosters.row(7, 学院="文学院", 班级="汉语1班")
        rosters.applied(school, rosters.xlsx(rosters.table(6, other)))
        rosters.applied(school, rosters.xlsx([["工号", "姓名", "学院"], ["S001", "老师", "信息学院"]]))
        return rosters.xlsx([rosters.HEADER, *(rosters.row(n) for n in (1, 2, 4, 5, 6))])

    def test_proposed_and_untouched_until_confirmed(self, school: Unit, told: bytes) -> None:
        job = rosters.applied(school, told)
        assert rosters.verdicts(job) == {"unchanged": 5, "left": 1}
        assert set(homes("2024000003")) == {"administration", "residence"}

    def test_confirmed(self, school: Unit, told: bytes) -> None:
        gone = Person.objects.get(number="2024000003")
        class_ = Unit.objects.get(name="软件2402", school=school)
        people.actions.appoint(
            person=gone, role=Role.CLASS_MONITOR, unit=class_, at=clock.now() - timedelta(seconds=1), by=None
        )
        job = rosters.applied(school, told, leavers=[gone.pk])
        assert job.counts["written"]["left"] == 1
        assert homes("2024000003") == {}
        assert not people_queries.in_force(Post.objects.filter(person=gone), clock.now()).exists()
        assert Person.objects.filter(pk=gone.pk).exists()
        assert rosters.verdicts(rosters.previewed(school, told)) == {"unchanged": 5}

    def test_the_posts_of_whoever_leaves_must_be_the_askers_to_end(self, school: Unit) -> None:
        staff = [["工号", "姓名", "学院"], ["S001", "老师", "信息学院"], ["S002", "教师", "信息学院"]]
        rosters.applied(school, rosters.xlsx(staff))
        office, administrator = (
            people.actor(people.holder(role, school)) for role in (Role.PREVENTION_OFFICE, Role.ADMINISTRATOR)
        )
        gone = Person.objects.get(number="S002")
        people.actions.appoint(person=gone, role=Role.AUDITOR, unit=school, at=clock.now(), by=None)
        told = rosters.xlsx(staff[:2])
        job = rosters.previewed(school, told, by=office)
        with pytest.raises(Problem) as refused:
            actions.request_apply(job, at=clock.now(), by=office, leavers=[gone.pk])
        assert refused.value.code == "leaver-holds-post"
        assert (refused.value.values["name"], str(refused.value.values["role"])) == (gone.name, "审计")
        assert rosters.applied(school, told, by=administrator, leavers=[gone.pk]).counts["written"]["left"] == 1
        assert not people_queries.in_force(Post.objects.filter(person=gone), clock.now()).exists()

    def test_only_who_was_proposed_can_leave(self, school: Unit, told: bytes) -> None:
        other = Person.objects.get(number="2024000007")
        job = rosters.applied(school, told, leavers=[other.pk])
        assert job.counts["written"]["left"] == 0
        assert homes("2024000007")

    def test_coming_back(self, school: Unit, told: bytes) -> None:
        gone = Person.objects.get(number="2024000003")
        rosters.applied(school, told, leavers=[gone.pk])
        job = rosters.applied(school, rosters.xlsx(rosters.table(6)))
        assert rosters.verdicts(job) == {"unchanged": 5, "changed": 1}
        assert set(homes("2024000003")) == {"administration", "residence"}

    def test_a_file_of_one_class_says_nothing_of_another(self, school: Unit, told: bytes) -> None:
        one_class = rosters.xlsx([rosters.HEADER, rosters.row(2), rosters.row(4)])
        job = rosters.previewed(school, one_class)
        left = RosterImportRow.objects.filter(import_id=job.pk, verdict="left").values_list("number", flat=True)
        assert list(left) == ["2024000006"]

    def test_a_class_that_is_gone_from_a_file_of_its_college(self, school: Unit) -> None:
        classes = [rosters.row(n, 班级=f"软件{n}班") for n in (1, 2, 3)]
        rosters.applied(school, rosters.xlsx([rosters.HEADER, *classes]))
        job = rosters.previewed(school, rosters.xlsx([rosters.HEADER, *classes[:2]]))
        assert rosters.verdicts(job) == {"unchanged": 2, "left": 1}

    def test_a_file_without_units_proposes_nobody(self, school: Unit, told: bytes) -> None:
        few = [["学号", "姓名", "手机"], ["2024000001", "张三二", "13811112222"]]
        assert rosters.verdicts(rosters.previewed(school, rosters.xlsx(few))) == {"changed": 1}

    def test_who_stands_in_a_refused_row_has_not_left(self, school: Unit, told: bytes) -> None:
        table = rosters.table(2, *(rosters.row(n) for n in (4, 5, 6)), rosters.row(3, 学号="2.024E+9"))
        job = rosters.previewed(school, rosters.xlsx(table))
        assert rosters.verdicts(job) == {"unchanged": 5, "rejected": 1}


class TestPlaces:
    def test_units_that_exist_are_used(self, school: Unit) -> None:
        campus = people.Campus()
        table = [
            ["学号", "姓名", "学院", "班级", "校区", "楼栋", "寝室"],
            ["N1", "新生", "信息学院", "软件2401A", "东校区", "3号楼", "201"],
        ]
        before = Unit.objects.count()
        rosters.applied(campus.school, rosters.xlsx(table))
        assert Unit.objects.count() == before
        assert homes("N1") == {
            "administration": ("信息学院/软件2401A", ""), "residence": ("东校区/3号楼/2层/201", ""),
        }  # fmt: skip

    def test_a_class_alone_is_found_by_its_name(self, school: Unit) -> None:
        campus = people.Campus()
        rosters.applied(campus.school, rosters.xlsx([["学号", "姓名", "班级"], ["N1", "新生", "软件2401A"]]))
        assert homes("N1")["administration"] == ("信息学院/软件2401A", "")

    def test_a_class_of_two_colleges_is_asked_about(self, school: Unit) -> None:
        table = [["学号", "姓名", "学院", "班级"], ["1", "甲", "文学院", "1班"], ["2", "乙", "理学院", "1班"]]
        rosters.applied(school, rosters.xlsx(table))
        job = rosters.previewed(school, rosters.xlsx([["学号", "姓名", "班级"], ["3", "丙", "1班"]]))
        assert rosters.codes(job) == {2: ["class-ambiguous"]}

    @pytest.mark.parametrize(
        ("building", "floor", "room", "place"),
        [
            ("3号楼", "", "201", "3号楼/2层/201"), ("3号楼", "", "1203", "3号楼/12层/1203"), ("3号楼", "", "201室", "3号楼/2层/201"),
            ("3号楼", "5", "阁楼", "3号楼/5层/阁楼"), ("3号楼", "二楼", "201", "3号楼/2层/201"), ("", "", "3号楼405", "3号楼/4层/405"),
            ("", "", "7-312", "7/3层/312"), ("3号楼", "", "A101", "3号楼/1层/A101"), ("3号楼", "", "阁楼", "3号楼/未分层/阁楼"),
        ],
    )  # fmt: skip
    def test_rooms(self, school: Unit, building: str, floor: str, room: str, place: str) -> None:
        table = [["学号", "姓名", "学院", "楼栋", "楼层", "寝室"], ["1", "甲", "文学院", building, floor, room]]
        rosters.applied(school, rosters.xlsx(table))
        assert homes("1")["residence"] == (f"校本部/{place}", "")

    def test_staff_and_party(self, school: Unit) -> None:
        table = [
            ["职工号", "姓名", "部门", "党总支", "党支部"],
            ["1", "甲", "图书馆", "机关党总支", "图书馆党支部"],
            ["2", "乙", "图书馆", "", ""],
        ]
        rosters.applied(school, rosters.xlsx(table))
        assert Person.objects.get(number="1").kind == "staff"
        assert homes("1") == {
            "administration": ("图书馆", ""), "party": (f"{school.name}党委/机关党总支/图书馆党支部", ""),
        }  # fmt: skip
        assert Unit.objects.get(name="图书馆").kind == "department"

    def test_a_refused_row_opens_no_unit(self, school: Unit) -> None:
        rosters.applied(school, rosters.xlsx(rosters.table(1, rosters.row(2, 姓名="", 学院="打错学院"))))
        assert not Unit.objects.filter(name="打错学院").exists()

    def test_a_path_is_the_ids_down_to_the_unit(self, school: Unit) -> None:
        rosters.applied(school, rosters.xlsx(rosters.table(4)))
        for unit in Unit.objects.filter(school=school).exclude(pk=school.pk).select_related("parent"):
            assert unit.parent
            assert unit.path == f"{unit.parent.path}{unit.pk}/"
            assert unit.depth == unit.parent.depth + 1


class TestCounsellors:
    HEADER = ["学号", "姓名", "学院", "班级", "辅导员"]

    @pytest.fixture
    def staffed(self, school: Unit) -> Unit:
        staff = [["S001", "李明", "信息学院"], ["S002", "王芳", "信息学院"], ["S003", "王芳", "信息学院"]]
        rosters.applied(school, rosters.xlsx([["工号", "姓名", "学院"], *staff]))
        return school

    @pytest.mark.parametrize(
        ("said", "number"), [("李明", "S001"), ("S002", "S002"), ("王芳(S003)", "S003"), ("S001 李明", "S001")]
    )
    def test_named_surely_and_appointed(self, staffed: Unit, said: str, number: str) -> None:
        job = rosters.applied(
            staffed, rosters.xlsx([self.HEADER, ["1", "甲", "信息学院", "1班", said], ["2", "乙", "信息学院", "1班", said]])
        )
        post = Post.objects.get()
        assert (post.person.number, post.role, post.unit and post.unit.name) == (number, "counsellor", "1班")
        assert job.counts["written"]["counsellors"] == 1
        rosters.applied(
            staffed, rosters.xlsx([self.HEADER, ["1", "甲", "信息学院", "1班", said], ["2", "乙", "信息学院", "1班", said]])
        )
        assert Post.objects.count() == 1

    @pytest.mark.parametrize(("said", "code"), [("王芳", "counsellor-ambiguous"), ("赵六", "counsellor-unknown")])
    def test_not_surely_named_is_said_and_not_appointed(self, staffed: Unit, said: str, code: str) -> None:
        job = rosters.applied(staffed, rosters.xlsx([self.HEADER, ["1", "甲", "信息学院", "1班", said]]))
        assert job.notices == [[code, [said]]]
        assert not Post.objects.exists()

    def test_brought_by_the_same_file(self, school: Unit) -> None:
        table = [["学号/工号", "姓名", "人员类别", "学院", "班级", "辅导员"], ["S1", "李明", "教师", "信息学院", "", ""],
                 ["1", "甲", "学生", "信息学院", "1班", "李明"]]  # fmt: skip
        rosters.applied(school, rosters.xlsx(table))
        assert Post.objects.get().person.number == "S1"


def test_a_failure_in_the_middle_leaves_nothing(school: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    content = rosters.xlsx(rosters.table(3))
    job = actions.request_apply(rosters.previewed(school, content), at=clock.now(), by=None, leavers=())
    entries = Entry.objects.count()
    with monkeypatch.context() as broken:
        broken.setattr(apply, "AUDIT_PERSONS_SQL", "SELECT 1/0 FROM people_rosterimportrow WHERE import_id = %(import_id)s")
        with pytest.raises(DatabaseError):
            actions.apply_now(job, at=clock.now(), by=None)
    job.refresh_from_db()
    assert (job.state, job.refusal["code"]) == ("previewed", "import-failed")
    assert not Person.objects.filter(school=school).exists()
    assert not Unit.objects.filter(parent=school).exists()
    assert Entry.objects.count() == entries
    job = actions.request_apply(job, at=clock.now(), by=None, leavers=())
    assert actions.apply_now(job, at=clock.now(), by=None).state == "applied"


def test_the_trail_names_the_import_and_every_changed_person(school: Unit) -> None:
    rosters.applied(school, rosters.xlsx(rosters.table(2)))
    before = Entry.objects.count()
    job = rosters.applied(school, rosters.xlsx([rosters.HEADER, rosters.row(1, 姓名="改名"), rosters.row(2)]))
    added = list(Entry.objects.order_by("id")[before:])
    assert [(entry.action, entry.detail.get("fields")) for entry in added] == [
        ("person.import", "name"),
        ("roster.import", None),
    ]
    assert added[0].subject_person_id == Person.objects.get(number="2024000001").pk
    assert (added[1].subject_id, added[1].detail["changed"], added[1].detail["unchanged"]) == (job.pk, 1, 1)


def test_two_schools_do_not_mix(school: Unit) -> None:
    other = people.school()
    content = rosters.xlsx(rosters.table(2))
    rosters.applied(school, content)
    assert rosters.verdicts(rosters.applied(other, content)) == {"new": 2}
    assert Person.objects.filter(number="2024000001").count() == 2
