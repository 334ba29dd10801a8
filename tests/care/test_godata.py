"""What the export for Go.Data says of a contact whom nobody reached any more, and of one who died."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from linglou.domains.care import rules
from linglou.domains.care.models import LogEntry, Observation
from linglou.domains.cases import actions as cases
from linglou.foundation.people.models import Membership
from tests.cases.test_godata import take
from tests.cases.test_transmission import Outbreak
from tests.factories.care import watched

DAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("opened", "last", "ended", "expected"),
    [
        (1, 22, None, (7, 10)),  # goes on: three days that are over, and today
        (7, 22, None, (7, 10)),
        (8, 22, None, None),  # not watched for three days yet
        (1, None, None, (7, 10)),
        (1, 22, 9, (7, 9)),  # ended early
        (1, 6, 9, (4, 6)),  # released days after the last day
        (1, None, 9, (7, 9)),
        (8, 22, 9, None),
    ],
)
def test_the_last_days_of_being_watched(opened: int, last: int | None, ended: int | None, expected: Any) -> None:
    def day(n: int | None) -> date | None:
        return None if n is None else DAY.replace(day=n)

    found = rules.last_days(DAY.replace(day=opened), day(last), day(ended), today=DAY)
    assert found == (expected and (day(expected[0]), day(expected[1])))


class Watched:
    """A contact of the outbreak, watched since ten days ago."""

    def __init__(self) -> None:
        self.outbreak = Outbreak()
        self.person = self.outbreak.well
        self.unit = Membership.objects.get(person=self.person, tree="administration").unit
        self.one = self.watch()

    def watch(self, days: int = 10, **changes: Any) -> Observation:
        return watched(self.person, self.unit, at=self.outbreak.at - timedelta(days=days), **changes)

    def check(self, days: int) -> None:
        at = self.outbreak.at - timedelta(days=days)
        LogEntry.objects.create(plan=self.one.plan, at=at, kind="check", text="36.5", by_id=self.outbreak.doctor.person_id)

    def end(self, days: int, state: str = "released") -> None:
        Observation.objects.filter(pk=self.one.pk).update(state=state, ended_at=self.outbreak.at - timedelta(days=days))

    def status(self) -> str:
        (row,) = [row for row in take(self.outbreak).csv("contacts") if row["firstName"] == self.person.name]
        assert row["active"] == ("TRUE" if row["contact_status"] == "UNDER_FOLLOW_UP" else "FALSE")
        return row["contact_status"]


@pytest.fixture
def contact(db: None) -> Watched:
    return Watched()


@pytest.mark.parametrize(("days", "lost"), [(None, True), (4, True), (3, False), (0, False)])
def test_whoever_was_not_checked_for_three_days_is_lost(contact: Watched, days: int | None, lost: bool) -> None:
    if days is not None:
        contact.check(days)
    assert contact.status() == ("LOST_TO_FOLLOW_UP" if lost else "FOLLOW_UP_COMPLETED")


@pytest.mark.parametrize(("checked", "lost"), [(8, True), (7, False), (5, False), (4, True)])
def test_of_a_watch_that_ended_its_own_last_days_count(contact: Watched, checked: int, lost: bool) -> None:
    contact.check(checked)
    contact.end(5)
    assert contact.status() == ("LOST_TO_FOLLOW_UP" if lost else "FOLLOW_UP_COMPLETED")


def test_a_watch_that_was_withdrawn_or_too_short_says_nothing(contact: Watched) -> None:
    contact.end(0, "withdrawn")  # opened in error: says nothing
    assert contact.status() == "FOLLOW_UP_COMPLETED"
    contact.watch(2)
    assert contact.status() == "FOLLOW_UP_COMPLETED"  # too short to be lost


def test_a_watch_for_another_disease_says_nothing(contact: Watched) -> None:
    Observation.objects.filter(pk=contact.one.pk).update(disease="influenza")
    assert contact.status() == "FOLLOW_UP_COMPLETED"


def test_a_contact_whose_own_case_ended_in_death_died(contact: Watched) -> None:
    case = contact.outbreak.case(contact.person, 100)  # outside the period: a contact in this export
    assert contact.status() == "LOST_TO_FOLLOW_UP"
    cases.decide(case=case, event="die", diagnosed_at=contact.outbreak.at, by=contact.outbreak.doctor, at=contact.outbreak.at)
    assert contact.status() == "DIED"
    (row,) = [row for row in take(contact.outbreak).json("contacts") if row["firstName"] == contact.person.name]
    assert row["followUp"]["status"].endswith("_DIED")
