"""The literal tables of absences."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import product

import pytest

from linglou.domains.care.absences import rules
from linglou.domains.care.models import AbsenceState
from linglou.kernel import clock

DAY = date(2026, 11, 23)


def on_campus(hour: int, minute: int = 0) -> datetime:
    return clock.moment(DAY, time(hour, minute))


@pytest.mark.parametrize(("state", "event"), list(product(["", *AbsenceState.values], rules.EVENT_NAMES)))
def test_what_is_not_in_the_table_cannot_happen(state: str, event: str) -> None:
    assert rules.follow(state, event) == rules.TRANSITIONS.get((state, event))


def test_the_table_reaches_every_state_and_names_every_event_and_the_end_is_the_end() -> None:
    assert set(rules.TRANSITIONS.values()) == set(AbsenceState.values)
    assert {event for _state, event in rules.TRANSITIONS} == set(rules.EVENT_NAMES)
    assert {state for state, _event in rules.TRANSITIONS} == {"", "open"}


@pytest.mark.parametrize(
    ("event", "answer", "needed"),
    [
        ("certify", "met", False), ("certify", "not-met", True), ("certify", "unknown", True), ("certify", "", False),
        ("accept-certificate", "not-met", False), ("void", "", True), ("void", "met", True),
    ],
)  # fmt: skip
def test_when_a_reason_is_needed(event: str, answer: str, needed: bool) -> None:
    assert rules.needs_reason(event, answer) is needed


@pytest.mark.parametrize(("hour", "minute", "asked"), [(0, 5, False), (6, 59, False), (7, 0, True), (23, 0, True)])
def test_nobody_is_asked_in_the_night(hour: int, minute: int, asked: bool) -> None:
    assert rules.is_time_to_ask(on_campus(hour, minute)) is asked


@pytest.mark.parametrize(
    ("asked", "due"),
    [((7, 0), (18, 0)), ((17, 0), (18, 0)), ((17, 30), (18, 30)), ((20, 0), (21, 0))],
)
def test_the_follow_up_is_owed_by_the_evening_and_never_at_once(asked: tuple[int, int], due: tuple[int, int]) -> None:
    assert rules.due_at(on_campus(*asked)) == on_campus(*due)


def test_keys_lead_to_the_absence() -> None:
    key = rules.task_key(7, DAY)
    assert key == "absence:7:2026-11-23"
    assert key.startswith(rules.tasks_of(7))
    assert rules.page_of(key) == "/care/absences/7/"


@pytest.mark.parametrize(("until", "days"), [(DAY, 1), (date(2026, 11, 24), 2), (date(2026, 11, 30), 8)])
def test_the_first_day_missed_is_day_one(until: date, days: int) -> None:
    assert rules.days_missed(DAY, until) == days
