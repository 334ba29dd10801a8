"""A row that cannot be right is refused, with the reason and the cure; the others go in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from linglou.foundation.people.models import Person, RosterImport, RosterImportRow, Unit
from linglou.foundation.people.roster_import import reasons
from tests.factories import people, rosters

pytestmark = pytest.mark.django_db

BAD = rosters.id_number(99)


@pytest.fixture
def school() -> Unit:
    return people.school()


CASES: list[tuple[dict[str, Any], str]] = [
    ({"学号": ""}, "number-missing"),
    ({"学号": "2.02401E+11"}, "number-destroyed"),
    ({"学号": "张三"}, "number-malformed"),
    ({"学号": 24000099}, "number-lost-zeros"),
    ({"学号": "24000099"}, "number-lost-zeros"),
    ({"姓名": ""}, "name-missing"),
    ({"姓名": "长" * 81}, "too-long"),
    ({"性别": "雄"}, "sex-unknown"),
    ({"性别": "女"}, "sex-mismatch"),
    ({"身份证号": 3.40524200509010e17}, "id-destroyed"),
    ({"身份证号": "3.40524E+17"}, "id-destroyed"),
    ({"身份证号": "340524200509010000"}, "id-destroyed"),
    ({"身份证号": BAD[:17] + ("1" if BAD[17] != "1" else "2")}, "id-check-digit"),
    ({"身份证号": "3405242005"}, "id-length"),
    ({"手机": "1.38E+10"}, "phone-destroyed"),
    ({"手机": "12345"}, "phone-invalid"),
    ({"手机": "13800000000/13900000000"}, "phone-invalid"),
    ({"床位": "x" * 21}, "too-long"),
    ({"楼栋": "", "寝室": "201"}, "building-missing"),
    ({"楼栋": "3号楼", "寝室": ""}, "room-missing"),
    ({"学院": "", "班级": ""}, "unit-missing"),
    ({"学院": "", "班级": "没有的班"}, "college-unknown"),
]


@pytest.mark.parametrize(("changes", "code"), CASES, ids=[f"{code}-{n}" for n, (_c, code) in enumerate(CASES)])
def test_the_row_is_refused_and_the_others_are_not(school: Unit, changes: dict[str, Any], code: str) -> None:
    job = rosters.previewed(school, rosters.xlsx(rosters.table(5, rosters.row(99, **changes))))
    assert rosters.codes(job) == {7: [code]}
    assert rosters.verdicts(job) == {"new": 5, "rejected": 1}
    (words,) = reasons.words(reasons.load(RosterImportRow.objects.get(import_id=job.pk, verdict="rejected").reasons))
    assert "{" not in words
    assert "请" in words or "只能" in words


def test_the_same_row_without_the_fault_is_accepted(school: Unit) -> None:
    job = rosters.previewed(school, rosters.xlsx(rosters.table(5, rosters.row(99))))
    assert rosters.verdicts(job) == {"new": 6}


def test_all_that_is_wrong_with_a_row_is_said_at_once(school: Unit) -> None:
    bad = rosters.row(99, 姓名="", 手机="1", 性别="x")
    job = rosters.previewed(school, rosters.xlsx(rosters.table(3, bad)))
    assert set(rosters.codes(job)[5]) == {"name-missing", "phone-invalid", "sex-unknown"}


def test_duplicates_are_refused_with_both_lines(school: Unit) -> None:
    job = rosters.previewed(school, rosters.xlsx(rosters.table(3, rosters.row(9, 学号="2024000002"))))
    assert rosters.codes(job) == {3: ["number-duplicate"], 5: ["number-duplicate"]}
    stored = RosterImportRow.objects.filter(import_id=job.pk, verdict="rejected").values_list("reasons", flat=True)
    assert all("3、5" in reasons.words(reasons.load(why))[0] for why in stored)


def test_one_id_number_twice_is_refused_with_both_lines(school: Unit) -> None:
    job = rosters.previewed(school, rosters.xlsx(rosters.table(3, rosters.row(9, 身份证号=rosters.id_number(2)))))
    assert rosters.codes(job) == {3: ["id-duplicate"], 5: ["id-duplicate"]}


def test_an_id_number_that_somebody_else_bears(school: Unit) -> None:
    rosters.applied(school, rosters.xlsx(rosters.table(2)))
    job = rosters.previewed(school, rosters.xlsx(rosters.table(0, rosters.row(9, 身份证号=rosters.id_number(1)))))
    assert rosters.codes(job) == {2: ["id-taken"]}


def test_somebody_may_be_student_and_staff(school: Unit) -> None:
    rosters.applied(school, rosters.xlsx(rosters.table(2)))
    staff = [["工号", "姓名", "部门", "身份证号"], ["S0001", "张三二", "图书馆", rosters.id_number(1)]]
    assert rosters.verdicts(rosters.previewed(school, rosters.xlsx(staff))) == {"new": 1}


def test_birth_date_against_id_number(school: Unit) -> None:
    header = [*rosters.HEADER, "出生日期"]
    table = [
        header,
        [*rosters.row(1), date(2005, 9, 1)],
        [*rosters.row(2), "2005/9/2"],
        [*rosters.row(3), 38596],
        [*rosters.row(4), "不知道"],
    ]
    job = rosters.previewed(school, rosters.xlsx(table))
    assert rosters.codes(job) == {3: ["birth-mismatch"], 5: ["birth-unreadable"]}


def test_sex_and_birth_date_come_from_the_id_number(school: Unit) -> None:
    rosters.applied(school, rosters.xlsx(rosters.table(0, rosters.row(1, 性别=""))))
    person = Person.objects.get(number="2024000001")
    assert (person.sex, person.birth_date, person.document_kind) == ("male", date(2005, 9, 1), "resident")


@pytest.mark.parametrize(
    ("number", "said", "kind"),
    [
        ("340524800101001", "", "resident-15"), ("E12345678", "", "passport"), ("123456789", "护照", "passport"),
        ("81000019940823002", "港澳台居民居住证", "residence-permit"), ("USA110085030412", "", "residence-permit"),
        ("H12345678", "港澳居民来往内地通行证", "residence-permit"),
    ],
)  # fmt: skip
def test_other_documents_are_accepted_as_such(school: Unit, number: str, said: str, kind: str) -> None:
    from linglou.kernel.identity import check_character

    number += check_character(number) if number.startswith("81") else ""
    table = [["学号", "姓名", "学院", "证件类型", "证件号码"], ["1", "Ann Lee", "信息学院", said, number]]
    rosters.applied(school, rosters.xlsx(table))
    assert (Person.objects.get().document_kind, Person.objects.get().id_number) == (kind, number)


def test_many_ids_ending_in_000_are_a_spreadsheets_work(school: Unit) -> None:
    """One sound number ending in 000 may be true; a column of them is not, whatever the check digit says by chance."""
    sound = next(
        number for n in range(0, 1000, 100) for born in range(20050901, 20050931)
        if (number := f"340524{born}{n:03}") and rosters.identity.check_character(number) == "0"
    ) + "0"  # fmt: skip
    assert sound.endswith("000")
    good = rosters.row(9, 身份证号=sound, 性别="")
    assert rosters.verdicts(rosters.previewed(school, rosters.xlsx(rosters.table(3, good)))) == {"new": 4}
    rounded = [rosters.row(n, 身份证号=rosters.id_number(n)[:15] + "000") for n in (21, 22)]
    job = rosters.previewed(school, rosters.xlsx(rosters.table(3, good, *rounded)))
    assert rosters.codes(job) == {5: ["id-destroyed"], 6: ["id-destroyed"], 7: ["id-destroyed"]}


class TestLostZeros:
    """A number shorter than its column's usual width lost its zeros, unless the school knows it so, or the user says so."""

    TABLE = [["学号", "姓名", "学院"], ["0012024", "甲", "文学院"], ["0012025", "乙", "文学院"], ["12026", "丙", "文学院"]]

    def test_refused_with_the_cure(self, school: Unit) -> None:
        job = rosters.previewed(school, rosters.xlsx(self.TABLE))
        assert rosters.codes(job) == {4: ["number-lost-zeros"]}
        row = RosterImportRow.objects.get(import_id=job.pk, verdict="rejected")
        assert "0012026" in reasons.words(reasons.load(row.reasons))[0]

    def test_accepted_when_the_user_says_so(self, school: Unit) -> None:
        job = rosters.applied(school, rosters.xlsx(self.TABLE), accept_short=True)
        assert rosters.verdicts(job) == {"new": 3}
        again = rosters.previewed(school, rosters.xlsx(self.TABLE))
        assert rosters.verdicts(again) == {"unchanged": 3}

    def test_a_whole_column_that_lost_them_is_known_by_the_school(self, school: Unit) -> None:
        rosters.applied(school, rosters.xlsx(self.TABLE[:3]))
        lost = [self.TABLE[0], [12024, "甲", "文学院"], [12025, "乙", "文学院"]]
        job = rosters.previewed(school, rosters.xlsx(lost))
        assert rosters.codes(job) == {2: ["number-lost-zeros"], 3: ["number-lost-zeros"]}
        assert job.counts.get("left") is None, "who stands in a refused row has not left"

    def test_students_and_staff_have_widths_of_their_own(self, school: Unit) -> None:
        table = [["学号/工号", "姓名", "学院", "人员类别"], ["2024010101", "甲", "文学院", "本科生"], ["2024010102", "乙", "文学院", "学生"],
                 ["80123", "丙", "文学院", "教师"], ["80124", "丁", "文学院", "教职工"]]  # fmt: skip
        assert rosters.verdicts(rosters.previewed(school, rosters.xlsx(table))) == {"new": 4}


def test_a_formula_without_a_value_in_a_text_file(school: Unit) -> None:
    content = rosters.csv_(rosters.table(2, rosters.row(3, 学号="#N/A"), rosters.row(4, 专业="#REF!")))
    assert rosters.codes(rosters.previewed(school, content, name="a.csv")) == {4: ["cell-error"], 5: ["cell-error"]}


def test_nothing_to_import_is_no_success(school: Unit) -> None:
    nothing = rosters.previewed(school, rosters.xlsx([rosters.HEADER]))
    assert (nothing.state, nothing.refusal["code"]) == ("refused", "nothing-to-import")
    refused = rosters.previewed(school, rosters.xlsx(rosters.table(0, rosters.row(1, 姓名=""), rosters.row(2, 手机="1"))))
    assert (refused.state, refused.refusal["code"]) == ("refused", "nothing-to-import")
    assert refused.counts["rejected"] == 2
    assert RosterImport.objects.filter(state="applied").count() == 0


def test_a_missing_column_is_asked_for(school: Unit) -> None:
    table = [["学生代码", "姓名", "学院"], ["1", "甲", "文学院"]]
    job = rosters.previewed(school, rosters.xlsx(table))
    assert (job.state, job.refusal["code"]) == ("refused", "column-missing")
    assert rosters.verdicts(rosters.previewed(school, rosters.xlsx(table), mapping={"学生代码": "number"})) == {"new": 1}
