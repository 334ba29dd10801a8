"""Which day it is, what has to be met to let somebody go, who answers a need: the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest

from linglou.domains.care import rules
from linglou.domains.care.models import Ground, NeedKind, ObservationState
from linglou.foundation.rulebook.rules.criteria import Answer, Known, assess, parse
from linglou.kernel import clock

DAY = date(2024, 3, 1)


@dataclass(frozen=True)
class Watched:
    since: date = DAY
    last_day: date | None = DAY + timedelta(days=14)


def test_the_table_speaks_of_every_state_and_every_event_has_a_name() -> None:
    states = {state for state, _event in rules.TRANSITIONS} | set(rules.TRANSITIONS.values())
    assert states == {"", *ObservationState.values}
    assert {event for _state, event in rules.TRANSITIONS} == set(rules.EVENT_NAMES)
    assert rules.follow("released", "extend") is None
    assert rules.follow("withdrawn", "resume") == "watching"
    assert set(rules.RELEASED_BY) == set(Ground.values)


@pytest.mark.parametrize(
    ("on", "last_day", "day", "of", "is_over"),
    [
        (0, 14, 0, 14, False),  # the day of the last contact is not counted
        (1, 14, 1, 14, False),
        (14, 14, 14, 14, False),  # the last day belongs to it
        (15, 14, 15, 14, True),
        (40, None, 40, None, False),
    ],
)
def test_day_1_is_the_day_after_and_the_last_day_is_included(
    on: int, last_day: int | None, day: int, of: int | None, is_over: bool
) -> None:
    one = Watched(last_day=DAY + timedelta(days=last_day) if last_day else None)
    standing = rules.standing(one, on=DAY + timedelta(days=on))
    assert (standing.day, standing.of, standing.is_over) == (day, of, is_over)


def test_the_observation_that_ends_last_leads_and_an_open_ended_one_before_all() -> None:
    short, long, open_ended = Watched(), Watched(last_day=DAY + timedelta(days=21)), Watched(last_day=None)
    assert rules.leading([short, long]) is long
    assert rules.leading([long, open_ended, short]) is open_ended
    assert rules.leading([]) is None


@pytest.mark.parametrize(
    ("last_day", "row", "days_passed", "said", "expected"),
    [
        (14, None, 15, {"no-symptoms": True}, Answer.MET),
        (14, None, 14, {"no-symptoms": True}, Answer.NOT_MET),  # day 14 is not over yet
        (14, None, 15, {"no-symptoms": False}, Answer.NOT_MET),
        (14, None, 15, {}, Answer.UNKNOWN),
        (16, {"elapsed": {"since": "last-contact", "days": 14}}, 15, {}, Answer.NOT_MET),  # extended by two days
        (16, {"elapsed": {"since": "last-contact", "days": 14}}, 17, {}, Answer.MET),
        (None, {"has": "improving"}, 1, {"improving": True}, Answer.MET),  # a patient: the rule alone
    ],
)
def test_somebody_goes_when_the_days_are_over_and_the_rule_is_met(
    last_day: int | None, row: dict[str, object] | None, days_passed: int, said: dict[str, bool], expected: Answer
) -> None:
    one = Watched(last_day=DAY + timedelta(days=last_day) if last_day else None)
    criterion = rules.release_criterion(one, parse(row) if row else None)
    at = clock.moment(DAY + timedelta(days=days_passed), time(8))
    known = Known(at=at, said=said, since={"last-contact": rules.complete_at(DAY)})
    assert assess(criterion, known).answer == expected


@pytest.mark.parametrize(
    ("event", "answer", "expected"),
    [
        ("release", "met", False),
        ("release", "not-met", True),
        ("release", "unknown", True),
        ("extend", "", True),
        ("resume", "", True),
        ("withdraw", "", True),
        ("convert", "", False),
    ],
)
def test_what_departs_from_the_rule_says_why(event: str, answer: str, expected: bool) -> None:
    assert rules.needs_reason(event, answer) is expected


def test_checks_are_those_of_the_strictest_ground_as_far_as_there_are_windows() -> None:
    assert rules.checks_asked([]) == 0
    assert rules.checks_asked([1, 2]) == 2
    assert rules.checks_asked([6]) == len(rules.CHECK_WINDOWS)
    assert all(opens < closes for opens, closes in rules.CHECK_WINDOWS)


def test_every_need_is_somebodys_and_the_pages_of_tasks_are_told_by_their_keys() -> None:
    assert {*rules.NEED_ROLES, *rules.NEED_PEOPLE} <= set(NeedKind.values)
    assert rules.page_of(rules.unchecked_key(7, DAY)) == "/care/7/"
    assert rules.page_of(rules.release_key(7, 9, DAY)) == "/care/7/"
    assert rules.need_page_of(rules.need_key(3)) == "/care/needs/3/"
    assert rules.even([], 5) is None
    assert {rules.even([10, 20], n) for n in range(4)} == {10, 20}


def test_a_day_is_complete_when_the_next_one_begins() -> None:
    assert rules.complete_at(DAY) == datetime.combine(DAY + timedelta(days=1), time(0), tzinfo=clock.CAMPUS_ZONE)
