"""Who may hand a code to whom, and how typed things are read."""

from __future__ import annotations

import pytest

from linglou.foundation.access.actor import Grant
from linglou.foundation.access.roles import POLICY, Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.accounts import rules
from linglou.foundation.accounts.rules import Holding, Obstacle, obstacle

SCHOOL, COLLEGE, CLASS, ELSEWHERE = "/1/", "/1/2/", "/1/2/3/", "/1/4/"
AT_CLASS = Grant(Role.COUNSELLOR, 3, CLASS)
AT_COLLEGE = Grant(Role.COUNSELLOR, 2, COLLEGE)
AT_SCHOOL = Grant(Role.ADMINISTRATOR, 1, SCHOOL)
ABOVE_SCHOOL = Grant(Role.ADMINISTRATOR, 9, "/")


def may(issuer: Grant, *, paths: tuple[str, ...] = (CLASS,), holdings: tuple[Holding, ...] = (), has: bool = False) -> object:
    return obstacle(issuer=[issuer], school_path=SCHOOL, paths=paths, holdings=holdings, has_account=has)


@pytest.mark.parametrize(
    ("issuer", "paths", "holdings", "has", "expected"),
    [
        # a plain student
        (AT_CLASS, (CLASS,), (), False, None),
        (AT_COLLEGE, (CLASS,), (), False, None),
        (AT_SCHOOL, (CLASS,), (), False, None),
        (AT_CLASS, (ELSEWHERE,), (), False, Obstacle.OUT_OF_SCOPE),
        (AT_CLASS, (), (), False, Obstacle.OUT_OF_SCOPE),
        (AT_SCHOOL, (), (), False, None),
        # somebody who has an account: a reset
        (AT_CLASS, (CLASS,), (), True, Obstacle.HAS_ACCOUNT),
        (AT_COLLEGE, (CLASS,), (), True, Obstacle.HAS_ACCOUNT),
        (AT_SCHOOL, (CLASS,), (), True, None),
        (ABOVE_SCHOOL, (CLASS,), (), True, None),
        # out of scope answers before anything else, so that it tells nothing
        (AT_CLASS, (ELSEWHERE,), (), True, Obstacle.OUT_OF_SCOPE),
        # posts inside the scope that give no more than the issuer has
        (AT_CLASS, (CLASS,), (Holding(Role.CLASS_MONITOR, (CLASS,)),), False, None),
        (AT_CLASS, (CLASS,), (Holding(Role.GUARDIAN, (CLASS,)),), False, None),
        (AT_COLLEGE, (CLASS,), (Holding(Role.COUNSELLOR, (COLLEGE,)),), False, None),
        # posts above or beside the scope
        (AT_CLASS, (CLASS,), (Holding(Role.CLASS_MONITOR, (COLLEGE,)),), False, Obstacle.ABOVE_SCOPE),
        (AT_CLASS, (CLASS,), (Holding(Role.GUARDIAN, (ELSEWHERE,)),), False, Obstacle.ABOVE_SCOPE),
        (AT_CLASS, (CLASS,), (Holding(Role.GUARDIAN, ()),), False, Obstacle.ABOVE_SCOPE),
        # posts inside the scope that give more than the issuer has
        (AT_COLLEGE, (CLASS,), (Holding(Role.DEAN, (COLLEGE,)),), False, Obstacle.ABOVE_SCOPE),
        (AT_COLLEGE, (COLLEGE,), (Holding(Role.ADMINISTRATOR, (COLLEGE,)),), False, Obstacle.ABOVE_SCOPE),
        (AT_SCHOOL, (SCHOOL,), (Holding(Role.COMMAND_GROUP, (SCHOOL,)),), False, None),
    ],
)
def test_who_may_hand_a_code_to_whom(
    issuer: Grant, paths: tuple[str, ...], holdings: tuple[Holding, ...], has: bool, expected: Obstacle | None
) -> None:
    assert may(issuer, paths=paths, holdings=holdings, has=has) is expected


@pytest.mark.parametrize("role", [role for role in Role if Verb.ISSUE_CODES not in POLICY[role].verbs])
def test_without_the_verb_everybody_is_out_of_scope(role: Role) -> None:
    assert may(Grant(role, 1, SCHOOL)) is Obstacle.OUT_OF_SCOPE


def test_a_guardians_post_gives_no_scope() -> None:
    assert may(Grant(Role.COUNSELLOR, None, "", ward_id=7)) is Obstacle.OUT_OF_SCOPE


@pytest.mark.parametrize(
    ("typed", "login"), [("２０２４０００１", "20240001"), (" T00 17 ", "t0017"), ("t0017", "t0017"), ("２０２４　１", "20241")]
)
def test_a_typed_number_is_folded(typed: str, login: str) -> None:
    assert rules.login_of(typed) == login


def test_the_schools_code_goes_in_front_where_two_share_a_number() -> None:
    assert rules.login_of("2024", "LLY") == "lly-2024"


@pytest.mark.parametrize(
    "typed", ["7KM1-29XQ-R0TB", "7km1 29xq r0tb", "7KMI-29XQ-ROTB", "７ＫＭl２９ＸＱＲ０ＴＢ", "7KM1—29XQ—R0TB"]
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert rules.plain_code(typed) == "7KM129XQR0TB"


def test_a_code_is_printed_in_groups() -> None:
    assert rules.printed_code("7KM129XQR0TB") == "7KM1-29XQ-R0TB"


def test_a_token_gets_no_verb_that_its_owner_lacks() -> None:
    assert rules.token_verbs(["see-board"], {Verb.SEE_BOARD, Verb.EXPORT}) == (frozenset({Verb.SEE_BOARD}), ())
    assert rules.token_verbs(["see-what", "nonsense"], {Verb.SEE_BOARD}) == (frozenset(), ("nonsense", "see-what"))


def test_every_verb_has_a_name() -> None:
    assert set(rules.VERB_NAMES) == set(Verb)
