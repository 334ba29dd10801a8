"""Every format and encoding gives the same rows; the header is found wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.utils import translation

from linglou.foundation.people.roster_import import matching, reading
from linglou.kernel.problems import Problem
from tests.factories import rosters

ROWS = [["学号", "姓名", "班级"], ["0012024001", "张三", "软件1班"], ["0012024002", "李四", "软件1班"]]


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., reading.Book]:
    def read(content: bytes, **options: Any) -> reading.Book:
        path = tmp_path / "roster"
        path.write_bytes(content)
        return reading.read(path, **options)

    return read


def rows(book: reading.Book) -> list[list[Any]]:
    return [row for _index, sheet, _header in book.usable for _line, row in sheet.data()]


@pytest.mark.parametrize(
    ("kind", "content"),
    [("xlsx", rosters.xlsx(ROWS)), ("xls", rosters.xls(ROWS)), ("ods", rosters.ods(ROWS)), ("csv", rosters.csv_(ROWS))],
    ids=["xlsx", "xls", "ods", "csv"],
)
def test_every_format(read: Any, kind: str, content: bytes) -> None:
    book = read(content)
    assert (book.format, rows(book)) == (kind, ROWS[1:])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_encoding_of_text(read: Any, encoding: str, delimiter: str) -> None:
    # 𬭎 (U+2CB4E) is in names, and in GB 18030 but not in GBK.
    extra = [["0012024003", "王𬭎", "软件1班"]] if encoding != "gbk" else []
    book = read(rosters.csv_([*ROWS, *extra], encoding=encoding, delimiter=delimiter))
    assert rows(book) == ROWS[1:] + extra
    assert book.encoding == encoding


def test_big5_is_guessed(read: Any) -> None:
    wanted = [["學號", "姓名", "班級"], ["0012024001", "張三", "軟件一班"]]
    content = rosters.csv_(wanted, encoding="big5")
    with pytest.raises(Problem) as refused:  # traditional titles are no synonyms: a user has to say which is which
        read(content)
    assert refused.value.code == "file-has-no-header"


@pytest.mark.parametrize("above", [0, 1, 2, 7])
def test_the_header_under_merged_titles(read: Any, above: int) -> None:
    titles = [[f"零陵大学学生名册 {n}", "", ""] for n in range(above)]
    merge = [f"A{n}:C{n}" for n in range(1, above + 1)]
    book = read(rosters.xlsx([*titles, *ROWS], merge=merge))
    (_index, sheet, header) = book.usable[0]
    assert header.line == above
    assert next(iter(sheet.data())) == (above + 2, ROWS[1])


def test_a_table_that_does_not_start_in_the_first_column(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "shifted.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        for line, values in enumerate(ROWS):
            page.write_row(line + 3, 2, values)
    opened = reading.read(path)
    assert [(line, row) for _i, sheet, _h in opened.usable for line, row in sheet.data()] == [(5, ROWS[1]), (6, ROWS[2])]


def test_a_class_merged_down_the_side_is_every_rows(read: Any) -> None:
    table = [["班级", "学号", "姓名"], ["软件1班", "1", "张三"], ["", "2", "李四"], ["软件2班", "3", "王五"]]
    book = read(rosters.xlsx(table, merge=["A2:A3"]))
    assert [row[0] for row in rows(book)] == ["软件1班", "软件1班", "软件2班"]


def test_a_header_of_two_lines(read: Any) -> None:
    table = [["学号", "姓名", "家庭信息", ""], ["", "", "家长姓名", "家长电话"], ["1", "张三", "张父", "13800000000"]]
    book = read(rosters.xlsx(table, merge=["C1:D1"]))
    (_index, _sheet, header) = book.usable[0]
    assert header.of == {"number": 0, "name": 1, "guardian_name": 2, "guardian_phone": 3}
    assert rows(book) == [table[2]]


def test_every_visible_sheet_is_read(read: Any, tmp_path: Path) -> None:
    path = tmp_path / "sheets.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, hide in (("一班", False), ("二班", False), ("旧", True)):
            page = book.add_worksheet(name)
            page.write_row(0, 0, ROWS[0])
            page.write_row(1, 0, [f"{name}1", "张三", name])
            if hide:
                page.hide()
    assert [row[2] for row in rows(reading.read(path))] == ["一班", "二班"]
    assert [row[2] for row in rows(reading.read(path, skipped=["一班"]))] == ["二班"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (b"PK\x03\x04 not really", "file-unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not really", "file-unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "file-protected"),
        (b"<html><table><tr><td>1</td></tr></table>", "file-is-web-page"),
        (b"\x00\x01\x02\x03\x04" * 100, "file-unreadable"),
        ("只有,一些,字\n没有,表头,的\n".encode(), "file-has-no-header"),
        (rosters.xlsx([["甲", "乙"], ["1", "2"]]), "file-has-no-header"),
    ],
)
def test_what_is_no_roster_is_refused(read: Any, content: bytes, code: str) -> None:
    with pytest.raises(Problem) as refused:
        read(content)
    assert refused.value.code == code


@pytest.mark.parametrize("field", list(matching.FIELDS))
def test_every_synonym_means_one_field(field: str) -> None:
    for word in matching.SYNONYMS[field].split():
        assert matching.field_of(word) == field, word


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("*学号", "number"), ("学 号", "number"), ("学号（必填）", "number"), ("学号/工号", "number"), ("Student ID", "number"), ("student_id", "number"),
        ("姓名：", "name"), ("NAME", "name"), ("身份证号码(18位)", "id_number"), ("手机号码", "phone"), ("院系(Department)", "college"),
        ("辅导员", "counsellor"), ("宿舍", "room"), ("家长联系电话", "guardian_phone"), ("序号", ""), ("备注", ""), ("未导入原因", ""),
        ("绩点", ""), ("", ""),
    ],
)  # fmt: skip
def test_titles_as_people_write_them(title: str, field: str) -> None:
    assert matching.field_of(title) == field


def test_what_the_user_says_wins() -> None:
    header = matching.find_header(
        [["学生代码", "姓名", "手机", "联系电话"]], {"学生代码": "number", "手机": "", "联系电话": "phone"}
    )
    assert header
    assert header.of == {"number": 0, "name": 1, "phone": 3}


def test_a_bare_phone_after_the_parents_name_is_the_parents() -> None:
    header = matching.find_header([["学号", "姓名", "联系电话", "家长姓名", "联系电话"]], {})
    assert header
    assert header.of == {"number": 0, "name": 1, "phone": 2, "guardian_name": 3, "guardian_phone": 4}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_templates_titles_are_recognised_in_both_languages(language: str) -> None:
    with translation.override(language):
        titles = [str(title) for title in matching.FIELDS.values()]
    header = matching.find_header([titles], {})
    assert header
    assert list(header.of) == list(matching.FIELDS)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_column_of_reasons_is_passed_over_in_both_languages(language: str) -> None:
    with translation.override(language):
        title = str(matching.REASON_TITLE)
    assert matching.plain(title) in matching.IGNORED_REASONS
