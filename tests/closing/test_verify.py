"""``verify-closings`` finds whatever was changed in the past, and says where and how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from linglou.engines.rounds import closing as closings
from linglou.engines.rounds.models import Closing, Excuse
from linglou.engines.rounds.verify import Kind, verify_school
from linglou.foundation.people import actions as people
from linglou.kernel import clock
from tests.factories.people import Campus
from tests.factories.rounds import open_round, submission, submit

pytestmark = pytest.mark.django_db


class Closed:
    """A campus with two closed rounds; in each the first four answered, one is excused, one is missing."""

    def __init__(self) -> None:
        self.campus = Campus()
        at = clock.now() - timedelta(hours=1)
        Excuse.objects.create(
            school=self.campus.school, person=self.campus.students[5], reason="leave", starts_at=at,
            ends_at=at + timedelta(days=9), approved_at=at, approved_by=self.campus.counsellor,
        )  # fmt: skip
        self.closings = [self._closed(n) for n in range(2)]
        self.first, self.second = self.closings

    def _closed(self, n: int) -> Closing:
        round_ = open_round(self.campus.school, title=f"第{n + 1}次")
        submit(*(submission(round_, s, answers='{"temperature": 36.5}') for s in self.campus.students[:4]))
        submit(submission(round_, self.campus.students[0], answers='{"temperature": 36.6}'))
        return closings.close(round_=round_, at=clock.now(), by=None)

    def found(self) -> set[tuple[int, int | None, Kind]]:
        return {
            (d.number, d.unit_id, d.kind) for _closing, differences in verify_school(self.campus.school.pk) for d in differences
        }


@pytest.fixture
def closed() -> Closed:
    return Closed()


@contextmanager
def tampering() -> Iterator[None]:
    """What a person with the database's own password can do: triggers and foreign keys off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def tamper(statement: str, *values: object) -> None:
    with tampering(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount > 0


def test_an_untouched_past_verifies(closed: Closed) -> None:
    assert closed.found() == set()
    out = StringIO()
    call_command("verify_closings", stdout=out, lang="en")
    assert out.getvalue().count("ok") == 2


def test_a_late_answer_and_a_late_contact_change_nothing(closed: Closed) -> None:
    submit(submission(closed.first.round, closed.campus.students[4], severity=3))
    submit(submission(closed.first.round, closed.campus.students[4], severity=0))
    assert closed.found() == set()


def test_ordinary_life_afterwards_changes_nothing(closed: Closed) -> None:
    campus, at = closed.campus, clock.now()
    people.join(person=campus.students[0], unit=campus.classes[1], at=at, by=None)
    people.leave(person=campus.students[1], tree="administration", at=at, by=None)
    people.leave(person=campus.students[2], tree="residence", at=at, by=None)
    assert closed.found() == set()


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE rounds_response SET answers = '{\"temperature\": 39}' WHERE respondent_id = %s AND round_id = %s",
         Kind.RESPONSE_CHANGED),
        ("UPDATE rounds_response SET severity = 1 WHERE respondent_id = %s AND round_id = %s", Kind.RESPONSE_CHANGED),
        ("UPDATE rounds_revision SET answers = '{\"temperature\": 39}' WHERE revision = 1 AND respondent_id = %s "
         "AND round_id = %s", Kind.RESPONSE_CHANGED),
        ("UPDATE rounds_revision SET at = at - interval '1 hour' WHERE respondent_id = %s AND round_id = %s",
         Kind.RESPONSE_CHANGED),
        ("DELETE FROM rounds_revision WHERE revision = 1 AND respondent_id = %s AND round_id = %s", Kind.RESPONSE_CHANGED),
        ("DELETE FROM rounds_response WHERE respondent_id = %s AND round_id = %s", Kind.RESPONSE_REMOVED),
        ("UPDATE rounds_response SET is_late = true WHERE respondent_id = %s AND round_id = %s", Kind.RESPONSE_REMOVED),
    ],
)  # fmt: skip
def test_a_changed_answer_is_found(closed: Closed, statement: str, kind: Kind) -> None:
    tamper(statement, closed.campus.students[0].pk, closed.first.round_id)
    assert closed.found() == {(1, closed.campus.classes[0].pk, kind)}


def test_answer_and_revision_changed_alike_are_found(closed: Closed) -> None:
    for table in ("response", "revision"):
        tamper(
            f"UPDATE rounds_{table} SET answers = '{{}}' WHERE revision = 2 AND respondent_id = %s AND round_id = %s",
            closed.campus.students[0].pk, closed.second.round_id,
        )  # fmt: skip
    assert closed.found() == {(2, closed.campus.classes[0].pk, Kind.RESPONSE_CHANGED)}


def test_an_answer_smuggled_in_is_found(closed: Closed) -> None:
    for table, more in (("response", ", first_at, last_at, unit_id"), ("revision", ", at, idempotency_key")):
        values = {"response": "first_at, last_at, unit_id", "revision": "at, 'x'"}[table]
        tamper(
            f"INSERT INTO rounds_{table} (school_id, day, round_id, respondent_id, revision, answers, source, severity, "
            f"is_late, receipt{more}) SELECT school_id, day, round_id, %s, 1, answers, source, 0, false, 77, {values} "
            f"FROM rounds_{table} WHERE revision = (SELECT max(revision) FROM rounds_{table}) AND round_id = %s",
            closed.campus.students[4].pk, closed.first.round_id,
        )  # fmt: skip
    assert closed.found() == {(1, closed.campus.classes[1].pk, Kind.RESPONSE_ADDED)}


def test_an_excuse_taken_away_or_exchanged_is_found(closed: Closed) -> None:
    where = "WHERE respondent_id = %s AND round_id = %s"
    who = closed.campus.students[5].pk
    tamper(f"UPDATE rounds_roundexcuse SET excuse_id = 4711 {where}", who, closed.first.round_id)
    tamper(f"DELETE FROM rounds_roundexcuse {where}", who, closed.second.round_id)
    assert closed.found() == {
        (1, closed.campus.classes[1].pk, Kind.RESPONSE_CHANGED),
        (2, closed.campus.classes[1].pk, Kind.EXCUSE_CHANGED),
    }


def test_a_missing_person_taken_off_the_list_is_found(closed: Closed) -> None:
    tamper("DELETE FROM rounds_closingmissing WHERE round_id = %s", closed.first.round_id)
    assert closed.found() == {(1, closed.campus.classes[1].pk, Kind.MISSING_CHANGED)}


def test_a_rewritten_roster_is_found(closed: Closed) -> None:
    tamper(
        "UPDATE people_membership SET starts_at = clock_timestamp() WHERE tree = 'administration' AND person_id = %s",
        closed.campus.students[4].pk,
    )
    unit_id = closed.campus.classes[1].pk
    assert closed.found() == {(1, unit_id, Kind.ROSTER_CHANGED), (2, unit_id, Kind.ROSTER_CHANGED)}


@pytest.mark.parametrize("which", ["leaf", "college", "floor"])
def test_a_changed_unit_row_is_found(closed: Closed, which: str) -> None:
    campus = closed.campus
    unit = {"leaf": campus.classes[1], "college": campus.college, "floor": campus.floor}[which]
    tamper(
        "UPDATE rounds_closingunit SET responded = responded + 1, missing = missing - 1 WHERE unit_id = %s AND round_id = %s",
        unit.pk, closed.first.round_id,
    )  # fmt: skip
    assert closed.found() == {(1, unit.pk, Kind.UNIT_CHANGED), (1, None, Kind.CLOSING_CHANGED)}


def test_a_changed_closing_is_found(closed: Closed) -> None:
    tamper("UPDATE rounds_closing SET responded = responded + 1, missing = missing - 1 WHERE id = %s", closed.first.pk)
    assert closed.found() == {(1, None, Kind.CLOSING_CHANGED)}


def test_a_closing_rewritten_with_a_new_digest_breaks_the_chain(closed: Closed) -> None:
    tamper("UPDATE rounds_closing SET closed_at = closed_at - interval '5 minutes' WHERE id = %s", closed.first.pk)
    tamper("UPDATE rounds_round SET closed_at = closed_at - interval '5 minutes' WHERE id = %s", closed.first.round_id)
    forged = Closing.objects.get(pk=closed.first.pk)
    with connection.cursor() as cursor:
        digest = closings.digest(cursor, forged)
    tamper("UPDATE rounds_closing SET digest = %s WHERE id = %s", digest, forged.pk)
    assert closed.found() == {(2, None, Kind.CHAIN_BROKEN)}


def test_a_deleted_closing_is_found(closed: Closed) -> None:
    tamper("DELETE FROM rounds_closing WHERE id = %s", closed.first.pk)
    assert closed.found() == {
        (2, None, Kind.CLOSING_ABSENT), (2, None, Kind.CHAIN_BROKEN), (0, None, Kind.CLOSING_ABSENT),
    }  # fmt: skip


def test_the_command_names_closing_unit_and_change_and_fails(closed: Closed) -> None:
    tamper(
        "DELETE FROM rounds_response WHERE respondent_id = %s AND round_id = %s",
        closed.campus.students[0].pk, closed.first.round_id,
    )  # fmt: skip
    out = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("verify_closings", school=closed.campus.school.name, stdout=out, lang="en")
    assert failed.value.returncode == 1
    assert f"closing 1 (round #{closed.first.round_id})" in out.getvalue()
    assert (
        f"{closed.campus.classes[0].name} #{closed.campus.classes[0].pk}: response deleted [response-removed]" in out.getvalue()
    )
    other = Campus()
    call_command("verify_closings", school=str(other.school.pk), stdout=StringIO())
    with pytest.raises(CommandError, match="没有这所学校"):
        call_command("verify_closings", school="没有这所学校", stdout=StringIO(), lang="zh")
