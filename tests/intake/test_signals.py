"""A report that meets a rule raises its signal in the same transaction; a correction takes it back."""

from __future__ import annotations

import pytest

from linglou.domains.signals.models import Signal
from linglou.engines.rounds.models import Response, UnitCount
from tests.intake.conftest import FEVER, HEALTHY, School, send

pytestmark = pytest.mark.usefixtures("running")


def test_a_fever_is_a_signal_of_that_revision(school: School) -> None:
    feverish, healthy = school.campus.students[:2]
    send(school.post(feverish, "fever-key", FEVER), school.post(healthy, "healthy-key"))
    signals = Signal.objects.all()
    assert {(signal.person_id, signal.revision, signal.state) for signal in signals} == {(feverish.pk, 1, "new")}
    assert max(signal.severity for signal in signals) == Response.objects.get(respondent_id=feverish.pk).severity


def test_fever_counts_as_abnormal_and_a_correction_takes_it_back(school: School) -> None:
    student = school.campus.students[0]
    send(school.post(student, "fever-key", FEVER))
    assert UnitCount.objects.get(unit_id=school.campus.school.pk).abnormal == 1
    assert set(Signal.objects.values_list("state", flat=True)) == {"new"}
    send(school.post(student, "better-key", HEALTHY))
    assert UnitCount.objects.get(unit_id=school.campus.school.pk).abnormal == 0
    assert set(Signal.objects.values_list("state", flat=True)) == {"revised"}


def test_a_replay_raises_nothing_again(school: School) -> None:
    student = school.campus.students[0]
    send(school.post(student, "fever-key", FEVER))
    before = list(Signal.objects.values_list("pk", "revision", "raised_at"))
    send(school.post(student, "fever-key", FEVER))
    assert list(Signal.objects.values_list("pk", "revision", "raised_at")) == before
