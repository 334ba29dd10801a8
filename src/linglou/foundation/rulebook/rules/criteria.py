"""A definition assessed point by point: each criterion is met, not met, or not known yet. The clinician decides; this shows why.

Criteria: ``{all: [...]}``, ``{any: [...]}``, ``{not: {...}}``, ``{at-least: {n: 2, of: [...]}}`` over two leaves:
``{has: fact-code}``, a fact of the vocabulary; ``{elapsed: {since: event, days: 14}}`` (or ``hours``), so long ago or longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Answer(StrEnum):
    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Known:
    """What is known of somebody at a moment. ``said``: whether a fact is so (absent: nobody knows). ``since``: when events were."""

    at: datetime
    said: Mapping[str, bool] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Criterion:
    """``word`` is all, any, at-least, not, has or elapsed; ``code`` the fact or event of a leaf; ``n`` of at-least."""

    word: str
    code: str = ""
    n: int = 0
    span: timedelta = timedelta(0)
    parts: tuple[Criterion, ...] = ()

    def facts(self) -> frozenset[str]:
        """Every fact code asked for, here and below."""
        own = {self.code} if self.word == "has" else set()
        return frozenset(own.union(*(part.facts() for part in self.parts)))

    def events(self) -> frozenset[str]:
        own = {self.code} if self.word == "elapsed" else set()
        return frozenset(own.union(*(part.events() for part in self.parts)))


@dataclass(frozen=True)
class Assessed:
    """A criterion with its answer, and the parts with theirs."""

    criterion: Criterion
    answer: Answer
    parts: tuple[Assessed, ...] = ()


def parse(tree: Any) -> Criterion:
    """Read a criteria tree. Raises ``ValueError`` that names what it cannot read."""
    if not isinstance(tree, Mapping) or len(tree) != 1:
        raise ValueError(f"a criterion is one key with its value, not {tree!r}")
    ((word, value),) = tree.items()
    if word in ("all", "any"):
        return Criterion(word, parts=_parts(value))
    if word == "not":
        return Criterion(word, parts=(parse(value),))
    if word == "at-least":
        return _at_least(value)
    if word == "has":
        if not isinstance(value, str) or not value:
            raise ValueError(f"has needs the code of a fact, not {value!r}")
        return Criterion(word, code=value)
    if word == "elapsed":
        return _elapsed(value)
    raise ValueError(f"unknown criterion {word!r}; known: all, any, not, at-least, has, elapsed")


def assess(criterion: Criterion, known: Known) -> Assessed:
    """Judge a criterion by what is known. What nobody knows stays open unless the rest decides without it."""
    parts = tuple(assess(part, known) for part in criterion.parts)
    answers = [part.answer for part in parts]
    match criterion.word:
        case "all":
            answer = _count(answers, len(answers))
        case "any":
            answer = _count(answers, 1)
        case "at-least":
            answer = _count(answers, criterion.n)
        case "not":
            answer = OPPOSITE[answers[0]]
        case "has":
            said = known.said.get(criterion.code)
            answer = Answer.UNKNOWN if said is None else Answer.MET if said else Answer.NOT_MET
        case _:
            since = known.since.get(criterion.code)
            ripe = since is not None and known.at - since >= criterion.span
            answer = Answer.UNKNOWN if since is None else Answer.MET if ripe else Answer.NOT_MET
    return Assessed(criterion, answer, parts)


OPPOSITE = {Answer.MET: Answer.NOT_MET, Answer.NOT_MET: Answer.MET, Answer.UNKNOWN: Answer.UNKNOWN}


def _count(answers: Sequence[Answer], needed: int) -> Answer:
    met, open_ = answers.count(Answer.MET), answers.count(Answer.UNKNOWN)
    if met >= needed:
        return Answer.MET
    return Answer.UNKNOWN if met + open_ >= needed else Answer.NOT_MET


def _parts(value: Any) -> tuple[Criterion, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"a list of criteria is needed, not {value!r}")
    return tuple(parse(part) for part in value)


def _at_least(value: Any) -> Criterion:
    if not isinstance(value, Mapping) or set(value) != {"n", "of"} or not isinstance(value["n"], int):
        raise ValueError(f"at-least needs n and of, not {value!r}")
    parts = _parts(value["of"])
    if not 1 <= value["n"] <= len(parts):
        raise ValueError(f"at-least {value['n']} of {len(parts)} criteria can never be met")
    return Criterion("at-least", n=value["n"], parts=parts)


def _elapsed(value: Any) -> Criterion:
    units = set(value) - {"since"} if isinstance(value, Mapping) else set()
    if not isinstance(value, Mapping) or not isinstance(value.get("since"), str) or units not in ({"days"}, {"hours"}):
        raise ValueError(f"elapsed needs since, and days or hours, not {value!r}")
    (unit,) = units
    if not isinstance(value[unit], int) or value[unit] < 0:
        raise ValueError(f"elapsed needs a whole number of {unit}, not {value[unit]!r}")
    return Criterion("elapsed", code=value["since"], span=timedelta(**{unit: value[unit]}))
