"""Cases count towards the thresholds as they stand: what changes them is seen, what is excluded or merged does not count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.domains.cases import actions as cases
from linglou.domains.surveillance.models import Alert, Occurrence
from linglou.flows import case_counts_towards_thresholds, threshold_reached_opens_task
from linglou.flows.tick import tick
from linglou.foundation.access.actor import Actor
from linglou.kernel import clock
from tests.factories.cases import case, clinic, confirmed
from tests.factories.people import Campus, person
from tests.factories.signals import signal

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(campus: Campus) -> Actor:
    return clinic(campus.school)


def run() -> int:
    done = case_counts_towards_thresholds.run(at=clock.now())
    threshold_reached_opens_task.run(at=clock.now())
    return done


def test_a_suspected_case_counts_once_from_its_first_diagnosis(campus: Campus, nurse: Actor) -> None:
    at = clock.now() - timedelta(days=2)
    one = confirmed(campus.students[0], campus.classes[0], by=nurse, at=at)
    assert run() == 1
    found = Occurrence.objects.get()
    assert (found.key, found.disease, found.outcome, found.until) == (f"case:{one.pk}", "measles", "", None)
    assert (found.day, found.unit, found.room) == (clock.day_of(at), campus.classes[0], campus.rooms[0])
    assert set(Alert.objects.values_list("rule_id", flat=True)) == {"SCH-2006-3"}
    assert run() == 0
    case(person(campus.classes[1]), campus.classes[1], by=nurse)
    run()
    assert set(Alert.objects.values_list("rule_id", flat=True)) == {"SCH-2006-3", "CL-MEAS"}
    assert Alert.objects.get(rule_id="CL-MEAS").n == 2


def test_hospital_and_death_are_outcomes_and_a_discharge_takes_nothing_back(campus: Campus, nurse: Actor) -> None:
    one = confirmed(campus.students[0], campus.classes[0], by=nurse)
    run()
    for whereabouts, outcome in (("hospital", "hospitalised"), ("home", "hospitalised")):
        one = cases.move(case=one, whereabouts=whereabouts, hospital="", by=nurse, at=clock.now())
        run()
        assert Occurrence.objects.get().outcome == outcome
    cases.decide(case=one, event="die", diagnosed_at=clock.now(), by=nurse, at=clock.now(), reason="x")
    run()
    found = Occurrence.objects.get()
    assert (found.outcome, found.until) == ("dead", clock.day_of(clock.now()))


def test_one_that_is_excluded_withdraws_its_alert_and_counts_again_when_that_is_taken_back(
    campus: Campus, nurse: Actor
) -> None:
    one = case(campus.students[0], campus.classes[0], by=nurse)
    run()
    done = cases.decide(case=one, event="exclude", diagnosed_at=clock.now(), by=nurse, at=clock.now(), reason="化验阴性")
    assert run() == 1
    assert Alert.objects.get().state == "withdrawn"
    assert run() == 0
    cases.undo(case=done, by=nurse, at=clock.now(), reason="弄错了人")
    run()
    assert Alert.objects.get().state == "new"


def test_the_rule_by_which_a_patient_was_found_goes_with_the_case(campus: Campus, nurse: Actor) -> None:
    found = signal(campus.students[0], campus.classes[0], rule_id="TRIAGE-ILI", because={"temperature": 38.4})
    case(campus.students[0], campus.classes[0], by=nurse, signal_id=found.pk, whereabouts="hospital")
    tick(clock.now())
    of_case = Occurrence.objects.get(key__startswith="case:")
    assert (of_case.rule_ids, of_case.outcome) == (["TRIAGE-ILI"], "hospitalised")


def test_more_than_one_batch(campus: Campus, nurse: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_counts_towards_thresholds, "BATCH", 2)
    for student in campus.students[:5]:
        case(student, campus.classes[0], by=nurse)
    assert run() == 5
