"""Pure triage: dated rules with criteria trees, judged on the answers of a report. Code knows no disease; the packs do.

Criteria: ``{all: [...]}``, ``{any: [...]}``, ``{not: {...}}``, ``{at-least: {n: 2, of: [...]}}`` over these leaves:
``{temperature: {from: 37.3}}``; ``{symptoms: [code, ...]}`` and ``{exposure: [code, ...]}``, any of them;
``{region: at-risk}``, the place reported lies in a risk region; ``{answer: abnormal}``, one that the school marked so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, model_validator

from linglou.foundation.rulebook.rules.rows import Clock, Row, Text

Facts = Mapping[str, Any]
# A compiled criterion: the facts that meet it, or None when they do not.
Test = Callable[[Facts, frozenset[str]], "dict[str, Any] | None"]


class TriageRule(Row):
    """A finding to make when the criteria are met. ``outranks`` names milder rules that it makes superfluous."""

    severity: Annotated[int, Field(ge=1, le=3)]
    when: dict[str, Any]
    tasks: tuple[Clock, ...] = ()
    outranks: tuple[str, ...] = ()
    advice: Text | None = None

    @model_validator(mode="after")
    def _criteria_read(self) -> TriageRule:
        compile_criteria(self.when)
        return self

    @cached_property
    def test(self) -> Test:
        return compile_criteria(self.when)


@dataclass(frozen=True)
class Finding:
    """A rule that a report meets. ``because`` holds the facts that met it: temperature, symptoms, exposure, region, answers."""

    rule_id: str
    edition: str
    severity: int
    because: dict[str, Any]


def judge(
    rules: Sequence[TriageRule], answers: Facts, *, on: date, risk_regions: frozenset[str] = frozenset()
) -> list[Finding]:
    """Every rule that holds on the day and is met, worst first; outranked ones are left out.

    ``risk_regions`` are GB/T 2260 codes or prefixes (2, 4 or 6 digits): a prefix covers everything below it."""
    met: dict[str, tuple[TriageRule, dict[str, Any]]] = {}
    for rule in rules:
        because = rule.test(answers, risk_regions)
        if because is not None and rule.holds_on(on):  # in this order: few rules are met, most hold
            met[rule.rule_id] = (rule, because)
    if not met:
        return []
    outranked = {rule_id for rule, _because in met.values() for rule_id in rule.outranks}
    findings = [
        Finding(rule.rule_id, rule.edition, rule.severity, because)
        for rule, because in met.values()
        if rule.rule_id not in outranked
    ]
    return sorted(findings, key=lambda finding: (-finding.severity, finding.rule_id))


def compile_criteria(tree: Any) -> Test:
    """The test of a criteria tree. Raises ``ValueError`` that names what it cannot read."""
    if not isinstance(tree, Mapping) or len(tree) != 1:
        raise ValueError(f"a criterion is one key with its value, not {tree!r}")
    ((word, value),) = tree.items()
    if word not in WORDS:
        raise ValueError(f"unknown criterion {word!r}; known: {', '.join(WORDS)}")
    return WORDS[word](value)


def _parts(value: Any) -> list[Test]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"a list of criteria is needed, not {value!r}")
    return [compile_criteria(part) for part in value]


def _merge(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for because in found:
        for name, value in because.items():
            if isinstance(value, list):
                merged[name] = sorted({*merged.get(name, ()), *value})
            else:
                merged[name] = value
    return merged


def _all(value: Any) -> Test:
    parts = _parts(value)

    def test(facts: Facts, risk: frozenset[str]) -> dict[str, Any] | None:
        found = []
        for part in parts:
            because = part(facts, risk)
            if because is None:
                return None
            found.append(because)
        return _merge(found)

    return test


def _at_least(value: Any) -> Test:
    if not isinstance(value, Mapping) or set(value) != {"n", "of"} or not isinstance(value["n"], int):
        raise ValueError(f"at-least needs n and of, not {value!r}")
    n, parts = value["n"], _parts(value["of"])
    if not 1 <= n <= len(parts):
        raise ValueError(f"at-least {n} of {len(parts)} criteria can never be met")

    def test(facts: Facts, risk: frozenset[str]) -> dict[str, Any] | None:
        found = [because for part in parts if (because := part(facts, risk)) is not None]
        return _merge(found) if len(found) >= n else None

    return test


def _any(value: Any) -> Test:
    return _at_least({"n": 1, "of": value})


def _not(value: Any) -> Test:
    part = compile_criteria(value)
    return lambda facts, risk: {} if part(facts, risk) is None else None


def _temperature(value: Any) -> Test:
    if not isinstance(value, Mapping) or not set(value) <= {"from", "below"} or not value:
        raise ValueError(f"temperature needs from and/or below, not {value!r}")
    low, high = float(value.get("from", 0)), float(value.get("below", 99))

    def test(facts: Facts, _risk: frozenset[str]) -> dict[str, Any] | None:
        temperature = facts.get("temperature")
        if isinstance(temperature, float | int) and low <= temperature < high:
            return {"temperature": temperature}
        return None

    return test


def _codes(name: str) -> Callable[[Any], Test]:
    def build(value: Any) -> Test:
        if not isinstance(value, list) or not value or not all(isinstance(code, str) for code in value):
            raise ValueError(f"{name} needs a list of codes, not {value!r}")
        wanted = frozenset(value)

        def test(facts: Facts, _risk: frozenset[str]) -> dict[str, Any] | None:
            given = facts.get(name)
            if not given:
                return None
            found = wanted.intersection(given)
            return {name: sorted(found)} if found else None

        return test

    return build


def _region(value: Any) -> Test:
    if value != "at-risk":
        raise ValueError(f"region can only be at-risk, not {value!r}")

    def test(facts: Facts, risk: frozenset[str]) -> dict[str, Any] | None:
        where = facts.get("where")
        region = where.get("region") if risk and isinstance(where, Mapping) else None
        if region and (region in risk or region[:4] in risk or region[:2] in risk):
            return {"region": region}
        return None

    return test


def _answer(value: Any) -> Test:
    if value != "abnormal":
        raise ValueError(f"answer can only be abnormal, not {value!r}")
    return lambda facts, _risk: {"answers": sorted(facts["abnormal"])} if facts.get("abnormal") else None


WORDS: dict[str, Callable[[Any], Test]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "at-least": _at_least,
    "temperature": _temperature,
    "symptoms": _codes("symptoms"),
    "exposure": _codes("exposure"),
    "region": _region,
    "answer": _answer,
}
