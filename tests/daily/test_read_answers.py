"""A report is taken only when every answer is one; every error is listed, with its value and its cure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linglou.domains.daily.rules import STANDARD_FORM, parse_questions, read_answers, repeat
from linglou.kernel import regions
from linglou.kernel.problems import Problem
from tests.factories.daily import answers

OWN: list[dict[str, Any]] = [
    {"key": "vaccinated", "kind": "yes-no", "title": {"zh": "接种过吗"}, "required": False},
    {"key": "transport", "kind": "choice", "title": {"zh": "怎么来的"}, "required": False,
     "options": [{"code": "bus", "title": {"zh": "公交"}}, {"code": "walk", "title": {"zh": "步行"}}]},
    {"key": "meals", "kind": "choices", "title": {"zh": "在哪吃"}, "required": False,
     "options": [{"code": "a", "title": {"zh": "一食堂"}}, {"code": "b", "title": {"zh": "二食堂"}}]},
    {"key": "mates", "kind": "number", "title": {"zh": "同住几人"}, "required": False},
    {"key": "remark", "kind": "text", "title": {"zh": "说明"}, "required": False},
]  # fmt: skip
QUESTIONS = parse_questions(STANDARD_FORM + OWN)


def read(**changes: Any) -> dict[str, Any]:
    return read_answers(QUESTIONS, answers(**changes), known_region=regions.is_place)


def errors(raw: Any) -> list[tuple[str, str]]:
    with pytest.raises(Problem) as caught:
        read_answers(QUESTIONS, raw, known_region=regions.is_place)
    assert caught.value.code == "invalid-input"
    assert all(str(error.message) for error in caught.value.errors)
    return [(error.field, error.code) for error in caught.value.errors]


def test_a_normal_report_is_normalised() -> None:
    assert read() == {
        "temperature": 36.5, "symptoms": [], "where": {"kind": "campus", "place": "东校区 3号楼 201"}, "exposure": [],
        "note": "", "remark": "", "unchanged": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"temperature": "normal"}, "normal"),
        ({"temperature": 34}, 34.0),
        ({"temperature": 43.0}, 43.0),
        ({"temperature": 37.349}, 37.3),
        ({"symptoms": ["rash", "cough", "rash"]}, ["cough", "rash"]),
        ({"exposure": ["contact-case"]}, ["contact-case"]),
        ({"where": {"kind": "region", "region": "330106"}}, {"kind": "region", "region": "330106", "detail": ""}),
        ({"where": {"kind": "region", "region": "441900", "detail": " 厂里 "}}, {"kind": "region", "region": "441900", "detail": "厂里"}),
        ({"where": {"kind": "abroad", "detail": "日本大阪"}}, {"kind": "abroad", "detail": "日本大阪"}),
        ({"note": " 嗓子有点干 "}, "嗓子有点干"),
        ({"vaccinated": True}, "yes"),
        ({"vaccinated": "no"}, "no"),
        ({"transport": "bus"}, "bus"),
        ({"meals": ["b", "a"]}, ["a", "b"]),
        ({"mates": 5}, 5),
        ({"remark": "无"}, "无"),
        ({"unchanged": True}, True),
    ],
)  # fmt: skip
def test_what_is_taken(changes: dict[str, Any], expected: Any) -> None:
    (key,) = changes
    assert read(**changes)[key] == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"temperature": 60}, ("temperature", "out-of-range")),
        ({"temperature": 33.9}, ("temperature", "out-of-range")),
        ({"temperature": 43.1}, ("temperature", "out-of-range")),
        ({"temperature": float("nan")}, ("temperature", "out-of-range")),
        ({"temperature": float("inf")}, ("temperature", "out-of-range")),
        ({"temperature": "36.5"}, ("temperature", "wrong-type")),
        ({"temperature": True}, ("temperature", "wrong-type")),
        ({"temperature": [36.5]}, ("temperature", "wrong-type")),
        ({"temperature": None}, ("temperature", "required")),
        ({"symptoms": ["plague"]}, ("symptoms.0", "unknown-option")),
        ({"symptoms": "cough"}, ("symptoms", "wrong-type")),
        ({"symptoms": [["cough"]]}, ("symptoms.0", "unknown-option")),
        ({"symptoms": None}, ("symptoms", "required")),
        ({"exposure": ["x"]}, ("exposure.0", "unknown-option")),
        ({"where": "home"}, ("where", "wrong-type")),
        ({"where": {"kind": "moon"}}, ("where.kind", "unknown-option")),
        ({"where": {"kind": ["campus"]}}, ("where.kind", "unknown-option")),
        ({"where": {}}, ("where.kind", "unknown-option")),
        ({"where": {"kind": "campus"}}, ("where.place", "required")),
        ({"where": {"kind": "campus", "place": 3}}, ("where.place", "wrong-type")),
        ({"where": {"kind": "campus", "place": "x" * 81}}, ("where.place", "too-long")),
        ({"where": {"kind": "campus", "place": "3", "gps": 1}}, ("where.gps", "unknown-field")),
        ({"where": {"kind": "abroad", "detail": " "}}, ("where.detail", "required")),
        ({"where": {"kind": "region"}}, ("where.region", "required")),
        ({"where": {"kind": "region", "region": "999999"}}, ("where.region", "unknown-region")),
        ({"where": {"kind": "region", "region": "330000"}}, ("where.region", "unknown-region")),
        ({"where": {"kind": "region", "region": "330103"}}, ("where.region", "unknown-region")),  # 下城区, until 2021
        ({"where": {"kind": "region", "region": "杭州"}}, ("where.region", "unknown-region")),
        ({"where": {"kind": "region", "region": "33010６"}}, ("where.region", "unknown-region")),
        ({"where": {"kind": "region", "region": 330106}}, ("where.region", "required")),
        ({"note": "x" * 201}, ("note", "too-long")),
        ({"note": 5}, ("note", "wrong-type")),
        ({"note": "a\x00b"}, ("note", "bad-character")),
        ({"note": "a\ud83d"}, ("note", "bad-character")),
        ({"unchanged": "yes"}, ("unchanged", "wrong-type")),
        ({"vaccinated": "maybe"}, ("vaccinated", "unknown-option")),
        ({"vaccinated": 1}, ("vaccinated", "unknown-option")),
        ({"vaccinated": {}}, ("vaccinated", "unknown-option")),
        ({"transport": "car"}, ("transport", "unknown-option")),
        ({"transport": {}}, ("transport", "unknown-option")),
        ({"meals": ["c"]}, ("meals.0", "unknown-option")),
        ({"mates": "5"}, ("mates", "wrong-type")),
        ({"mates": 1e9}, ("mates", "out-of-range")),
        ({"mates": True}, ("mates", "wrong-type")),
        ({"score": 1}, ("score", "unknown-field")),
    ],
)
def test_what_is_refused(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert errors(answers(**changes)) == [expected]


def test_every_error_is_listed_at_once() -> None:
    raw = {"temperature": 60, "symptoms": ["x", "y"], "where": {"kind": "region", "region": "999999"}, "zz": 1}
    assert errors(raw) == [
        ("temperature", "out-of-range"), ("symptoms.0", "unknown-option"), ("symptoms.1", "unknown-option"),
        ("where.region", "unknown-region"), ("exposure", "required"), ("zz", "unknown-field"),
    ]  # fmt: skip


def test_a_flood_of_codes_is_cut_short_and_a_long_value_is_not_echoed() -> None:
    listed = errors(answers(symptoms=["x"] * 10_000))
    assert len(listed) < 20
    assert listed[-1] == ("symptoms", "too-many")
    with pytest.raises(Problem) as caught:
        read(note="x" * 100_000)
    assert len(str(caught.value.errors[0].value)) < 100


@pytest.mark.parametrize("raw", [[], "x", None, 5])
def test_only_an_object_is_a_report(raw: Any) -> None:
    assert errors(raw) == [("", "wrong-type")]


def test_a_required_choice_needs_an_option() -> None:
    questions = parse_questions([dict(OWN[2], required=True)])
    with pytest.raises(Problem) as caught:
        read_answers(questions, {"meals": []}, known_region=regions.is_place)
    assert [error.code for error in caught.value.errors] == ["required"]


TEXT = st.text("aé校 .-\x00\ud8001", max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
FIELDS = st.sampled_from([question.key for question in QUESTIONS] + ["unchanged", "extra"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(FIELDS, JSON))
def test_whatever_is_sent_is_answers_or_a_problem_never_an_error(raw: dict[str, Any]) -> None:
    try:
        taken = read_answers(QUESTIONS, raw, known_region=regions.is_place)
    except Problem as problem:
        listed = json.dumps(problem.as_json()["errors"], allow_nan=False)
        assert listed != "[]"
    else:
        assert read_answers(QUESTIONS, taken, known_region=regions.is_place) == taken


def test_a_required_text_is_not_blank_space() -> None:
    questions = parse_questions([dict(OWN[4], required=True)])
    with pytest.raises(Problem) as caught:
        read_answers(questions, {"remark": "  "}, known_region=regions.is_place)
    assert [error.code for error in caught.value.errors] == ["required"]


def test_a_form_without_a_temperature_can_be_repeated_too() -> None:
    questions = parse_questions([dict(OWN[0], required=True)])
    assert repeat(questions, {"vaccinated": "yes"}, known_region=regions.is_place) == {"vaccinated": "yes", "unchanged": True}
