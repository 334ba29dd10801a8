"""Phone and id numbers: one form, one index, and masks that keep what they should hide."""

from __future__ import annotations

import pytest

from linglou.foundation.people import contacts


@pytest.mark.parametrize(
    ("typed", "kept", "masked"),
    [
        ("13800005678", "13800005678", "138****5678"),
        (" 138 0000-5678 ", "13800005678", "138****5678"),
        ("+86 138 0000 5678", "13800005678", "138****5678"),
        ("008613800005678", "13800005678", "138****5678"),
        ("8613800005678", "13800005678", "138****5678"),
        ("１３８００００５６７８", "13800005678", "138****5678"),
        ("0571-88886666", "057188886666", "**********66"),
        ("+1 202 555 0143", "+12025550143", "**********43"),
        ("12", "12", "12"),
        ("", "", ""),
        ("无", "", ""),
    ],
)
def test_phones(typed: str, kept: str, masked: str) -> None:
    assert contacts.normal_phone(typed) == kept
    assert contacts.masked_phone(typed) == masked
    assert contacts.phone_index(typed) == contacts.phone_index(kept)
    assert bool(contacts.phone_index(typed)) is bool(kept)


@pytest.mark.parametrize(
    ("typed", "kept", "masked"),
    [
        ("33028120040101123x", "33028120040101123X", "3302**********123X"),
        (" 330281 20040101 1234", "330281200401011234", "3302**********1234"),
        ("330281040101123", "330281040101123", "3302*******1123"),
        ("E12345678", "E12345678", "*******78"),
        ("", "", ""),
    ],
)
def test_id_numbers(typed: str, kept: str, masked: str) -> None:
    assert contacts.normal_id_number(typed) == kept
    assert contacts.masked_id_number(typed) == masked
    assert contacts.id_number_index(typed) == contacts.id_number_index(kept)
    assert len(contacts.id_number_index(kept)) <= 24


def test_the_two_indexes_have_nothing_in_common() -> None:
    assert contacts.phone_index("13800005678") != contacts.id_number_index("13800005678")
