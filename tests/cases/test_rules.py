"""The literal tables of the cases domain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from linglou.domains.cases import rules
from linglou.domains.cases.models import Status
from linglou.domains.cases.rules import Clock, Identity

NOON = datetime(2020, 1, 25, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", ["", *Status.values])
@pytest.mark.parametrize("event", sorted({event for _status, event in rules.TRANSITIONS}))
def test_what_is_not_in_the_table_cannot_happen(status: str, event: str) -> None:
    assert rules.follow(status, event) == rules.TRANSITIONS.get((status, event))
    assert (event in rules.events_from(status)) is ((status, event) in rules.TRANSITIONS)


def test_the_table_speaks_of_statuses_that_there_are_and_every_one_is_reached() -> None:
    reached = set(rules.TRANSITIONS.values())
    assert reached == set(Status.values)
    assert {status for status, _event in rules.TRANSITIONS} - {""} == reached - rules.ENDED
    assert {event for _status, event in rules.TRANSITIONS} <= set(rules.EVENT_NAMES)


def test_an_ended_case_stays_ended() -> None:
    assert not [event for status in rules.ENDED for event in rules.events_from(status)]


@pytest.mark.parametrize(
    ("event", "answer", "needed"),
    [
        ("suspect", "met", False), ("suspect", "not-met", True), ("suspect", "unknown", True), ("confirm", "", False),
        ("recover", "", False), ("exclude", "", True), ("undo", "", True), ("merge", "", True), ("unmerge", "met", True),
    ],
)  # fmt: skip
def test_when_a_reason_is_needed(event: str, answer: str, needed: bool) -> None:
    assert rules.needs_reason(event, answer) is needed


@pytest.mark.parametrize(
    ("status", "earlier", "stage"),
    [
        ("suspected", 0, "initial"), ("confirmed", 0, "initial"), ("confirmed", 1, "progress"), ("probable", 3, "progress"),
        ("excluded", 0, None), ("excluded", 1, "final"), ("recovered", 2, "final"), ("died", 1, "final"),
    ],
)  # fmt: skip
def test_which_report_is_owed(status: str, earlier: int, stage: str | None) -> None:
    assert rules.stage_of(status, earlier=earlier) == stage


def test_the_clock_is_that_of_the_management_class_and_starts_at_once() -> None:
    clocks = [Clock("A", 120, "CLOCK-A", "2015"), Clock("B", 1440, "CLOCK-B", "2015")]
    two_hours = rules.clock_of("A", clocks)
    assert two_hours is not None
    assert rules.due_at(two_hours, NOON) == NOON + timedelta(hours=2)
    assert rules.clock_of("B", clocks) == clocks[1]
    assert rules.clock_of("none", clocks) is None


@pytest.mark.parametrize(("before", "said"), list(product([True, False, None], repeat=2)))
def test_only_what_is_said_otherwise_is_recorded(before: bool | None, said: bool | None) -> None:
    stood = {} if before is None else {"fever": before}
    assert rules.changed(stood, {"fever": said}) == ({} if before is said else {"fever": said})


ZHANG = Identity(1, "id-a", "phone-a", "张三", "2004-05-06")


@pytest.mark.parametrize(
    ("other", "by"),
    [
        (Identity(1), "person"),
        (Identity(2, "id-a"), "id-number"),
        (Identity(2, "id-b", "phone-a"), "phone"),
        (Identity(2, "", "", "张三", "2004-05-06"), "name-and-birth"),
        (Identity(2, "", "", "张三", "2004-05-07"), ""),
        (Identity(2, "", "", "张四", "2004-05-06"), ""),
        (Identity(2), ""),
    ],
)
def test_the_same_person_twice(other: Identity, by: str) -> None:
    assert rules.same_by(ZHANG, other) == by


def test_what_is_empty_says_nothing() -> None:
    assert rules.same_by(Identity(1), Identity(2)) == ""


def test_a_key_leads_to_its_page() -> None:
    assert rules.page_of(rules.tell_key(7, 9, "clinic")) == "/cases/7/"
    assert rules.tell_key(7, 9, "clinic").startswith(rules.told_of(7))
    assert rules.page_of(rules.report_key(7, 3)) == "/cases/7/"
