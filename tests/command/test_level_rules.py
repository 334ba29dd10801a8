"""Which level holds, what may be undone, and which schedules a level asks for: truth tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

import pytest

from linglou.domains.command.levels import rules
from linglou.domains.command.levels.rules import Base, Standing
from linglou.foundation.rulebook.rules.school import Effects

PLAIN = Effects.model_validate({
    "gatherings": "allowed", "return_needs_approval": False, "gate": "open", "teaching": "normal", "leaders_on_duty": 0,
    "managers_on_duty": 0, "zero_report_by": None,
})  # fmt: skip


def hour(n: int) -> datetime:
    return datetime(2026, 1, 5, n, tzinfo=UTC)


@dataclass
class Change:
    pk: int
    from_at: datetime
    undone_at: datetime | None = None


FIRST, SECOND, LATER = Change(1, hour(8)), Change(2, hour(12)), Change(3, hour(20))
UNDONE = Change(4, hour(14), undone_at=hour(16))
ALL = [LATER, UNDONE, FIRST, SECOND]


@pytest.mark.parametrize(
    ("at", "holds"), [(7, None), (8, FIRST), (11, FIRST), (12, SECOND), (15, UNDONE), (16, SECOND), (19, SECOND), (20, LATER)]
)
def test_the_last_to_begin_holds_and_an_undone_one_until_it_was_undone(at: int, holds: Change | None) -> None:
    assert rules.in_force(ALL, hour(at)) is holds


def test_of_two_that_begin_together_the_later_recorded_holds() -> None:
    again = Change(9, hour(8))
    assert rules.in_force([again, FIRST], hour(9)) is again


@pytest.mark.parametrize(
    ("change", "at", "standing", "may_undo"),
    [
        (LATER, 15, Standing.ANNOUNCED, True),
        (UNDONE, 15, Standing.IN_FORCE, True),
        (SECOND, 15, Standing.PAST, False),
        (UNDONE, 16, Standing.UNDONE, False),
        (SECOND, 16, Standing.IN_FORCE, True),  # it came back
        (FIRST, 16, Standing.PAST, False),
    ],
)
def test_where_a_change_stands_and_whether_it_may_be_undone(
    change: Change, at: int, standing: Standing, may_undo: bool
) -> None:
    assert rules.standing(change, ALL, hour(at)) is standing
    assert rules.may_undo(standing) is may_undo


MORNING = Base(5, units=False, unit_kind="", opens=time(0, 10), closes=time(18))
STAFF = Base(6, units=False, unit_kind="", opens=time(0, 10), closes=time(18))


def zero(closes: time, *, kind: str = "college", opens: time = time(0, 10)) -> Base:
    return Base(7, units=True, unit_kind=kind, opens=opens, closes=closes)


def effects(**changed: object) -> Effects:
    return Effects.model_validate(PLAIN.model_dump() | changed)


TWO = [{"opens": "11:30", "closes": "14:30"}, {"opens": "17:30", "closes": "21:30"}]


def test_every_daily_report_of_people_is_asked_again_in_each_window() -> None:
    found = rules.wanted(effects(further_reports=TWO), [MORNING, STAFF, zero(time(23, 50))])
    assert [(one.key, one.base_id, one.number, one.opens) for one in found] == [
        ("report:5:1130-1430", 5, 2, time(11, 30)),
        ("report:5:1730-2130", 5, 3, time(17, 30)),
        ("report:6:1130-1430", 6, 2, time(11, 30)),
        ("report:6:1730-2130", 6, 3, time(17, 30)),
    ]
    assert rules.wanted(PLAIN, [MORNING]) == []


@pytest.mark.parametrize(
    ("bases", "key", "opens", "pauses"),
    [
        ([], "zero:0:1700", time(0, 10), None),
        ([zero(time(23, 50))], "zero:7:1700", time(0, 10), 7),
        ([zero(time(23, 50), opens=time(16))], "zero:7:1700", time(16), 7),
        ([zero(time(23, 50), opens=time(18))], "zero:7:1700", time(0, 10), 7),  # it would open after the hour
        ([zero(time(8), opens=time(20))], "zero:7:1700", time(0, 10), 7),  # closes on the next day
        ([zero(time(23, 50), kind="class")], "zero:0:1700", time(0, 10), None),
    ],
)
def test_a_zero_report_by_an_hour_stands_in_for_a_later_one(
    bases: list[Base], key: str, opens: time, pauses: int | None
) -> None:
    (found,) = rules.wanted(effects(zero_report_by="17:00"), bases)
    assert (found.key, found.opens, found.closes, found.pauses) == (key, opens, time(17), pauses)


@pytest.mark.parametrize("closes", [time(16), time(17)])
def test_a_school_that_asks_for_it_as_early_is_left_alone(closes: time) -> None:
    assert rules.wanted(effects(zero_report_by="17:00"), [zero(closes)]) == []


def test_a_preview_has_a_line_for_every_effect_and_says_which_change() -> None:
    after = effects(gatherings="suspended", further_reports=TWO)
    lines = rules.differences(PLAIN, after)
    assert {one.field for one in lines} == set(Effects.model_fields)
    assert {one.field for one in lines if one.changes} == {"gatherings", "further_reports"}


def test_only_measures_that_were_not_asked_for_before_are_new() -> None:
    gate, meals = {"area": "gate", "zh": "闭环", "en": "x"}, {"area": "logistics", "zh": "错峰", "en": "y"}
    before, after = effects(measures=[gate]), effects(measures=[meals, gate | {"en": "z"}])
    assert rules.new_measures(before, after) == [(0, "logistics")]
    assert rules.new_measures(after, after) == []
