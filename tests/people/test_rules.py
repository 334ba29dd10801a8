"""The tables of people/rules.py, read as truth tables."""

from __future__ import annotations

import pytest

from linglou.foundation.access.roles import POLICY, Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import chain_audit, rules
from linglou.foundation.people.models import PersonKind, Tree, UnitKind

KINDS = {kind.value for kind in UnitKind}


def test_the_tables_name_only_what_exists() -> None:
    assert set(rules.POSTS_AT) == set(rules.POSTS_FOR) == set(Role)
    assert set().union(*rules.POSTS_AT.values()) <= KINDS
    assert set().union(*rules.POSTS_FOR.values()) <= {kind.value for kind in PersonKind}
    assert {kind for row in rules.CHILDREN.values() for _tree, kind in row} == KINDS
    assert {tree for row in rules.CHILDREN.values() for tree, _kind in row} == {tree.value for tree in Tree}
    assert rules.HAVE_MEMBERS <= KINDS
    assert set(rules.STEP_OWED_IN) == set(rules.CHAIN)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_unit_stands_somewhere_and_in_one_tree(kind: str) -> None:
    trees = {tree for row in rules.CHILDREN.values() for tree, child in row if child == kind}
    assert len(trees) == 1


@pytest.mark.parametrize(
    ("tree", "kind", "parent", "allowed"),
    [
        ("administration", "class", "college", True),
        ("administration", "class", "school", False),
        ("administration", "college", "school", True),
        ("residence", "campus", "school", True),
        ("residence", "room", "floor", True),
        ("residence", "room", "building", True),
        ("residence", "room", "campus", False),
        ("party", "branch", "committee", True),
        ("party", "branch", "school", False),
        ("residence", "college", "school", False),
        ("administration", "school", "authority", True),
        ("administration", "school", None, True),
        ("administration", "college", None, False),
        ("administration", "class", "room", False),
    ],
)
def test_what_may_stand_under_what(tree: str, kind: str, parent: str | None, allowed: bool) -> None:
    assert rules.may_stand_under(tree, kind, parent) is allowed


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("class", {Role.CLASS_MONITOR, Role.COUNSELLOR}),
        ("college", {Role.COUNSELLOR, Role.COLLEGE_SECRETARY, Role.DEAN, Role.COUNSELLING}),
        ("room", {Role.ROOM_HEAD}),
        ("branch", {Role.BRANCH_SECRETARY}),
        ("authority", {Role.AUTHORITY_VIEWER}),
        ("department", set()),
        ("floor", set()),
    ],
)
def test_which_posts_a_unit_has(kind: str, roles: set[Role]) -> None:
    assert set(rules.roles_at(kind)) == roles


@pytest.mark.parametrize("role", Role)
def test_who_may_give_each_post(role: Role) -> None:
    givers = {giver for giver in Role if rules.may_give([giver], role)}
    guarded = {
        Role.ADMINISTRATOR, Role.AUDITOR, Role.PREVENTION_OFFICE, Role.COMMAND_GROUP, Role.AUTHORITY_VIEWER,
    }  # fmt: skip
    assert givers == ({Role.ADMINISTRATOR} if role in guarded else {Role.ADMINISTRATOR, Role.PREVENTION_OFFICE})


def test_only_those_give_posts_whom_the_policy_lets_appoint() -> None:
    assert set(rules.GIVES) == {role for role in Role if Verb.APPOINT in POLICY[role].verbs}


def test_no_appointer_but_the_administrator_gives_more_than_they_have_or_the_response_needs() -> None:
    """What the office gives away never configures the system, reads the trail, or gives posts in its turn."""
    given = set().union(*(POLICY[role].verbs for role in rules.GIVES[Role.PREVENTION_OFFICE]))
    assert not given & {Verb.CONFIGURE, Verb.SEE_AUDIT, Verb.APPOINT, Verb.MANAGE_UNITS, Verb.IMPORT_ROSTER}


@pytest.mark.parametrize(
    ("role", "held", "clash"),
    [
        (Role.AUDITOR, Role.ADMINISTRATOR, True),
        (Role.AUDITOR, Role.PREVENTION_OFFICE, True),
        (Role.AUDITOR, Role.COUNSELLOR, True),
        (Role.AUDITOR, Role.CLASS_MONITOR, True),
        (Role.AUDITOR, Role.GUARDIAN, False),
        (Role.ADMINISTRATOR, Role.CLINIC, True),
        (Role.ADMINISTRATOR, Role.PREVENTION_OFFICE, True),
        (Role.ADMINISTRATOR, Role.COMMAND_GROUP, True),
        (Role.ADMINISTRATOR, Role.GATE, False),
        (Role.ADMINISTRATOR, Role.GUARDIAN, False),
        (Role.DEAN, Role.COLLEGE_SECRETARY, False),
        (Role.COUNSELLOR, Role.COUNSELLOR, False),
        (Role.COMMAND_GROUP, Role.DEAN, False),
    ],
)
def test_which_posts_exclude_each_other(role: Role, held: Role, clash: bool) -> None:
    assert rules.conflicts(role, [held]) == ((held,) if clash else ())
    assert rules.conflicts(held, [role]) == ((role,) if clash else ())
    assert rules.conflicts(role, []) == ()


def test_the_administrator_never_also_sees_an_answer() -> None:
    for role in Role:
        if Verb.SEE_WHAT in POLICY[role].verbs and role is not Role.GUARDIAN:
            assert rules.conflicts(Role.ADMINISTRATOR, [role])


@pytest.mark.parametrize(
    ("kinds", "steps"),
    [
        (["school", "college", "class"], 5),
        (["authority", "school", "college", "class"], 5),
        (["school", "college"], 3),
        (["school", "college", "department"], 3),
        (["school", "department"], 2),
        (["school"], 2),
        (["school", "class"], 4),
        (["authority"], 0),
    ],
)
def test_which_steps_of_the_chain_are_owed(kinds: list[str], steps: int) -> None:
    owed = rules.chain_in(kinds)
    assert len(owed) == steps
    assert owed == [step for step in rules.CHAIN if step in owed]


def test_every_finding_has_words_and_every_hole_is_one_of_them() -> None:
    codes = {need.code for need in rules.NEEDS} | set(rules.PERSON_HOLES) | set(rules.PERSON_WARNINGS)
    assert set(chain_audit.WORDS) == codes
    assert codes > rules.HOLES


@pytest.mark.parametrize(
    ("role", "kind", "needed"),
    [
        (Role.CLASS_MONITOR, "class", True),
        (Role.COUNSELLOR, "class", False),
        (Role.DEAN, "college", True),
        (Role.AUTHORITY_VIEWER, "school", False),
        (Role.ROOM_HEAD, "room", True),
    ],
)
def test_where_a_vacancy_matters(role: Role, kind: str, needed: bool) -> None:
    assert rules.is_needed(role, kind) is needed
