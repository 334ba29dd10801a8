"""Signals count towards the thresholds as they arrive, and stop counting when they are corrected away or ruled out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from linglou.domains.signals import actions as signals
from linglou.domains.surveillance.models import Alert, Occurrence
from linglou.flows import signal_counts_towards_thresholds, threshold_reached_opens_task
from linglou.flows.tick import tick
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock
from tests.factories.people import Campus, actor, person
from tests.factories.signals import new_signal, record, signal
from tests.races import at_once

pytestmark = pytest.mark.django_db


def counted(campus: Campus, **changes: object) -> Occurrence | None:
    """What a signal counts as."""
    one = signal(campus.students[0], campus.classes[0], **changes)
    signal_counts_towards_thresholds.run(at=clock.now())
    return Occurrence.objects.filter(key=f"signal:{one.pk}", withdrawn_at=None).first()


def run() -> None:
    signal_counts_towards_thresholds.run(at=clock.now())
    threshold_reached_opens_task.run(at=clock.now())


@pytest.mark.parametrize(
    ("because", "symptoms"),
    [
        ({"temperature": 37.3}, ["fever"]),
        ({"temperature": 38.4, "symptoms": ["cough"]}, ["fever"]),
        ({"symptoms": ["fever"]}, ["fever"]),
        ({"symptoms": ["rash", "jaundice"]}, ["jaundice", "rash"]),
        ({"symptoms": ["severe-vomiting-diarrhoea"]}, ["severe-vomiting-diarrhoea"]),
        ({"temperature": 37.2, "symptoms": ["cough"]}, None),
        ({"symptoms": ["headache"]}, None),
        ({"exposure": ["contact-case"]}, None),
    ],
)
def test_what_a_signal_counts_as(campus: Campus, because: dict[str, object], symptoms: list[str] | None) -> None:
    found = counted(campus, because=because)
    assert (found.symptoms if found else None) == symptoms
    if found:
        day = clock.day_of(clock.now())
        assert (found.person, found.unit, found.room) == (campus.students[0], campus.classes[0], campus.rooms[0])
        assert (found.day, found.until) == (day, day)


def test_a_rule_that_a_threshold_counts_is_kept(campus: Campus) -> None:
    rule = next(row for row in rulebook.all_rules() if row.rule_id == "TRIAGE-ILI")
    found = counted(
        campus, rule_id=rule.rule_id, rule_edition=rule.edition, because={"temperature": 38.2, "symptoms": ["cough"]}
    )
    assert found is not None
    assert (found.rule_ids, found.symptoms) == (["TRIAGE-ILI"], ["fever"])


def test_three_fevers_of_a_class_raise_an_alert_and_a_correction_withdraws_it(campus: Campus) -> None:
    rows = [new_signal(person(campus.classes[0]), campus.classes[0]) for _n in range(3)]
    record(*rows)
    run()
    found = Alert.objects.get()
    assert (found.rule_id, found.n, found.state) == ("SCH-2006-1", 3, "new")
    with transaction.atomic(), connection.cursor() as cursor:
        signals.revise(cursor, [(rows[0].person_id, rows[0].round_id, 2)])
    run()
    found.refresh_from_db()
    assert (found.state, found.n) == ("withdrawn", 2)


def test_a_correction_to_something_else_counts_as_that(campus: Campus) -> None:
    row = new_signal(campus.students[0], campus.classes[0])
    record(row)
    run()
    record(new_signal(campus.students[0], campus.classes[0], round_id=row.round_id, revision=2, because={"symptoms": ["rash"]}))
    run()
    assert Occurrence.objects.get().symptoms == ["rash"]


def test_one_that_was_ruled_out_does_not_count_and_one_seen_by_a_doctor_does(campus: Campus) -> None:
    by = actor(campus.counsellor)
    ones = [signal(person(campus.classes[0]), campus.classes[0]) for _n in range(3)]
    run()
    for one, outcome in zip(ones, ("excluded", "seen-by-doctor", "suspected"), strict=True):
        signals.handle(signal=one, by=by, at=clock.now())
        signals.settle(signal=one, outcome=outcome, note="", by=by, at=clock.now())
    run()
    assert [one.withdrawn_at is None for one in Occurrence.objects.order_by("person_id")] == [False, True, True]
    assert Alert.objects.get().state == "withdrawn"


def test_the_day_is_that_on_which_it_was_raised_on_the_campus(campus: Campus) -> None:
    midnight = clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    found = counted(campus, at=midnight - timedelta(seconds=1))
    assert found is not None
    assert found.day == clock.day_of(midnight) - timedelta(days=1)


def test_more_than_one_batch(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal_counts_towards_thresholds, "BATCH", 2)
    record(*(new_signal(student, campus.classes[0]) for student in campus.students[:5]))
    assert signal_counts_towards_thresholds.run(at=clock.now()) == 5
    assert signal_counts_towards_thresholds.run(at=clock.now()) == 0


@pytest.mark.django_db(transaction=True)
def test_ticks_at_once_again_and_after_a_crash_come_to_one_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    campus = Campus()
    record(*(new_signal(person(campus.classes[0]), campus.classes[0]) for _n in range(3)))

    def crash(**_arguments: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:  # counted, not yet evaluated
        broken.setattr(threshold_reached_opens_task.surveillance, "evaluate", crash)
        assert tick(clock.now())["threshold_reached_opens_task"] == -1
    assert not Alert.objects.exists()
    with monkeypatch.context() as broken:  # evaluated, not yet handed out
        broken.setattr(threshold_reached_opens_task.tasks, "open_many", crash)
        assert tick(clock.now())["threshold_reached_opens_task"] == -1
    assert Alert.objects.get().flowed_at is None
    at_once(lambda: tick(clock.now()))
    tick(clock.now())
    found = Alert.objects.get()
    assert (found.n, found.opening) == (3, 1)
    assert found.flowed_at is not None
