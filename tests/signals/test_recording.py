"""Signals raised and revised by the intake: what SQL does to a state is what the table says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from linglou.domains.signals import actions, rules
from linglou.domains.signals.models import Signal
from linglou.kernel import clock
from tests.factories.people import Campus, actor
from tests.factories.signals import new_signal, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def test_one_signal_per_person_round_and_rule(campus: Campus) -> None:
    first = new_signal(campus.students[0], campus.classes[0], because={"temperature": 37.5})
    again = new_signal(campus.students[0], campus.classes[0], round_id=first.round_id, revision=2, because={"temperature": 39})
    record(first)
    (kept,) = record(again)
    assert Signal.objects.count() == 1
    assert (kept.state, kept.revision, kept.because, kept.raised_at) == ("new", 2, {"temperature": 39}, first.at)


def test_two_in_one_batch_are_one_and_the_later_counts(campus: Campus) -> None:
    first = new_signal(campus.students[0], campus.classes[0])
    later = new_signal(campus.students[0], campus.classes[0], round_id=first.round_id, revision=2, severity=3)
    record(first, later)
    assert Signal.objects.get().severity == 3


def test_an_older_revision_that_arrives_late_changes_nothing(campus: Campus) -> None:
    second = new_signal(campus.students[0], campus.classes[0], revision=2, severity=3)
    record(second)
    record(new_signal(campus.students[0], campus.classes[0], round_id=second.round_id, revision=1, severity=2))
    assert Signal.objects.get().severity == 3


@pytest.mark.parametrize("state", ["new", "handling", "settled", "revised"])
@pytest.mark.parametrize("severity", [2, 3])
def test_met_again_by_a_correction(campus: Campus, state: str, severity: int) -> None:
    first = new_signal(campus.students[0], campus.classes[0], severity=2)
    record(first)
    Signal.objects.update(state=state, flowed_at=clock.now())
    later = first.at + timedelta(minutes=5)
    (now,) = record(
        new_signal(
            campus.students[0], campus.classes[0], round_id=first.round_id, revision=2, severity=severity, at=later
        )
    )  # fmt: skip
    event = {"revised": "raise", "settled": "worsen" if severity > 2 else ""}.get(state, "")
    assert now.state == (rules.follow(state, event) if event else state)
    assert (now.flowed_at is None) is bool(event)
    assert now.raised_at == (later if event else first.at)


@pytest.mark.parametrize("state", ["new", "handling", "settled", "revised"])
def test_corrected_away(campus: Campus, state: str) -> None:
    first = new_signal(campus.students[0], campus.classes[0])
    other = new_signal(campus.students[1], campus.classes[0], round_id=first.round_id)
    record(first, other)
    Signal.objects.update(state=state)
    with connection.cursor() as cursor:
        actions.revise(cursor, [(first.person_id, first.round_id, 2)])
        actions.revise(cursor, [])
    assert Signal.objects.get(person=campus.students[0]).state == (rules.follow(state, "revise") or state)
    assert Signal.objects.get(person=campus.students[1]).state == state


def test_a_rule_still_met_by_the_correction_is_not_revised(campus: Campus) -> None:
    first = new_signal(campus.students[0], campus.classes[0])
    gone = new_signal(campus.students[0], campus.classes[0], round_id=first.round_id, rule_id="ANOTHER")
    record(first, gone)
    record(new_signal(campus.students[0], campus.classes[0], round_id=first.round_id, revision=2))
    with connection.cursor() as cursor:
        actions.revise(cursor, [(first.person_id, first.round_id, 2)])
    assert dict(Signal.objects.values_list("rule_id", "state")) == {first.rule_id: "new", "ANOTHER": "revised"}


def test_nothing_to_record_asks_nothing_of_the_database(campus: Campus) -> None:
    actions.record(None, [])  # type: ignore[arg-type]
    assert actor(campus.counsellor)
