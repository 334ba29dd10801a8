"""``/healthz`` says what is well and what is not; only a database that is away makes it 503."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from linglou.domains.daily.intake import service, writer
from linglou.domains.daily.intake.writer import Answer
from linglou.engines.rounds.commit import ROUND_LOCK, Outcome
from linglou.kernel import clock
from linglou.server import health, worker
from tests.factories.people import Campus
from tests.factories.processes import eventually
from tests.factories.rounds import open_round, submission

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running() -> Iterator[service.Running]:
    started = service.start()
    try:
        yield started
    finally:
        service.stop()


@pytest.fixture(autouse=True)
def no_beat_of_another_test(transactional_db: None) -> Iterator[None]:
    cache.delete(worker.BEAT_KEY)
    yield
    cache.delete(worker.BEAT_KEY)


def ask() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/healthz")
    return answer.status_code, answer.json()


def beat(*, seconds_ago: float) -> None:
    worker.Beat().note(clock.now() - timedelta(seconds=seconds_ago))


def test_all_is_well(running: service.Running) -> None:
    beat(seconds_ago=3)
    status, said = ask()
    assert (status, said["status"]) == (200, "ok")
    assert said["database"] == {"ok": True, "intake_away": False}
    assert said["worker"]["ok"]
    assert 3 <= said["worker"]["seconds_since_beat"] < 30
    assert said["queue"] == {"ok": True, "length": 0, "capacity": running.writer.capacity}


@pytest.mark.parametrize("seconds_ago", [None, health.LATE_BEAT_SECONDS + 1])
def test_without_a_worker_requests_are_still_served_and_it_is_said(seconds_ago: float | None) -> None:
    if seconds_ago:
        beat(seconds_ago=seconds_ago)
    status, said = ask()
    assert (status, said["status"], said["worker"]["ok"]) == (200, "unwell", False)
    assert said["queue"] == {"ok": True, "length": None, "capacity": None}


def test_while_the_writer_waits_in_vain_for_the_database_it_is_503(
    running: service.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(seconds_ago=1)
    campus = Campus()
    round_ = open_round(campus.school)
    monkeypatch.setattr(writer, "PATIENCE", 0.2)
    waiting: Future[Outcome] = Future()
    with psycopg.connect(service.database_address()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [ROUND_LOCK + round_.pk])
        running.writer.put(Answer(submission(round_, campus.students[0])), waiting)
        assert eventually(lambda: running.writer.is_away)
        status, said = ask()
        assert (status, said["status"]) == (503, "unwell")
        assert said["database"] == {"ok": False, "intake_away": True}
        assert 'linglou_up{part="database"} 0' in health.metrics(clock.now())
    assert eventually(lambda: ask()[0] == 200)


def test_while_the_database_does_not_answer_it_is_503_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.close()
    started = time.monotonic()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        status, said = ask()
        connection.close()
    assert (status, said["database"]) == (503, {"ok": False, "intake_away": False})
    assert said["worker"] == {"ok": False, "seconds_since_beat": None}
    assert time.monotonic() - started < 10
