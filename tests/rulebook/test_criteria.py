"""A definition assessed point by point: met, not met, or not known yet; what nobody knows stays open unless the rest decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linglou.foundation.rulebook.rules.criteria import Answer, Known, assess, parse

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
YES, NO, OPEN = Answer.MET, Answer.NOT_MET, Answer.UNKNOWN
A, B, C = {"has": "a"}, {"has": "b"}, {"has": "c"}


def answer(tree: Any, *, at: datetime = AT, since: dict[str, datetime] | None = None, **said: bool) -> Answer:
    return assess(parse(tree), Known(at, said, since or {})).answer


@pytest.mark.parametrize(
    ("tree", "said", "expected"),
    [
        (A, {"a": True}, YES),
        (A, {"a": False}, NO),
        (A, {}, OPEN),
        ({"not": A}, {"a": True}, NO),
        ({"not": A}, {"a": False}, YES),
        ({"not": A}, {}, OPEN),
        ({"all": [A, B]}, {"a": True, "b": True}, YES),
        ({"all": [A, B]}, {"a": True}, OPEN),
        ({"all": [A, B]}, {"a": False}, NO),
        ({"any": [A, B]}, {"a": True}, YES),
        ({"any": [A, B]}, {"a": False}, OPEN),
        ({"any": [A, B]}, {"a": False, "b": False}, NO),
        ({"at-least": {"n": 2, "of": [A, B, C]}}, {"a": True, "c": True}, YES),
        ({"at-least": {"n": 2, "of": [A, B, C]}}, {"a": True, "b": False}, OPEN),
        ({"at-least": {"n": 2, "of": [A, B, C]}}, {"a": False, "b": False}, NO),
        ({"all": [{"any": [A, B]}, {"not": C}]}, {"b": True, "c": False}, YES),
    ],
)
def test_truth_table(tree: Any, said: dict[str, bool], expected: Answer) -> None:
    assert answer(tree, **said) is expected


@pytest.mark.parametrize(
    ("span", "ago", "expected"),
    [
        ({"days": 14}, timedelta(days=14), YES),
        ({"days": 14}, timedelta(days=14) - timedelta(seconds=1), NO),
        ({"hours": 48}, timedelta(hours=48), YES),
        ({"hours": 48}, timedelta(hours=47, minutes=59), NO),
        ({"days": 0}, timedelta(0), YES),
    ],
)
def test_time_that_has_to_pass_is_inclusive(span: dict[str, int], ago: timedelta, expected: Answer) -> None:
    tree = {"elapsed": {"since": "onset"} | span}
    assert answer(tree, since={"onset": AT - ago}) is expected
    assert answer(tree) is OPEN


def test_every_point_has_its_own_answer() -> None:
    assessed = assess(parse({"all": [{"any": [A, B]}, C]}), Known(AT, {"b": True, "c": False}))
    assert assessed.answer is NO
    assert [part.answer for part in assessed.parts] == [YES, NO]
    assert [part.answer for part in assessed.parts[0].parts] == [OPEN, YES]


TREES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([A, B, C]),
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda of: {"all": of}),
        st.lists(parts, min_size=1, max_size=3).map(lambda of: {"any": of}),
        parts.map(lambda part: {"not": part}),
        st.lists(parts, min_size=2, max_size=3).map(lambda of: {"at-least": {"n": 2, "of": of}}),
    ),
    max_leaves=8,
)


@given(TREES, st.dictionaries(st.sampled_from("abc"), st.booleans()))
def test_what_is_decided_stays_decided_when_more_is_known(tree: Any, said: dict[str, bool]) -> None:
    """An answer other than unknown holds for every way in which the open facts may turn out."""
    now = answer(tree, **said)
    missing = sorted(set("abc") - said.keys())
    later = {
        answer(tree, **said | dict(zip(missing, values, strict=True))) for values in product([True, False], repeat=len(missing))
    }
    assert OPEN not in later
    if now is not OPEN:
        assert later == {now}


@pytest.mark.parametrize(
    ("tree", "complaint"),
    [
        ([], "one key"),
        ({"all": [], "any": []}, "one key"),
        ({"all": []}, "list of criteria"),
        ({"any": "a"}, "list of criteria"),
        ({"has": ""}, "code of a fact"),
        ({"has": ["a"]}, "code of a fact"),
        ({"maybe": A}, "unknown criterion 'maybe'"),
        ({"at-least": {"n": 3, "of": [A, B]}}, "can never be met"),
        ({"at-least": {"n": "2", "of": [A, B]}}, "needs n and of"),
        ({"elapsed": {"since": "onset"}}, "days or hours"),
        ({"elapsed": {"since": "onset", "days": 1, "hours": 2}}, "days or hours"),
        ({"elapsed": {"since": "onset", "days": -1}}, "whole number"),
        ({"elapsed": "onset"}, "days or hours"),
    ],
)
def test_what_cannot_be_read_is_named(tree: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(tree)


def test_a_definition_lists_the_facts_and_events_it_asks_for() -> None:
    criterion = parse({"all": [A, {"not": B}, {"elapsed": {"since": "onset", "days": 1}}]})
    assert criterion.facts() == {"a", "b"}
    assert criterion.events() == {"onset"}
