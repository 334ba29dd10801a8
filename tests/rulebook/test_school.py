"""The school thresholds, clocks and levels are those of the documents, row by row."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from linglou.foundation.rulebook import queries
from linglou.foundation.rulebook.rules.school import Effects, Threshold

NOW = date(2026, 11, 23)


@pytest.fixture(scope="module")
def thresholds() -> dict[str, Threshold]:
    return {rule.rule_id: rule for rule in queries.thresholds(NOW)}


@pytest.mark.parametrize(
    ("rule_id", "scopes", "days", "numbers", "minutes"),
    [
        ("SCH-2006-1", ("room", "class"), 1, [3, 3], 1440),
        ("SCH-2006-2", ("room", "class"), 3, [5, 5], 1440),
        ("SCH-2006-3", ("school",), None, [1], 0),
        ("SCH-2006-4", ("person",), None, [1], 1440),
        ("SCH-2006-5", ("school",), None, [1], 1440),
        ("ILI-10", ("school",), 7, [10], None),
        ("ILI-30", ("school",), 7, [30, 5, 2], 120),
        ("ILI-CLOSE", ("class",), 1, [5, 0.3], None),
        ("ILI-CLOSE-SEVERE", ("class",), 7, [2, 2], None),
        ("GI-20", ("school",), 7, [20], 120),
        ("RESP-10", ("school",), 7, [10], 120),
        ("HEP-5", ("school",), 7, [5], 120),
        ("TYPH-5", ("school",), 7, [5], 120),
        ("FOOD-SCHOOL", ("school",), None, [5, 1], 120),
        ("NOVEL-1", ("school",), None, [1], 120),
        ("CL-HFMD", ("school",), 7, [5], None),
        ("CL-HFMD-CLASS", ("room", "class"), 7, [2], None),
        ("CL-HFMD-OUTBREAK", ("school",), 7, [10], 120),
        ("CL-NORO", ("school",), 7, [10], None),
        ("CL-DYS", ("school",), 3, [10, 2], None),
        ("CL-AHC", ("school",), 7, [3], None),
        ("CL-SF", ("school",), 7, [10], None),
        ("CL-MEAS", ("school",), 10, [2], None),
        ("CL-RUB-MUM-VZV", ("school",), 7, [5], None),
        ("CL-DEN", ("school",), 14, [3], None),
        ("TB-10", ("school",), None, [10, 1], None),
        ("MEN-3", ("school",), 3, [3, 2], 120),
    ],
)
def test_a_threshold(
    thresholds: dict[str, Threshold], rule_id: str, scopes: tuple[str, ...], days: int | None, numbers: list[float],
    minutes: int | None,
) -> None:  # fmt: skip
    rule = thresholds[rule_id]
    assert (rule.scopes, rule.window_days, rule.act_minutes) == (scopes, days, minutes)
    assert [counted.n or counted.share for counted in rule.counts] == numbers


def test_no_threshold_is_left_out_of_the_table_above(thresholds: dict[str, Threshold]) -> None:
    assert len(thresholds) == 27


def test_what_was_not_read_is_marked(thresholds: dict[str, Threshold]) -> None:
    assert {rule_id for rule_id, rule in thresholds.items() if not rule.verified} == {"TB-10", "MEN-3"}
    assert {rule_id for rule_id, rule in thresholds.items() if rule.jurisdiction != "CN"} == {
        rule_id for rule_id in thresholds if rule_id.startswith("CL-")
    }


def test_the_clocks() -> None:
    assert {rule.on: rule.minutes for rule in queries.report_clocks(NOW)} == {
        "A": 120, "B": 1440, "C": 1440, "outbreak": 120, "unexplained": 120,
    }  # fmt: skip


def test_a_higher_level_never_relaxes_anything() -> None:
    levels = {rule.level: rule for rule in queries.level_effects(NOW)}
    order = [levels[level].effects for level in ("routine", "IV", "III", "II", "I")]
    strictness = [
        ("allowed", "approval", "suspended"), ("open", "temperature", "closed-loop", "closed"), ("normal", "staggered", "remote"),
    ]  # fmt: skip
    for milder, stricter in itertools.pairwise(order):
        assert milder.reports_per_day <= stricter.reports_per_day
        assert milder.leaders_on_duty <= stricter.leaders_on_duty
        assert milder.managers_on_duty <= stricter.managers_on_duty
        assert (milder.zero_report_by is None) >= (stricter.zero_report_by is None)
        assert milder.return_needs_approval <= stricter.return_needs_approval
        for words, attribute in zip(strictness, ("gatherings", "gate", "teaching"), strict=True):
            assert words.index(getattr(milder, attribute)) <= words.index(getattr(stricter, attribute))
    assert not any(rule.verified for rule in levels.values())  # product defaults, not law


def test_every_measure_of_a_level_falls_into_a_field_of_work() -> None:
    areas = {row.area for row in queries.areas(NOW)}
    assert len(areas) == len(queries.areas(NOW)) > 10
    asked = {measure.area for rule in queries.level_effects(NOW) for measure in rule.effects.measures}
    assert asked
    assert asked <= areas


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        ([("18:00", "13:30")], "closes after it opens"),
        ([("13:30", "13:30")], "closes after it opens"),
        ([("13:30", "18:00"), ("17:59", "20:00")], "overlap"),
        ([("18:00", "20:00"), ("13:30", "18:01")], "overlap"),
    ],
)
def test_windows_of_further_reports_are_in_order(windows: list[tuple[str, str]], words: str) -> None:
    routine = next(row for row in queries.level_effects(NOW) if row.level == "routine").effects
    typed = routine.model_dump() | {"further_reports": [{"opens": opens, "closes": closes} for opens, closes in windows]}
    with pytest.raises(ValueError, match=words):
        Effects.model_validate(typed)


def test_windows_may_touch() -> None:
    routine = next(row for row in queries.level_effects(NOW) if row.level == "routine").effects
    typed = [{"opens": "13:30", "closes": "18:00"}, {"opens": "18:00", "closes": "20:00"}]
    assert Effects.model_validate(routine.model_dump() | {"further_reports": typed}).reports_per_day == 3
