"""How cases and contacts are called in Go.Data."""

from __future__ import annotations

from datetime import date

import pytest

from linglou.domains.cases import rules as cases
from linglou.domains.cases.contacts import rules as contacts
from linglou.domains.cases.forms import WHERE
from linglou.domains.cases.godata import rules


@pytest.mark.parametrize(
    ("status", "last_defined", "classification", "outcome"),
    [
        ("suspected", "suspected", "SUSPECT", "ALIVE"),
        ("probable", "probable", "PROBABLE", "ALIVE"),
        ("confirmed", "confirmed", "CONFIRMED", "ALIVE"),
        ("asymptomatic", "asymptomatic", "CONFIRMED", "ALIVE"),
        ("recovered", "probable", "PROBABLE", "RECOVERED"),
        ("died", "suspected", "SUSPECT", "DECEASED"),
        ("excluded", "confirmed", "NOT_A_CASE_DISCARDED", ""),
    ],
)
def test_statuses(status: str, last_defined: str, classification: str, outcome: str) -> None:
    assert rules.classification(status, last_defined) == classification
    assert rules.outcome(status) == outcome


def test_every_status_and_every_setting_has_a_word() -> None:
    for status in set(cases.TRANSITIONS.values()):
        assert rules.classification(status, "confirmed")
    assert set(rules.CONTEXTS) == set(WHERE)


@pytest.mark.parametrize(("today", "expected"), [(9, "UNDER_FOLLOW_UP"), (10, "UNDER_FOLLOW_UP"), (11, "FOLLOW_UP_COMPLETED")])
def test_the_status_of_a_contact(today: int, expected: str) -> None:
    assert rules.contact_status(date(2026, 3, 10), today=date(2026, 3, today)) == expected
    assert rules.contact_status(None, today=date(2026, 3, today)) == ""


@pytest.mark.parametrize("until", [None, date(2026, 3, 10)])
@pytest.mark.parametrize(
    ("is_lost", "has_died", "expected"),
    [(True, False, "LOST_TO_FOLLOW_UP"), (False, True, "DIED"), (True, True, "DIED")],
)
def test_the_lost_and_the_dead_come_before_the_days(until: date | None, is_lost: bool, has_died: bool, expected: str) -> None:
    assert rules.contact_status(until, today=date(2026, 3, 1), is_lost=is_lost, has_died=has_died) == expected


@pytest.mark.parametrize(
    ("days", "expected"), [(3, (date(2026, 3, 2), date(2026, 3, 4))), (0, (None, None)), (None, (None, None))]
)
def test_the_follow_up(days: int | None, expected: tuple[date | None, date | None]) -> None:
    assert rules.follow_up(date(2026, 3, 1), days) == expected


@pytest.mark.parametrize(
    ("is_close", "by_hand", "missed", "expected"),
    [(True, False, "", 3), (True, True, "", 2), (False, False, "minutes", 1), (True, False, "seats-unknown", 1)],
)
def test_certainty_by_what_made_them_close(is_close: bool, by_hand: bool, missed: str, expected: int) -> None:
    assert missed == "" or missed in contacts.MISSED
    assert rules.certainty(is_close=is_close, by_hand=by_hand, missed=missed) == expected


@pytest.mark.parametrize(
    ("where", "is_close", "expected"),
    [("household", True, 3), ("dorm-room", True, 3), ("class-session", True, 2), ("dorm-room", False, 1)],
)
def test_risk(where: str, is_close: bool, expected: int) -> None:
    assert rules.risk(where, is_close=is_close) == expected


@pytest.mark.parametrize(
    ("where", "rows", "seats", "is_near"),
    [
        ("dorm-room", None, None, True), ("class-session", 1, 1, True), ("class-session", 1, 2, False), ("class-session", 2, 0, False),
        ("class-session", None, None, False), ("named", None, None, False), ("vehicle", 0, 1, True),
    ],
)  # fmt: skip
def test_within_a_metre_only_where_that_is_known(where: str, rows: int | None, seats: int | None, is_near: bool) -> None:
    assert (rules.exposure_type(where, rows, seats) == rules.WITHIN_A_METRE) is is_near


@pytest.mark.parametrize(
    ("n", "expected"),
    [(0, ""), (1, "1-5 Times"), (5, "1-5 Times"), (6, "6-10 Times"), (20, "11-20 Times"), (21, "Over 21 Times")],
)
def test_frequency(n: int, expected: str) -> None:
    assert rules.frequency(n) == expected


@pytest.mark.parametrize(
    ("n", "expected"),
    [(0, ""), (59, "Short (minutes)"), (60, "Medium (hours)"), (1439, "Medium (hours)"), (1440, "Long (days)")],
)
def test_duration(n: int, expected: str) -> None:
    assert rules.duration(n) == expected


def test_codes_of_the_reference_data() -> None:
    assert rules.code("EXPOSURE_DURATION", "Short (minutes)") == "LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_DURATION_SHORT_MINUTES"
    assert rules.code("EXPOSURE_FREQUENCY", "1-5 Times") == "LNG_REFERENCE_DATA_CATEGORY_EXPOSURE_FREQUENCY_1_5_TIMES"
    assert (
        rules.code("CASE_CLASSIFICATION", "NOT_A_CASE_DISCARDED")
        == "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_NOT_A_CASE_DISCARDED"
    )
    assert rules.code("OUTCOME", "") is None


def test_age() -> None:
    assert rules.age(date(2006, 3, 2), date(2026, 3, 1)) == 19
    assert rules.age(date(2006, 3, 1), date(2026, 3, 1)) == 20
    assert rules.age(None, date(2026, 3, 1)) is None
    assert [rules.age_class(n) for n in (0, 19, 20, 64, 80, None)] == ["0-4", "15-19", "20-29", "60-64", "80+", "unknown"]


def test_no_text_is_a_formula() -> None:
    assert [rules.plain(text) for text in ("=1+1", "+86", "@x", "王", "")] == ["'=1+1", "'+86", "'@x", "王", ""]
