"""The error file is the user's own file; mended, it goes in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date

import openpyxl
import pytest

from linglou.foundation.people.models import Person, RosterImport, Unit
from linglou.foundation.people.roster_import import actions, files
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories import people, rosters

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> Unit:
    return people.school()


def error_file(job: RosterImport) -> bytes:
    return actions.error_file_of(job, at=clock.now(), by=None)


TITLES = ["学号", "姓名", "学院", "入学日期", "绩点", "手机"]
TABLE = [
    ["零陵大学名册", "", "", "", "", ""],
    TITLES,
    ["2024000001", "张三", "信息学院", date(2024, 9, 1), 3.5, "13800000001"],
    ["2024000002", "", "信息学院", date(2024, 9, 2), 2.75, "13800000002"],
    ["2024000003", "李四", "信息学院", date(2024, 9, 3), 4, "123"],
]


def rows(content: bytes) -> list[list[object]]:
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in line] for line in page.iter_rows()]


@pytest.mark.parametrize("make", [rosters.xlsx, rosters.xls, rosters.ods], ids=["xlsx", "xls", "ods"])
def test_a_spreadsheet(school: Unit, make: Callable[..., bytes]) -> None:
    job = rosters.previewed(school, make(TABLE))
    content = error_file(job)
    told = rows(content)
    assert told[0][0] == "零陵大学名册"
    assert told[1] == [*TITLES, "未导入原因"]
    assert told[2][:2] == ["2024000002", None]
    assert str(told[2][3]).startswith("2024-09-02")
    assert told[2][4:6] == [2.75, "13800000002"]
    assert "没有姓名" in str(told[2][6])
    assert told[3][1] == "李四"
    assert "不是有效的电话号码" in str(told[3][6])
    assert len(told) == 4


def test_mended_it_goes_in_and_mended_by_half_it_comes_back(school: Unit) -> None:
    rosters.applied(school, rosters.xlsx(TABLE))
    job = RosterImport.objects.get()
    book = openpyxl.load_workbook(io.BytesIO(error_file(job)))
    book.worksheets[0]["B3"] = "王五"
    half = io.BytesIO()
    book.save(half)
    job = rosters.applied(school, half.getvalue())
    assert rosters.verdicts(job) == {"new": 1, "rejected": 1}
    again = rows(error_file(job))
    assert again[1] == [*TITLES, "未导入原因"], "the column of reasons is written over, not doubled"
    book = openpyxl.load_workbook(io.BytesIO(error_file(job)))
    book.worksheets[0]["F3"] = "13800000003"
    whole = io.BytesIO()
    book.save(whole)
    job = rosters.applied(school, whole.getvalue())
    assert rosters.verdicts(job) == {"new": 1}, "a mended file names few people on purpose: nobody is proposed as left"
    assert set(Person.objects.values_list("name", flat=True)) == {"张三", "王五", "李四"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_text_file_comes_back_in_its_own_encoding(school: Unit, encoding: str, delimiter: str) -> None:
    table = [["名册", "", ""], ["学号", "姓名", "学院"], ["1", "张三", "信息学院"], ["2", "", "信息,学院"]]
    content = rosters.csv_(table, encoding=encoding, delimiter=delimiter)
    job = rosters.previewed(school, content, name="名册.csv")
    told = list(csv.reader(io.StringIO(error_file(job).decode(encoding)), delimiter=delimiter))
    assert told == [["名册", "", "", ""], ["学号", "姓名", "学院", "未导入原因"], ["2", "", "信息,学院", told[2][3]]]
    assert "没有姓名" in told[2][3]
    mended = (
        error_file(job).decode(encoding).replace(f"2{delimiter}{delimiter}", f"2{delimiter}李四{delimiter}").encode(encoding)
    )
    assert rosters.verdicts(rosters.previewed(school, mended, name="名册.csv")) == {"new": 1}


def test_of_several_sheets_only_those_with_refused_rows(school: Unit) -> None:
    good = [["学号", "姓名", "学院"], ["1", "甲", "文学院"]]
    bad = [["工号", "姓名", "部门"], ["2", "", "图书馆"], ["3", "丙", "图书馆"]]
    job = rosters.previewed(school, rosters.xlsx(good, bad, names=["学生", "教工"]))
    book = openpyxl.load_workbook(io.BytesIO(error_file(job)))
    assert book.sheetnames == ["教工"]
    assert [cell.value for cell in book["教工"][2]][:1] == ["2"]


def test_kept_for_a_while_after_the_apply_and_then_deleted(school: Unit) -> None:
    job = rosters.applied(school, rosters.xlsx(TABLE))
    assert job.file_key == ""
    path = files.path_of(job.error_file_key)
    assert path.stat().st_mode & 0o777 == 0o600
    assert rows(error_file(job))[2][0] == "2024000002"
    actions.purge(clock.now() + actions.KEEP_FILES)
    assert not path.exists()
    job.refresh_from_db()
    assert job.state == "applied"
    with pytest.raises(Problem) as refused:
        error_file(job)
    assert refused.value.code == "import-file-gone"
