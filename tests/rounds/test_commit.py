"""A batch of submissions moves responses, revisions, counters and trail together, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from linglou.engines.rounds.commit import Verdict
from linglou.engines.rounds.models import Response, Revision, UnitCount
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Unit
from linglou.kernel import clock
from tests.factories.people import Campus
from tests.factories.rounds import open_round, submission, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


def counts(unit: Unit) -> tuple[int, int, int, int, int, int]:
    row = UnitCount.objects.get(unit_id=unit.pk)
    return row.roster, row.responded, row.excused, row.abnormal, row.proxied, row.late


def test_opening_counts_the_roster_at_every_level_of_both_trees(campus: Campus) -> None:
    open_round(campus.school)
    assert [counts(u)[0] for u in (campus.school, campus.college, *campus.classes, campus.building, campus.floor)] == [
        6, 6, 3, 3, 6, 6,
    ]  # fmt: skip
    assert not UnitCount.objects.filter(unit_id=campus.rooms[0].pk).exists()


def test_opening_twice_is_one_round(campus: Campus) -> None:
    first = open_round(campus.school)
    from linglou.engines.rounds import actions

    again = actions.open_round(schedule=first.schedule, day=first.day, at=clock.now())  # type: ignore[arg-type]
    assert again == first


def test_a_batch_counts_once_per_person_at_every_level(campus: Campus) -> None:
    round_ = open_round(campus.school)
    outcomes = submit(*(submission(round_, s, severity=2 if n == 0 else 0) for n, s in enumerate(campus.students[:4])))
    assert [o.verdict for o in outcomes] == [Verdict.ACCEPTED] * 4
    assert counts(campus.school) == (6, 4, 0, 1, 0, 0)
    assert counts(campus.classes[0]) == (3, 3, 0, 1, 0, 0)
    assert counts(campus.classes[1]) == (3, 1, 0, 0, 0, 0)
    assert counts(campus.floor) == (6, 4, 0, 1, 0, 0)
    assert Entry.objects.filter(action="response.submit").count() == 4


def test_a_correction_keeps_every_revision_and_moves_counters_by_the_difference(campus: Campus) -> None:
    round_ = open_round(campus.school)
    who = campus.students[0]
    submit(submission(round_, who, severity=3))
    (second,) = submit(submission(round_, who, severity=0, answers='{"a": 2}', source="counsellor"))
    assert second.revision == 2
    assert counts(campus.school) == (6, 1, 0, 0, 1, 0)
    assert Revision.objects.filter(respondent_id=who.pk).count() == 2
    assert Response.objects.get(respondent_id=who.pk).answers == {"a": 2}


def test_two_answers_of_one_person_in_one_batch_are_two_revisions(campus: Campus) -> None:
    round_ = open_round(campus.school)
    who = campus.students[0]
    first, second = submit(submission(round_, who), submission(round_, who))
    assert (first.revision, second.revision) == (1, 2)
    assert counts(campus.school)[1] == 1


def test_the_same_key_gives_the_same_receipt_and_writes_nothing(campus: Campus) -> None:
    round_ = open_round(campus.school)
    one = submission(round_, campus.students[0])
    (first,) = submit(one)
    (again,) = submit(one)
    assert again.verdict is Verdict.REPLAYED
    assert (again.receipt, again.revision, again.at) == (first.receipt, first.revision, first.at)
    assert Revision.objects.count() == 1


def test_after_the_close_a_first_answer_is_late_and_a_correction_is_refused(campus: Campus) -> None:
    round_ = open_round(campus.school)
    on_time, late = campus.students[:2]
    submit(submission(round_, on_time))
    round_.state, round_.closed_at = "closed", clock.now()
    round_.save()
    refused, kept = submit(submission(round_, on_time), submission(round_, late, severity=3))
    assert (refused.verdict, kept.verdict, kept.is_late) == (Verdict.CLOSED, Verdict.ACCEPTED, True)
    assert counts(campus.school) == (6, 1, 0, 0, 0, 1)


def test_what_arrives_behind_a_late_answer_of_the_same_person_moves_no_counter_of_the_round(campus: Campus) -> None:
    """Two of a person's answers may be committed in another order than they were received, around the close."""
    round_ = open_round(campus.school)
    who = campus.students[0]
    late, in_time = round_.closes_at + timedelta(seconds=1), round_.closes_at - timedelta(seconds=1)
    submit(submission(round_, who, source="guardian", severity=2, at=late))
    before = counts(campus.school)
    (kept,) = submit(submission(round_, who, at=in_time))
    assert (kept.verdict, kept.revision, kept.is_late) == (Verdict.ACCEPTED, 2, True)
    assert counts(campus.school) == before == (6, 0, 0, 0, 0, 1)


def test_a_revision_cannot_be_changed_or_deleted(campus: Campus) -> None:
    round_ = open_round(campus.school)
    submit(submission(round_, campus.students[0]))
    for statement in ("UPDATE rounds_revision SET severity = 1", "DELETE FROM rounds_revision"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
