"""PHQ-9 and GAD-7: sums, bands and when somebody has to be called, as truth tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linglou.domains.care.counselling import rules
from linglou.domains.care.models import Instrument


def test_there_are_nine_and_seven_items_of_zero_to_three() -> None:
    assert {key: len(one.items) for key, one in rules.QUESTIONNAIRES.items()} == {"phq-9": 9, "gad-7": 7}
    assert {key: one.highest for key, one in rules.QUESTIONNAIRES.items()} == {"phq-9": 27, "gad-7": 21}
    assert [value for value, _name in rules.CHOICES] == [0, 1, 2, 3]
    assert set(rules.QUESTIONNAIRES) == set(Instrument.values)
    assert "不如死掉" in str(rules.PHQ_9_ITEMS[rules.QUESTIONNAIRES["phq-9"].self_harm or 0])


BANDS = {
    "phq-9": [(0, 4, "minimal"), (5, 9, "mild"), (10, 14, "moderate"), (15, 19, "moderately-severe"), (20, 27, "severe")],
    "gad-7": [(0, 4, "minimal"), (5, 9, "mild"), (10, 14, "moderate"), (15, 21, "severe")],
}


@pytest.mark.parametrize(("key", "low", "high", "band"), [(key, *row) for key, table in BANDS.items() for row in table])
def test_every_score_has_its_band(key: str, low: int, high: int, band: str) -> None:
    assert {rules.band_of(key, score) for score in range(low, high + 1)} == {band}
    assert band in rules.BAND_NAMES


@pytest.mark.parametrize(
    ("key", "answers", "score", "self_harm", "urgent"),
    [
        ("phq-9", [0] * 9, 0, False, False),
        ("phq-9", [0, 0, 0, 0, 0, 0, 0, 0, 1], 1, True, True),
        ("phq-9", [3, 3, 3, 3, 3, 3, 1, 0, 0], 19, False, False),
        ("phq-9", [3, 3, 3, 3, 3, 3, 2, 0, 0], 20, False, True),
        ("phq-9", [3] * 9, 27, True, True),
        ("gad-7", [0] * 7, 0, False, False),
        ("gad-7", [3, 3, 3, 3, 2, 0, 0], 14, False, False),
        ("gad-7", [3, 3, 3, 3, 2, 1, 0], 15, False, True),
        ("gad-7", [0, 0, 0, 0, 0, 0, 3], 3, False, False),
    ],
)
def test_when_somebody_has_to_be_called_at_once(
    key: str, answers: list[int], score: int, self_harm: bool, urgent: bool
) -> None:  # fmt: skip
    assert rules.fits(key, answers)
    assert rules.score_of(answers) == score
    assert rules.names_self_harm(key, answers) is self_harm
    assert rules.is_urgent(key, answers) is urgent


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9))
def test_no_thought_of_self_harm_is_ever_passed_over(answers: list[int]) -> None:
    assert rules.is_urgent("phq-9", answers) is (answers[8] > 0 or sum(answers) >= 20)


@pytest.mark.parametrize("answers", [[], [0] * 8, [0] * 10, [4] + [0] * 8, [-1] + [0] * 8])
def test_what_is_not_an_answer(answers: list[int]) -> None:
    assert not rules.fits("phq-9", answers)


@pytest.mark.parametrize("state", ["", "waiting", "answered"])
@pytest.mark.parametrize("event", ["raise", "answer"])
def test_what_is_not_in_the_table_cannot_happen(state: str, event: str) -> None:
    assert rules.follow(state, event) == {("", "raise"): "waiting", ("waiting", "answer"): "answered"}.get((state, event))


def test_the_task_leads_to_the_assessment_and_names_nobody() -> None:
    assert rules.page_of(rules.task_key(9)) == "/care/counselling/urgent/9/"
