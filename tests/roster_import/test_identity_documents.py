"""Which document a number is, and what it says; which numbers are refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linglou.kernel import identity
from linglou.kernel.identity import Unacceptable

TODAY = date(2026, 11, 23)

ACCEPTED = [
    # number, said, kind, birth date, sex
    ("34052419800101001X", "", "resident", date(1980, 1, 1), "male"),
    ("360426199101010071", "", "resident", date(1991, 1, 1), "male"),
    ("370101190102039973", "", "resident", date(1901, 2, 3), "male"),
    ("340524800101001", "", "resident-15", date(1980, 1, 1), "male"),
    ("340524800101002", "resident", "resident-15", date(1980, 1, 1), "female"),
    ("810000199408230021", "", "residence-permit", date(1994, 8, 23), "female"),
    ("820000199001010017", "", "residence-permit", None, ""),
    ("USA110085030412", "", "residence-permit", None, ""),
    ("H12345678", "", "residence-permit", None, ""),
    ("M1234567890", "", "residence-permit", None, ""),
    ("12345678", "", "residence-permit", None, ""),
    ("E12345678", "", "passport", None, ""),
    ("EA1234567", "", "passport", None, ""),
    ("123456789", "passport", "passport", None, ""),
]


@pytest.mark.parametrize(("number", "said", "kind", "birth", "sex"), ACCEPTED)
def test_accepted(number: str, said: str, kind: str, birth: date | None, sex: str) -> None:
    if number[:2] in identity.RESIDENCE_PROVINCES:  # whatever the last character here, the check digit is part of the test
        number = number[:17] + identity.check_character(number)
    document = identity.read(number, today=TODAY, said=said)
    assert (document.kind, document.number) == (kind, number)
    if birth:
        assert (document.birth_date, document.sex) == (birth, sex)


REFUSED = [
    ("340524198001010011", "id-check-digit"),
    ("123456789012345677", "id-birth-date"),
    ("34052419801301001", "id-length"),
    ("3405241980010100101", "id-length"),
    ("340524801301001", "id-birth-date"),
    ("990524800101001", "id-region"),
    ("123456789", "id-length"),
    ("证件", "id-length"),
]


@pytest.mark.parametrize(("number", "code"), REFUSED)
def test_refused(number: str, code: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        identity.read(number, today=TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize("birth", ["19800230", "18991231", "20261124"])
def test_a_birth_date_that_cannot_be(birth: str) -> None:
    first = f"340524{birth}001"
    with pytest.raises(Unacceptable) as refused:
        identity.read(first + identity.check_character(first), today=TODAY)
    assert refused.value.code == "id-birth-date"


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_check_character_is_the_standards(first: str) -> None:
    """GB 11643 as it is written: the weighted sum modulo 11."""
    total = sum(weight * int(digit) for weight, digit in zip(identity.WEIGHTS, first, strict=True))
    assert identity.check_character(first) == identity.CHECK[total % 11]


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(position: int, difference: int) -> None:
    number = list("34052419800101001X")
    number[position] = str((int(number[position]) + difference) % 10)
    with pytest.raises(Unacceptable):
        identity.read("".join(number), today=TODAY)
