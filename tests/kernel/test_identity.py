"""Identity numbers that a roster rarely holds: the 2023 card of permanent residents, regions that do not exist, wrong lengths."""

from __future__ import annotations

from datetime import date

import pytest

from linglou.kernel import identity
from linglou.kernel.identity import Unacceptable, check_character

TODAY = date(2026, 11, 23)


def whole(seventeen: str) -> str:
    return seventeen + check_character(seventeen)


def test_the_card_of_a_permanent_resident_says_birth_and_sex() -> None:
    number = whole("91115619900101003")
    assert identity.read(number, today=TODAY) == identity.Document(identity.RESIDENCE_PERMIT, number, date(1990, 1, 1), "male")


@pytest.mark.parametrize(
    ("number", "said", "code", "values"),
    [
        (whole("77010119900101003"), "", "id-region", {"region": "770101"}),
        ("1101011990", identity.RESIDENT, "id-length", {"length": "10"}),
        ("12", "", "id-length", {"length": "2"}),
        (whole("11010119901301003"), "", "id-birth-date", {"birth": "19901301"}),
        (whole("11010120991231003"), "", "id-birth-date", {"birth": "20991231"}),
    ],
)
def test_what_cannot_be_a_number_says_why(number: str, said: str, code: str, values: dict[str, str]) -> None:
    with pytest.raises(Unacceptable) as caught:
        identity.read(number, today=TODAY, said=said)
    assert (caught.value.code, caught.value.values) == (code, values)


def test_a_wrong_check_digit_names_the_right_one() -> None:
    right = whole("11010119900101003")
    wrong = right[:17] + ("1" if right[17] != "1" else "2")
    with pytest.raises(Unacceptable) as caught:
        identity.read(wrong, today=TODAY)
    assert caught.value.code == "id-check-digit"
    assert caught.value.values == {"expected": right[17], "found": wrong[17]}
