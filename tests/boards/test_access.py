"""What somebody sees unit by unit, and what is answered alike whether it is absent or forbidden."""

from __future__ import annotations

import pytest

from linglou.boards import access
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import actions
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, actor, holder, long_ago
from tests.factories.rounds import open_round

pytestmark = pytest.mark.django_db
ABSENT = 2_000_000_000


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        ([], []),
        (["1/2/"], ["1/2/"]),
        (["1/2/3/", "1/2/"], ["1/2/"]),
        (["1/2/", "1/2/"], ["1/2/"]),
        (["1/2/3/", "1/2/4/"], ["1/2/3/", "1/2/4/"]),
        (["1/2/3/", "1/", "1/2/"], ["1/"]),
        (["1/20/", "1/2/"], ["1/2/", "1/20/"]),  # alike in letters, not in place
    ],
)
def test_only_the_outermost_places_are_kept(paths: list[str], kept: list[str]) -> None:
    assert sorted(access.outermost(paths)) == kept


def test_posts_at_a_college_and_at_a_class_in_it_are_one_scope() -> None:
    campus = Campus()
    both = holder(Role.COUNSELLOR, campus.classes[0])
    assert access.scope_units(actor(both), Verb.SEE_BOARD) == [campus.classes[0]]
    actions.appoint(person=both, role=Role.DEAN, unit=campus.college, at=long_ago(), by=None)
    assert access.scope_units(actor(both), Verb.SEE_BOARD) == [campus.college]
    assert access.scope_units(actor(campus.students[5]), Verb.SEE_BOARD) == []


@pytest.mark.parametrize(
    ("role", "true"),
    [
        ("monitor", {"board", "names", "log", "report_for"}),
        ("counsellor", {"board", "names", "abnormal", "contact", "log", "report_for", "excuse", "export", "closing"}),
        ("secretary", {"board", "names", "abnormal", "contact", "log", "excuse", "export", "closing"}),
        ("office", {"board", "names", "abnormal", "contact", "log", "report_for", "excuse", "export", "closing", "close"}),
        ("command", {"board", "names", "abnormal", "contact", "export", "closing", "close"}),
    ],
)
def test_what_each_post_sees_and_does_at_a_class(role: str, true: set[str]) -> None:
    campus = Campus()
    who = actor(getattr(campus, role))
    assert {name for name, value in vars(access.sight(who, campus.classes[0])).items() if value} == true
    assert not any(vars(access.sight(who, Campus().classes[0])).values())


def test_a_unit_that_is_absent_and_one_out_of_scope_are_answered_alike() -> None:
    campus = Campus()
    who = actor(campus.counsellor)
    assert access.get_unit(who, campus.classes[0].pk, Verb.SEE_BOARD) == campus.classes[0]
    for unit_id, verb in (
        (campus.classes[1].pk, Verb.SEE_BOARD),
        (ABSENT, Verb.SEE_BOARD),
        (campus.classes[0].pk, Verb.CLOSE_ROUND),
    ):
        with pytest.raises(Problem, match="not-found"):
            access.get_unit(who, unit_id, verb)


def test_a_round_that_asks_nobody_at_a_unit_is_not_there() -> None:
    campus, elsewhere = Campus(), Campus()
    asked = open_round(campus.classes[0])
    assert access.get_round(campus.classes[0], asked.pk) == asked
    for unit, round_id in ((campus.classes[1], asked.pk), (elsewhere.school, asked.pk), (campus.classes[0], ABSENT)):
        with pytest.raises(Problem, match="not-found"):
            access.get_round(unit, round_id)
