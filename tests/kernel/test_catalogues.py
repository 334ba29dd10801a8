"""What is declared once cannot be declared again, and a refusal can always be said."""

from __future__ import annotations

import pytest

from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.privacy import Level, Retention, classify
from linglou.kernel.problems import CATALOGUE, Kind, Problem, declare


def test_a_code_is_declared_once() -> None:
    before = dict(CATALOGUE)
    with pytest.raises(ValueError, match="declared twice: not-found"):
        declare("not-found", 404, "别的", "")
    assert before == CATALOGUE
    assert CATALOGUE["not-found"] is NOT_FOUND


def test_a_value_that_was_forgotten_does_not_hide_the_refusal() -> None:
    problem = Problem(Kind("test", 409, "第 {row} 行的 {value} 无效。", "请改正 {value}。"), row=3)
    assert (problem.title, problem.cure) == ("第 3 行的 {value} 无效。", "请改正 {value}。")
    assert problem.as_json()["values"] == {"row": "3"}


def test_every_field_has_one_level() -> None:
    told = classify(public="id kind", sensitive="phone", retention=Retention.MEMBERSHIP)
    assert told.levels == {"id": Level.PUBLIC, "kind": Level.PUBLIC, "phone": Level.SENSITIVE}
    with pytest.raises(ValueError, match="classified twice: phone"):
        classify(personal="phone", sensitive="phone", retention=Retention.MEMBERSHIP)
