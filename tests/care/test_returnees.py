"""Whoever a screening sends into observation is watched until the last day of its window, and patients are where their case says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linglou.domains.care.models import Observation, Placement
from linglou.domains.movement import actions as movement_actions
from linglou.domains.movement.models import Screening
from linglou.flows import case_isolates_patient, screened_returnee_is_watched
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import clock
from tests.factories import movement
from tests.factories.cases import case, clinic
from tests.factories.people import Campus, actor


class Return:
    """Somebody was in a risk area until five days ago, and is screened."""

    def __init__(self) -> None:
        self.campus, self.at = Campus(), clock.now()
        self.today = clock.day_of(self.at)
        RiskRegion.objects.create(
            school_id=self.campus.school.pk, region="330106", level="high", from_day=self.today - timedelta(days=10),
            issuer="省疾控", recorded_at=self.at,
        )  # fmt: skip
        self.person = self.campus.students[1]
        movement.stay(self.person, "330106", 8, 5)
        movement.screen(self.campus.school)
        self.screening = Screening.objects.get(person=self.person)

    def settle(self, outcome: str) -> None:
        movement_actions.settle_screening(
            screening=self.screening, outcome=outcome, note="", by=actor(self.campus.office), at=self.at
        )


@pytest.fixture
def back(db: None) -> Return:
    return Return()


def test_a_returnee_is_watched_to_the_end_of_the_window(back: Return) -> None:
    assert screened_returnee_is_watched.run(at=back.at) == 0  # not decided yet
    back.settle("observed")
    assert screened_returnee_is_watched.run(at=back.at) == 1
    one = Observation.objects.get(person=back.person)
    assert (one.ground, one.last_day, one.checks_per_day) == ("returnee", back.screening.until_day, 2)
    assert (one.rule_id, one.plan.responsible_id) == (back.screening.rule_id, back.campus.counsellor.pk)
    assert screened_returnee_is_watched.run(at=back.at) == 0


def test_nobody_is_watched_whom_the_screening_cleared(back: Return) -> None:
    back.settle("excluded")
    assert screened_returnee_is_watched.run(at=back.at) == 0
    assert not Observation.objects.exists()


def test_a_window_that_is_over_is_watched_no_more(back: Return) -> None:
    back.settle("observed")
    assert screened_returnee_is_watched.run(at=back.at + timedelta(days=20)) == 0


def test_a_patient_is_placed_where_the_case_says(back: Return) -> None:
    doctor = clinic(back.campus.school)
    case(back.campus.students[2], back.campus.classes[0], by=doctor, whereabouts="hospital", hospital="市第一人民医院")
    case(back.campus.students[3], back.campus.classes[1], by=doctor, whereabouts="unknown")
    case_isolates_patient.run(at=clock.now())
    (placed,) = Placement.objects.all()
    assert (placed.plan.person, placed.kind, placed.detail) == (back.campus.students[2], "hospital", "市第一人民医院")
