"""A signal's facts in words, and the report behind it; for the signals domain, which knows no question and no code."""

from __future__ import annotations

from typing import Any

import pytest

from linglou.domains.daily.signal_words import Words
from tests.factories.people import Campus
from tests.factories.rounds import open_round, submission, submit


@pytest.mark.parametrize(
    ("because", "facts"),
    [
        ({}, []),
        ({"temperature": 38.1}, ["体温 38.1 ℃"]),
        ({"symptoms": ["cough", "rash"]}, ["咳嗽", "皮疹"]),
        ({"symptoms": ["retired-code"]}, ["retired-code"]),  # a code of an older form
        ({"exposure": ["contact-case"]}, ["接触过确诊或疑似病例"]),
        ({"region": "330106"}, ["在风险地区：浙江省杭州市西湖区"]),
        ({"answers": ["q-1", "q-2"]}, ["“q-1”的回答异常", "“q-2”的回答异常"]),
        ({"pulse": 120}, ["pulse: 120"]),  # a fact of a rule that has no words yet
        ({"temperature": 39, "symptoms": ["rash"]}, ["体温 39 ℃", "皮疹"]),
    ],
)
def test_every_fact_has_its_words(because: dict[str, Any], facts: list[str]) -> None:
    assert Words().facts(because) == facts


@pytest.mark.django_db
def test_the_report_behind_a_signal_is_read_in_its_own_school_only() -> None:
    campus = Campus()
    asked = open_round(campus.school)
    asked.form.questions = [{"key": "temperature", "kind": "temperature", "title": {"zh": "体温"}}]
    asked.form.save()
    submit(submission(asked, campus.students[0], answers='{"temperature": 38.1}'))
    words, school = Words(), campus.school.pk

    def told(**changes: int) -> list[tuple[str, str]]:
        of = {"school_id": school, "round_id": asked.pk, "person_id": campus.students[0].pk} | changes
        return words.answers(**of)

    assert told() == [("体温", "38.1 ℃")]
    assert told(person_id=campus.students[1].pk) == []  # has not answered
    assert told(round_id=asked.pk + 1) == []
    assert told(school_id=Campus().school.pk) == []
