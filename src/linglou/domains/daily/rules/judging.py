"""What a report means, and what of it may be confirmed again with one tap."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from linglou.domains.daily.rules.answers import FEVER, NORMAL, Question, read_answers
from linglou.foundation.rulebook.rules import Finding, TriageRule, judge
from linglou.kernel.problems import Problem


def abnormal_keys(questions: Sequence[Question], answers: Mapping[str, Any]) -> list[str]:
    """The school's own questions whose answer its office marked as abnormal."""
    found = []
    for question in questions:
        if question.abnormal_when:
            value = answers.get(question.key)
            given = value if isinstance(value, list) else [value]
            if question.abnormal_when.intersection(given):
                found.append(question.key)
    return found


def triage(
    questions: Sequence[Question],
    rules: Sequence[TriageRule],
    answers: Mapping[str, Any],
    *,
    on: date,
    risk_regions: frozenset[str] = frozenset(),
) -> list[Finding]:
    """What a report means by the rules that hold on a day: nothing, or findings with a severity (most severe first)."""
    return judge(rules, {**answers, "abnormal": abnormal_keys(questions, answers)}, on=on, risk_regions=risk_regions)


def severity(findings: Sequence[Finding]) -> int:
    """The severity of a report: that of its worst finding, 0 when there is none."""
    return max((finding.severity for finding in findings), default=0)


def repeat(
    questions: Sequence[Question], answers: Mapping[str, Any], *, known_region: Callable[[str], bool]
) -> dict[str, Any] | None:
    """What "nothing has changed" would confirm today: the earlier answers, when all of them were normal and they still answer
    everything that the form asks. None otherwise. A measured temperature is not repeated: it becomes "normal"."""
    if not is_normal(questions, answers):
        return None
    kept = {question.key: answers[question.key] for question in questions if question.key in answers}
    if "temperature" in kept:
        kept["temperature"] = NORMAL
    try:
        return read_answers(questions, {**kept, "unchanged": True}, known_region=known_region)
    except Problem:
        return None


def fingerprint(answers: Mapping[str, Any]) -> str:
    """A short digest by which a page proves what it showed when somebody confirmed it."""
    canonical = json.dumps(answers, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def is_normal(questions: Sequence[Question], answers: Mapping[str, Any]) -> bool:
    """Whether a report says that nothing is wrong: the only kind that "nothing has changed" may repeat."""
    temperature = answers.get("temperature", NORMAL)
    return (
        (temperature == NORMAL or temperature < FEVER)
        and not answers.get("symptoms")
        and not answers.get("exposure")
        and not answers.get("note")
        and not abnormal_keys(questions, answers)
    )
