"""What spreadsheets leave in cells is brought back, or known to be lost."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linglou.foundation.people.roster_import import cells


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("张三", "张三"),
        ("　张 三　", "张 三"),
        ("２０２４０１Ａ", "202401A"),
        ("\u200b\ufeff2024\u200d01\u2060", "202401"),
        ("软件\xa01班\n（东区）", "软件 1班 (东区)"),
        ('="0012"', "0012"),
        ("'0012", "0012"),
        ("\t2024001", "2024001"),
        (2024001.0, "2024001"),
        (36.5, "36.5"),
        (True, "True"),
        (None, ""),
        (datetime(2005, 9, 1), "2005-09-01"),  # noqa: DTZ001
    ],
)
def test_text(cell: Any, text: str) -> None:
    assert cells.text(cell) == text


@given(st.text())
def test_cleaned_text_is_one_line_without_control_characters(text: str) -> None:
    """What COPY and the error file rely on."""
    cleaned = cells.text(text)
    assert not any(ord(character) < 32 for character in cleaned)
    assert cleaned == cleaned.strip()


@pytest.mark.parametrize("cell", ["2024001.0", "2024001.00", 2024001.0, 2024001, " 2024 001 ", "２０２４００１"])
def test_digits(cell: Any) -> None:
    assert cells.digits(cell) == "2024001"


@pytest.mark.parametrize("cell", ["3.40524E+17", "3.40524198001010E+17", "3E+17", "1.38E10", 3.40524198001010e17, 10**15])
def test_destroyed_numbers_are_known(cell: Any) -> None:
    with pytest.raises(cells.Destroyed):
        cells.digits(cell)


@pytest.mark.parametrize("cell", ["2024E01", "E2024001", "2E01"])
def test_a_number_with_an_e_in_it_is_a_number(cell: str) -> None:
    assert cells.digits(cell) == cell


@pytest.mark.parametrize(
    "cell",
    [
        date(2005, 9, 1), datetime(2005, 9, 1, 12), "2005-09-01", "2005/9/1", "2005.9.1", "20050901", "2005年9月1日", "2005 年 9 月 1 日",  # noqa: DTZ001
        "２００５－０９－０１", "2005-09-01 00:00:00", 38596, 38596.0, "38596", "38596.0",
    ],
)  # fmt: skip
def test_a_day(cell: Any) -> None:
    assert cells.day(cell) == date(2005, 9, 1)


@pytest.mark.parametrize("cell", ["九月", "2005-13-01", "2005-02-30", "12", 999999, "05/9/1"])
def test_no_day(cell: Any) -> None:
    with pytest.raises(ValueError, match=r".*"):
        cells.day(cell)
