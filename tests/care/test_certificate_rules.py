"""The literal table of certificates, their numbers, and what a checker sees of a name."""

from __future__ import annotations

from itertools import product

import pytest

from linglou.domains.care.certificates import rules
from linglou.domains.care.models import CertificateKind


@pytest.mark.parametrize(("state", "event"), list(product(["", *rules.STATE_NAMES], ["issue", "revoke"])))
def test_what_is_not_in_the_table_cannot_happen(state: str, event: str) -> None:
    assert rules.follow(state, event) == rules.TRANSITIONS.get((state, event))


def test_every_state_is_reached_and_named_and_every_kind_says_something() -> None:
    assert set(rules.TRANSITIONS.values()) == set(rules.STATE_NAMES)
    assert set(rules.STATEMENTS) == set(CertificateKind.values)
    assert [rules.state_of(is_revoked=revoked) for revoked in (False, True)] == ["valid", "revoked"]


@pytest.mark.parametrize(
    ("last", "year", "number"),
    [
        ("", 2026, "2026-0001"),
        ("2026-0001", 2026, "2026-0002"),
        ("2026-0999", 2026, "2026-1000"),
        ("2026-9999", 2026, "2026-10000"),
    ],
)
def test_numbers_follow_each_other(last: str, year: int, number: str) -> None:
    assert rules.number_after(last, year=year) == number


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("欧阳密文", "欧***"),
        ("张", "张*"),
        ("Jane Doe", "J*** D**"),
        ("", ""),
        ("阿卜杜拉·买买提", "阿*******"),
    ],
)
def test_a_masked_name_is_its_first_letter(name: str, shown: str) -> None:
    assert rules.masked_name(name) == shown
