"""The writer: group commit, and what becomes of callers when the database will not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.db import connection

from linglou.domains.daily.intake import service, writer
from linglou.domains.daily.intake.writer import Answer, Writer
from linglou.engines.rounds.commit import ROUND_LOCK, Outcome, Verdict
from linglou.engines.rounds.models import Response, Revision, UnitCount
from linglou.kernel.problems import Problem
from tests.factories.rounds import open_round, submission
from tests.intake.conftest import School, send

WAIT = 20.0


def put(into: Writer, *answers: Answer) -> list[Future[Outcome]]:
    futures: list[Future[Outcome]] = [Future() for _ in answers]
    for answer, future in zip(answers, futures, strict=True):
        into.put(answer, future)
    return futures


def told(futures: list[Future[Outcome]]) -> list[str]:
    """What each caller was told: a verdict, or a problem's code."""
    words = []
    for future in futures:
        problem = future.exception(WAIT)
        words.append(problem.code if isinstance(problem, Problem) else future.result().verdict.value)
    return words


@contextmanager
def round_locked(round_id: int) -> Iterator[None]:
    """Somebody else holds the round, as a close does."""
    with psycopg.connect(service.database_address()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [ROUND_LOCK + round_id])
        yield


def until(condition: Any) -> None:
    give_up = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < give_up, "it did not come to pass"
        threading.Event().wait(0.01)


def test_what_gathers_during_a_commit_is_one_commit(school: School, running: service.Running) -> None:
    students = school.campus.students
    with round_locked(school.round.pk):
        first = put(running.writer, Answer(submission(school.round, students[0])))
        until(lambda: running.writer.length == 0)
        rest = put(running.writer, *(Answer(submission(school.round, student)) for student in students[1:]))
        assert not any(future.done() for future in first + rest)
    assert told(first + rest) == ["accepted"] * 6
    assert (running.writer.meter.batches, running.writer.meter.batched) == (2, 6)


@pytest.mark.parametrize("poison", [{"answers": "{"}, {"answers": '{"a": "\\u0000"}'}, {"key": "\ud800"}, {"lines": ("x",)}])
def test_one_bad_row_refuses_nobody_else(school: School, running: service.Running, poison: dict[str, Any]) -> None:
    rows = [submission(school.round, student) for student in school.campus.students]
    rows[2] = replace(rows[2], **poison)
    with round_locked(school.round.pk):
        first = put(running.writer, Answer(rows[0]))
        until(lambda: running.writer.length == 0)
        rest = put(running.writer, *map(Answer, rows[1:]))
    assert told(first + rest) == ["accepted", "accepted", "response-not-stored", "accepted", "accepted", "accepted"]
    assert Response.objects.count() == Revision.objects.count() == 5
    assert UnitCount.objects.get(unit_id=school.campus.school.pk).responded == 5
    assert running.writer.meter.refused == {"response-not-stored": 1}


def test_a_round_that_does_not_exist_is_not_on_any_roster(school: School, running: service.Running) -> None:
    row = replace(submission(school.round, school.campus.students[0]), round_id=987654321)
    assert told(put(running.writer, Answer(row))) == [Verdict.UNKNOWN_ROUND]


def test_a_round_that_is_locked_long_holds_up_only_itself(
    school: School, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "SESSION", writer.SESSION.replace("'4s'", "'300ms'"))
    evening = open_round(school.campus.school, purpose="evening")
    student = school.campus.students[0]
    running = service.start()
    try:
        with round_locked(school.round.pk):
            stuck = put(running.writer, Answer(submission(school.round, student)))
            until(lambda: running.writer.length == 0)
            both = put(running.writer, Answer(submission(school.round, student)), Answer(submission(evening, student)))
            assert told(stuck + both) == ["busy", "busy", "accepted"]
        assert told(put(running.writer, Answer(submission(school.round, student)))) == ["accepted"]
    finally:
        service.stop()


def test_a_full_queue_is_refused_at_once_and_loses_nobody(school: School, transactional_db: None) -> None:
    into = Writer(service.database_address(), capacity=3)
    into.start()
    rows = [Answer(submission(school.round, student)) for student in school.campus.students]
    try:
        with round_locked(school.round.pk):
            taken = put(into, rows[0])
            until(lambda: into.length == 0)
            taken += put(into, *rows[1:4])
            with pytest.raises(Problem) as refused:
                put(into, rows[4])
            assert (refused.value.code, refused.value.status, refused.value.retry_after) == ("busy", 503, 2)
        assert told(taken) == ["accepted"] * 4
    finally:
        into.stop()
    assert Response.objects.count() == 4


def test_stopping_commits_what_waits_and_takes_nothing_more(school: School, transactional_db: None) -> None:
    into = Writer(service.database_address())
    rows = [Answer(submission(school.round, student)) for student in school.campus.students]
    taken = put(into, *rows[:5])
    into.start()
    into.stop()
    assert told(taken) == ["accepted"] * 5
    with pytest.raises(Problem) as refused:
        put(into, rows[5])
    assert refused.value.code == "busy"
    assert Response.objects.count() == 5


def test_a_lost_connection_acknowledges_nothing_and_comes_back(school: School, running: service.Running) -> None:
    students = school.campus.students
    assert told(put(running.writer, Answer(submission(school.round, students[0])))) == ["accepted"]
    with round_locked(school.round.pk):
        waiting = put(running.writer, Answer(submission(school.round, students[1])))
        until(lambda: running.writer.length == 0)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        assert told(waiting) == ["database-away"]
    until(lambda: not running.writer.is_away)
    assert Response.objects.count() == 1
    (reply,) = send(school.post(students[1], "again-key"))
    assert reply.status == 201


def test_a_database_that_does_not_answer_is_not_waited_for(
    school: School, running: service.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.3)
    student = school.campus.students[0]
    row = submission(school.round, student)
    with round_locked(school.round.pk):
        waiting = put(running.writer, Answer(row))
        until(lambda: running.writer.is_away)
        running.writer.check()
        assert told(waiting) == ["database-away"]
        (refused,) = send(school.post(student, "refused-key"))
        assert (refused.status, refused.body["code"], refused.headers["retry-after"]) == (503, "database-away", "2")
    until(lambda: not running.writer.is_away and Response.objects.exists())
    again = put(running.writer, Answer(row))
    assert told(again) == ["replayed"], "it had been counted after all, and the same key says so"


def test_a_database_that_is_not_there_yet_is_tried_again(school: School, transactional_db: None) -> None:
    into = Writer("host=/nowhere dbname=none connect_timeout=1")
    into.start()
    try:
        assert told(put(into, Answer(submission(school.round, school.campus.students[0])))) == ["database-away"]
        assert into.is_away
        into._address = service.database_address()  # as if it had come up
        until(lambda: not into.is_away)
        assert told(put(into, Answer(submission(school.round, school.campus.students[0])))) == ["accepted"]
    finally:
        into.stop()
