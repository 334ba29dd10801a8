"""One telephone number has one form."""

from __future__ import annotations

import pytest

from linglou.kernel import phones


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("0550-1234567", "05501234567"),
        ("(0550) 1234567", "05501234567"),
        ("010-62345678", "01062345678"),
        ("400-800-8820", "4008008820"),
        ("+852 6123 4567", "+85261234567"),
        ("00852 6123 4567", "+85261234567"),
        ("+1 415 555 2671", "+14155552671"),
    ],
)
def test_normalised(typed: str, kept: str) -> None:
    assert phones.normalise(typed) == kept


@pytest.mark.parametrize("typed", ["", "12345", "1380013800", "138001380001", "66886688", "无", "13800138000/13900139000"])
def test_no_telephone_number(typed: str) -> None:
    assert phones.normalise(typed) is None
