"""A task that stays among the holders of a role: to whom it goes when it is overdue."""

from __future__ import annotations

import pytest

from linglou.engines.tasks import rules
from linglou.engines.tasks.rules import Step
from linglou.foundation.access.roles import Role

ROLE = Role.COUNSELLING


@pytest.mark.parametrize(
    ("holders", "owner", "had", "to"),
    [
        ([1, 2, 3], 1, {1}, 2),
        ([1, 2, 3], 3, {3}, 1),  # and around
        ([1, 2, 3], 2, {1, 2}, 3),
        ([1, 2, 3], 3, {1, 2, 3}, None),  # everybody has had it: it stays, and its owner is reminded
        ([1], 1, {1}, None),
        ([1, 2], 9, {9}, 1),  # the owner holds the post no more
        ([1, 2], None, set(), 1),  # nobody held it when it was opened
        ([], None, set(), None),
    ],
)
def test_it_goes_to_the_next_of_them(holders: list[int], owner: int | None, had: set[int], to: int | None) -> None:
    expected = Step(ROLE, to) if to else None
    assert rules.next_within(holders, role=ROLE, owner_id=owner, had=had) == expected


def test_a_kind_says_within_which_role_and_others_climb_the_chain() -> None:
    assert rules.within("counselling-urgent") is ROLE
    assert rules.within("absence") is None
    assert rules.within("no-such-kind") is None
