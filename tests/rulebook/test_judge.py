"""What a report means by the rules of its day: truth tables over the packs that ship."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from linglou.domains.daily.rules import STANDARD_FORM, parse_questions, severity, triage
from linglou.foundation.rulebook.queries import triage_rules
from linglou.foundation.rulebook.rules import TriageRule, compile_criteria, judge
from tests.factories.daily import answers

DAY = date(2026, 11, 23)
RISK = frozenset({"3301", "110105", "65"})


def ids(changes: dict[str, Any]) -> list[str]:
    return [finding.rule_id for finding in judge(triage_rules(DAY), answers(**changes), on=DAY, risk_regions=RISK)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"temperature": "normal"}, []),
        ({"temperature": 37.2}, []),
        ({"temperature": 37.3}, ["TRIAGE-FEVER"]),
        ({"temperature": "normal", "symptoms": ["fever"]}, ["TRIAGE-FEVER"]),
        ({"temperature": 38.4}, ["TRIAGE-FEVER"]),
        ({"temperature": 38.5}, ["SCH-2006-4-FEVER"]),
        ({"temperature": 37.9, "symptoms": ["cough"]}, ["TRIAGE-FEVER", "WST-772-SYMPTOM"]),
        ({"temperature": 38.0, "symptoms": ["cough"]}, ["TRIAGE-ILI"]),
        ({"temperature": 38.0, "symptoms": ["sore-throat"]}, ["TRIAGE-ILI"]),
        ({"temperature": 38.0, "symptoms": ["headache"]}, ["TRIAGE-FEVER", "WST-772-SYMPTOM"]),
        ({"temperature": 39.0, "symptoms": ["cough"]}, ["SCH-2006-4-FEVER", "TRIAGE-ILI"]),
        ({"symptoms": ["dyspnoea"]}, ["SCH-2006-4"]),
        ({"symptoms": ["severe-vomiting-diarrhoea", "vomiting"]}, ["SCH-2006-4"]),
        ({"symptoms": ["rash"]}, ["SCH-2006-SYMPTOM"]),
        ({"symptoms": ["jaundice", "fatigue"]}, ["SCH-2006-SYMPTOM"]),
        ({"symptoms": ["fatigue"]}, ["WST-772-SYMPTOM"]),
        ({"symptoms": ["fatigue", "headache"]}, ["WST-772-SEVERAL"]),
        ({"exposure": ["contact-case"]}, ["EXPOSURE-CASE"]),
        ({"exposure": ["returned"]}, ["EXPOSURE-RETURNED"]),
        ({"exposure": ["observation", "risk-area"]}, ["EXPOSURE-OBSERVATION", "EXPOSURE-RISK-AREA"]),
        ({"where": {"kind": "region", "region": "330106", "detail": ""}}, ["EXPOSURE-RISK-AREA"]),
        ({"where": {"kind": "region", "region": "110105", "detail": ""}}, ["EXPOSURE-RISK-AREA"]),
        ({"where": {"kind": "region", "region": "650102", "detail": ""}}, ["EXPOSURE-RISK-AREA"]),
        ({"where": {"kind": "region", "region": "110106", "detail": ""}}, []),
        ({"abnormal": ["q1"]}, ["FORM-ABNORMAL"]),
    ],
)
def test_the_rules_that_are_met(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(changes) == expected


def test_the_worst_comes_first_and_says_why() -> None:
    found = judge(triage_rules(DAY), answers(temperature=39.2, symptoms=["cough", "rash"]), on=DAY)
    assert [finding.severity for finding in found] == [3, 2, 2]
    assert found[0].because == {"temperature": 39.2}
    assert found[1].because == {"symptoms": ["rash"]}
    assert found[2].because == {"temperature": 39.2, "symptoms": ["cough"]}
    assert severity(found) == 3
    assert severity([]) == 0


def test_an_answer_that_the_school_marked_makes_a_finding() -> None:
    own = {"key": "q1", "kind": "yes-no", "title": {"zh": "家人发热吗"}, "abnormal_when": ["yes"]}
    questions = parse_questions([*STANDARD_FORM, own])
    (found,) = triage(questions, triage_rules(DAY), answers(q1="yes"), on=DAY)
    assert (found.rule_id, found.because) == ("FORM-ABNORMAL", {"answers": ["q1"]})
    assert triage(questions, triage_rules(DAY), answers(q1="no"), on=DAY) == []


def rule(**changes: Any) -> TriageRule:
    return TriageRule.model_validate(
        {
            "rule_id": "X", "title": {"zh": "甲", "en": "x"}, "issuer": "x", "doc_no": "", "edition": "1",
            "effective_from": "2020-01-22", "effective_to": "2023-01-07", "jurisdiction": "CN", "source": "S:C1",
            "verified": True, "severity": 2, "when": {"exposure": ["returned"]},
        } | changes
    )  # fmt: skip


@pytest.mark.parametrize(
    ("on", "is_met"),
    [
        (date(2020, 1, 21), False),
        (date(2020, 1, 22), True),
        (date(2023, 1, 7), True),
        (date(2023, 1, 8), False),
    ],
)
def test_a_rule_holds_from_its_first_day_to_its_last(on: date, is_met: bool) -> None:
    assert bool(judge([rule()], answers(exposure=["returned"]), on=on)) is is_met


@pytest.mark.parametrize(
    ("tree", "facts", "because"),
    [
        ({"all": [{"symptoms": ["a"]}, {"exposure": ["b"]}]}, {"symptoms": ["a"], "exposure": ["b"]}, {"symptoms": ["a"], "exposure": ["b"]}),
        ({"all": [{"symptoms": ["a"]}, {"exposure": ["b"]}]}, {"symptoms": ["a"]}, None),
        ({"any": [{"symptoms": ["a"]}, {"symptoms": ["c"]}]}, {"symptoms": ["a", "c"]}, {"symptoms": ["a", "c"]}),
        ({"at-least": {"n": 2, "of": [{"symptoms": ["a"]}, {"symptoms": ["b"]}, {"symptoms": ["c"]}]}}, {"symptoms": ["a"]}, None),
        ({"at-least": {"n": 2, "of": [{"symptoms": ["a"]}, {"symptoms": ["b"]}, {"symptoms": ["c"]}]}}, {"symptoms": ["c", "a"]}, {"symptoms": ["a", "c"]}),
        ({"not": {"symptoms": ["a"]}}, {}, {}),
        ({"not": {"symptoms": ["a"]}}, {"symptoms": ["a"]}, None),
        ({"temperature": {"from": 37, "below": 38}}, {"temperature": 37.9}, {"temperature": 37.9}),
        ({"temperature": {"from": 37, "below": 38}}, {"temperature": 38.0}, None),
        ({"temperature": {"from": 37}}, {"temperature": "normal"}, None),
        ({"region": "at-risk"}, {"where": {"kind": "campus", "place": "x"}}, None),
    ],
)  # fmt: skip
def test_criteria(tree: dict[str, Any], facts: dict[str, Any], because: Any) -> None:
    assert compile_criteria(tree)(facts, RISK) == because


@pytest.mark.parametrize(
    "tree",
    [
        {}, [], "x", {"a": 1, "b": 2}, {"fever": True}, {"all": []}, {"any": "x"}, {"symptoms": []}, {"symptoms": "a"},
        {"symptoms": [1]}, {"temperature": 37}, {"temperature": {"above": 1}}, {"temperature": {}}, {"region": "x"},
        {"answer": "x"}, {"at-least": {"n": 3, "of": [{"symptoms": ["a"]}]}}, {"at-least": {"of": []}},
    ],
)  # fmt: skip
def test_criteria_that_cannot_be_read_are_refused(tree: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        compile_criteria(tree)
