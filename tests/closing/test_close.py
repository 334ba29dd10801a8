"""A close freezes responded, excused and missing per unit, once, and refuses to when the counters are wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from linglou.engines.rounds import closing as closings
from linglou.engines.rounds.models import (
    Closing,
    ClosingMissing,
    ClosingUnit,
    ContactAttempt,
    Excuse,
    State,
    UnitCount,
)
from linglou.engines.rounds.problems import ALREADY_CLOSED, COUNT_MISMATCH
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock
from linglou.kernel.problems import Problem
from tests.factories.people import Campus, actor
from tests.factories.rounds import open_round, submission, submit
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def excuse(person: Person, approver: Person) -> Excuse:
    at = clock.now() - timedelta(hours=1)
    return Excuse.objects.create(
        school_id=person.school_id, person=person, reason="leave", starts_at=at, ends_at=at + timedelta(days=30),
        approved_at=at, approved_by=approver,
    )  # fmt: skip


def row(unit: Unit) -> tuple[int, int, int, int, int]:
    found = ClosingUnit.objects.get(unit_id=unit.pk)
    return found.roster, found.responded, found.excused, found.missing, found.abnormal


def test_a_close_freezes_every_unit_of_both_trees(campus: Campus) -> None:
    excuse(campus.students[5], campus.counsellor)
    round_ = open_round(campus.school)
    submit(*(submission(round_, s, severity=2 if n == 0 else 0) for n, s in enumerate(campus.students[:3])))
    closing = closings.close(round_=round_, at=clock.now(), by=actor(campus.office))
    assert (closing.number, closing.roster, closing.responded, closing.excused, closing.missing) == (1, 6, 3, 1, 2)
    for unit in (campus.school, campus.college, campus.campus, campus.building, campus.floor):
        assert row(unit) == (6, 3, 1, 2, 1)
    assert row(campus.classes[0]) == (3, 3, 0, 0, 1)
    assert row(campus.classes[1]) == (3, 0, 1, 2, 0)
    assert round_.state == State.CLOSED
    assert len(closing.digest) == 64
    assert closing.previous_digest == ""
    leaves = {campus.classes[0].pk, campus.classes[1].pk}
    assert set(ClosingUnit.objects.exclude(digest="").values_list("unit_id", flat=True)) == leaves
    assert Entry.objects.filter(action="round.close", subject_id=round_.pk, actor_id=campus.office.pk).count() == 1


def test_everyone_missing_has_an_owner_and_what_was_tried(campus: Campus) -> None:
    round_ = open_round(campus.school)
    in_own_class, in_other_class = campus.students[1], campus.students[4]
    submit(*(submission(round_, s) for s in campus.students if s not in (in_own_class, in_other_class)))
    for minutes, result in ((9, "called"), (5, "unreachable")):
        ContactAttempt.objects.create(
            school=campus.school, round=round_, person=in_own_class, by=campus.monitor, result=result,
            at=clock.now() - timedelta(minutes=minutes),
        )  # fmt: skip
    closing = closings.close(round_=round_, at=clock.now(), by=None)
    assert list(closings.missing_rows(closing)) == [
        closings.Missing(in_own_class.pk, campus.classes[0].pk, campus.counsellor.pk, 2, "unreachable"),
        closings.Missing(in_other_class.pk, campus.classes[1].pk, campus.secretary.pk, 0, ""),
    ]


def test_an_answer_wins_over_an_excuse(campus: Campus) -> None:
    excuse(campus.students[0], campus.counsellor)
    round_ = open_round(campus.school)
    submit(submission(round_, campus.students[0]))
    closing = closings.close(round_=round_, at=clock.now(), by=None)
    assert (closing.responded, closing.excused, closing.missing) == (1, 0, 5)


def test_a_late_answer_is_kept_and_changes_nothing_that_was_closed(campus: Campus) -> None:
    round_ = open_round(campus.school)
    submit(submission(round_, campus.students[0]))
    closing = closings.close(round_=round_, at=clock.now(), by=None)
    before = list(ClosingUnit.objects.order_by("unit_id").values()), list(ClosingMissing.objects.values())
    (late,) = submit(submission(round_, campus.students[1], severity=3))
    assert late.is_late
    assert UnitCount.objects.get(unit_id=campus.classes[0].pk).late == 1
    assert (list(ClosingUnit.objects.order_by("unit_id").values()), list(ClosingMissing.objects.values())) == before
    with connection.cursor() as cursor:
        assert closings.digest(cursor, closing) == closing.digest


def test_an_answer_after_the_closing_time_but_before_the_close_is_late(campus: Campus) -> None:
    round_ = open_round(campus.school)
    submit(submission(round_, campus.students[0], at=round_.closes_at + timedelta(minutes=1)))
    closing = closings.close(round_=round_, at=round_.closes_at + timedelta(minutes=2), by=None)
    assert (closing.responded, closing.missing) == (0, 6)


def test_a_round_closes_once(campus: Campus) -> None:
    round_ = open_round(campus.school)
    closings.close(round_=round_, at=clock.now(), by=None)
    with pytest.raises(Problem) as refused:
        closings.close(round_=round_, at=clock.now(), by=None)
    assert refused.value.kind is ALREADY_CLOSED
    assert Closing.objects.count() == 1


@pytest.mark.parametrize("field", ["responded", "excused", "abnormal", "proxied", "late"])
def test_a_wrong_counter_stops_the_close_and_nothing_is_written(campus: Campus, field: str) -> None:
    round_ = open_round(campus.school)
    submit(submission(round_, campus.students[0]))
    UnitCount.objects.filter(unit_id=campus.college.pk).update(**{field: 3})
    with pytest.raises(Problem) as refused:
        closings.close(round_=round_, at=clock.now(), by=None)
    assert refused.value.kind is COUNT_MISMATCH
    assert f"#{campus.college.pk}" in refused.value.values["unit"]
    assert f"{field}=3" in refused.value.values["counted"]
    assert not Closing.objects.exists()
    assert not ClosingUnit.objects.exists()
    assert not ClosingMissing.objects.exists()
    round_.refresh_from_db()
    assert round_.state == State.OPEN


def test_closings_are_numbered_without_gaps_and_chained_per_school(campus: Campus) -> None:
    other = Campus()
    rounds = [open_round(campus.school, title=f"第{n}次") for n in range(3)]
    open_elsewhere = open_round(other.school)
    made = [closings.close(round_=round_, at=clock.now(), by=None) for round_ in rounds]
    elsewhere = closings.close(round_=open_elsewhere, at=clock.now(), by=None)
    assert [c.number for c in made] == [1, 2, 3]
    assert [c.previous_digest for c in made] == ["", made[0].digest, made[1].digest]
    assert (elsewhere.number, elsewhere.previous_digest) == (1, "")


def test_a_round_of_units_closes_by_unit(campus: Campus) -> None:
    round_ = open_round(campus.school, asks="units", unit_kind="class", person_kind="", purpose="zero-report")
    answering = campus.classes[0]
    submit(submission(round_, Person(pk=answering.pk, name="辅导员"), by_id=campus.counsellor.pk, is_person=False))
    closing = closings.close(round_=round_, at=clock.now(), by=None)
    assert (closing.roster, closing.responded, closing.missing) == (2, 1, 1)
    (missing,) = closings.missing_rows(closing)
    assert (missing.respondent_id, missing.owner_id) == (campus.classes[1].pk, campus.secretary.pk)
    assert not ClosingUnit.objects.filter(unit_id=campus.floor.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_processes_closing_at_once_close_once() -> None:
    campus = Campus()
    round_ = open_round(campus.school)

    def close() -> object:
        mine = type(round_).objects.get(pk=round_.pk)
        try:
            return closings.close(round_=mine, at=clock.now(), by=None).number
        except Problem as problem:
            return problem.kind

    results = at_once(close)
    assert len(results) == 2
    assert 1 in results
    assert ALREADY_CLOSED in results


def test_a_schedule_of_part_of_the_school_closes_that_part(campus: Campus) -> None:
    round_ = open_round(campus.classes[1])
    closing = closings.close(round_=round_, at=clock.now(), by=None)
    assert closing.roster == 3
    assert row(campus.school)[0] == 3
    assert not ClosingUnit.objects.filter(unit_id=campus.classes[0].pk).exists()
