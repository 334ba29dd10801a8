"""A posted form becomes answers, answers become the form again, and both read well in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.datastructures import MultiValueDict

from linglou.domains.daily import forms, queries
from linglou.domains.daily.rules import STANDARD_FORM, check_form, parse_questions, read_answers
from linglou.kernel import regions
from tests.factories.daily import answers

OWN: list[dict[str, Any]] = [
    {"key": "q-yes", "kind": "yes-no", "title": {"zh": "接种过吗", "en": "Vaccinated?"}, "required": False},
    {"key": "q-one", "kind": "choice", "title": {"zh": "怎么来的"}, "required": False,
     "options": [{"code": "bus", "title": {"zh": "公交", "en": "Bus"}}, {"code": "walk", "title": {"zh": "步行"}}]},
    {"key": "q-any", "kind": "choices", "title": {"zh": "在哪吃"}, "required": False,
     "options": [{"code": "a", "title": {"zh": "一食堂"}}, {"code": "b", "title": {"zh": "二食堂"}}]},
    {"key": "q-count", "kind": "number", "title": {"zh": "同住几人"}, "required": False},
    {"key": "q-text", "kind": "text", "title": {"zh": "说明"}, "required": False},
]  # fmt: skip
QUESTIONS = parse_questions(STANDARD_FORM + OWN)
FULL = answers(**{"q-yes": "yes", "q-one": "bus", "q-any": ["a", "b"], "q-count": 3, "q-text": "无", "note": "好"})
PLACES = [
    {"kind": "campus", "place": "3号楼 214"},
    {"kind": "region", "region": "330106", "detail": "龙井村"},
    {"kind": "abroad", "detail": "日本大阪"},
]


def read(raw: dict[str, Any]) -> dict[str, Any]:
    return read_answers(QUESTIONS, raw, known_region=regions.is_place)


@pytest.mark.parametrize("where", PLACES, ids=lambda where: where["kind"])
@pytest.mark.parametrize("temperature", [36.5, "normal"])
def test_answers_survive_the_form(where: dict[str, str], temperature: Any) -> None:
    given = read(FULL | {"where": where, "temperature": temperature, "symptoms": ["cough"]})
    posted = forms.read_post(QUESTIONS, forms.typed_of(QUESTIONS, given))
    assert posted.errors == []
    assert read(posted.raw) == given


def test_only_facts_asked_once_are_prefilled() -> None:
    questions = parse_questions([*STANDARD_FORM, OWN[4] | {"once": True}])
    typed = forms.typed_of(questions, answers(**{"q-text": "无"}), only_once=True)
    assert dict(typed.lists()) == {"q-text": ["无"]}


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("３", 3), ("-2", -2), ("2.5", 2.5), ("二", "二"), ("", None)],
)
def test_numbers_as_they_are_typed(text: str, value: Any) -> None:
    posted = forms.read_post(QUESTIONS, MultiValueDict({"q-count": [text]}))
    assert posted.raw.get("q-count") == value


def test_answers_in_words() -> None:
    lines = [queries.describe(QUESTIONS, read(FULL | {"where": where}))[2][1] for where in PLACES]
    assert lines == ["在校内：3号楼 214", "浙江省杭州市西湖区 龙井村", "在境外：日本大阪"]
    words = dict(queries.describe(QUESTIONS, read(FULL | {"symptoms": ["cough", "fever"], "q-yes": "no"})))
    assert words["今天的体温"] == "36.5 ℃"
    assert words["有哪些不舒服"] == "咳嗽、发热"
    assert (words["接种过吗"], words["怎么来的"], words["在哪吃"], words["同住几人"]) == ("否", "公交", "一食堂、二食堂", "3")


def test_a_row_says_what_stands_in_it() -> None:
    typed = MultiValueDict({"q-one": ["walk"], "symptoms": ["none"]})
    rows = {row.key: row for row in forms.rows(QUESTIONS, typed, language="en", known={"q-text": "无"})}
    assert [(chip.text, chip.is_on) for chip in rows["q-one"].chips] == [("Bus", False), ("步行", True)]
    assert rows["symptoms"].chips[0].is_on
    assert rows["q-yes"].title == "Vaccinated?"
    assert rows["q-one"].title == "怎么来的"
    assert rows["q-text"].known == "无"


def test_a_title_that_is_too_long_is_not_published() -> None:
    assert [error.code for error in check_form("x", [OWN[4] | {"title": {"zh": "长" * 201}}])] == ["too-long"]
