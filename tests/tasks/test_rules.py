"""Truth tables of the tasks engine."""

from __future__ import annotations

from itertools import product

import pytest

from linglou.engines.tasks import rules
from linglou.engines.tasks.models import State
from linglou.foundation.access.roles import Role

MONITOR, COUNSELLOR, SECRETARY, DEAN, OFFICE, COMMAND = range(1, 7)
WHOLE = [
    [(Role.CLASS_MONITOR, MONITOR)],
    [(Role.COUNSELLOR, COUNSELLOR)],
    [(Role.COLLEGE_SECRETARY, SECRETARY), (Role.DEAN, DEAN)],
    [(Role.PREVENTION_OFFICE, OFFICE)],
    [(Role.COMMAND_GROUP, COMMAND)],
]


@pytest.mark.parametrize(("state", "event"), list(product(State.values, ("settle", "cancel"))))
def test_only_an_open_task_ends(state: str, event: str) -> None:
    expected = {("open", "settle"): "done", ("open", "cancel"): "cancelled"}.get((state, event))
    assert rules.follow(state, event) == expected


@pytest.mark.parametrize(
    ("role", "owner", "expected"),
    [
        (Role.CLASS_MONITOR, MONITOR, COUNSELLOR),
        (Role.COUNSELLOR, COUNSELLOR, SECRETARY),
        (Role.COLLEGE_SECRETARY, SECRETARY, OFFICE),
        (Role.DEAN, DEAN, OFFICE),
        (Role.PREVENTION_OFFICE, OFFICE, COMMAND),
        (Role.COMMAND_GROUP, COMMAND, None),
        (Role.CLINIC, 77, OFFICE),  # outside the chain
        ("", COUNSELLOR, SECRETARY),  # found by the person
        ("", 88, OFFICE),  # nowhere on the chain
        ("", None, COUNSELLOR),  # nobody's: the first link that owns tasks
    ],
)
def test_the_next_step_of_a_whole_chain(role: str, owner: int | None, expected: int | None) -> None:
    step = rules.next_step(WHOLE, owner_role=role, owner_id=owner)
    assert (step.person_id if step else None) == expected


def test_a_hole_is_stepped_over() -> None:
    holes = [WHOLE[0], WHOLE[1], [], [], WHOLE[4]]
    assert rules.next_step(holes, owner_role=Role.COUNSELLOR, owner_id=COUNSELLOR) == rules.Step(Role.COMMAND_GROUP, COMMAND)


def test_it_never_goes_to_the_same_person_nor_back_to_one_who_had_it() -> None:
    both = [WHOLE[0], WHOLE[1], [(Role.COLLEGE_SECRETARY, COUNSELLOR)], [(Role.PREVENTION_OFFICE, SECRETARY)], WHOLE[4]]
    assert rules.next_step(both, owner_role=Role.COUNSELLOR, owner_id=COUNSELLOR) == rules.Step(
        Role.PREVENTION_OFFICE, SECRETARY
    )
    had = rules.next_step(both, owner_role=Role.COUNSELLOR, owner_id=COUNSELLOR, had={SECRETARY})
    assert had == rules.Step(Role.COMMAND_GROUP, COMMAND)


def test_the_second_holder_of_a_link_gets_it_where_the_first_is_the_owner() -> None:
    both = [*WHOLE[:2], [(Role.COLLEGE_SECRETARY, COUNSELLOR), (Role.DEAN, DEAN)], *WHOLE[3:]]
    assert rules.next_step(both, owner_role=Role.COUNSELLOR, owner_id=COUNSELLOR) == rules.Step(Role.DEAN, DEAN)


def test_an_empty_chain_has_no_step() -> None:
    assert rules.next_step([], owner_role="", owner_id=None) is None


def test_a_kind_is_declared_once() -> None:
    kind = rules.declare(rules.Kind("test-once", "测试", {"done": "完成"}))
    try:
        assert kind.page("test-once:1") == ""
        with pytest.raises(ValueError, match="test-once"):
            rules.declare(rules.Kind("test-once", "测试", {}))
    finally:
        del rules.KINDS["test-once"]
