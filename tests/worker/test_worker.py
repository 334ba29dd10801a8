"""The worker's loops: beat, order of steps, errors, and stopping."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import OperationalError

from linglou.engines.tasks.models import Task
from linglou.kernel import clock
from linglou.server import worker
from tests.factories.people import Campus
from tests.factories.processes import database_url
from tests.factories.signals import signal

PATIENCE = 20.0


class Steps:
    """A step that counts its calls, fails as told, and says when it has been called often enough."""

    def __init__(self, enough: int, *failures: Exception | None, more: bool = False) -> None:
        self.enough, self.failures, self.more = enough, list(failures), more
        self.calls = 0
        self.reached = threading.Event()

    def __call__(self, at: datetime) -> bool:
        assert at.tzinfo is not None
        self.calls += 1
        if self.calls >= self.enough:
            self.reached.set()
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise failure
        return self.more


def run_until(*loops: worker.Loop, reached: threading.Event) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,), kwargs={"only": list(loops)})
    thread.start()
    assert reached.wait(PATIENCE)
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_failing_step_is_tried_again_and_does_not_disturb_the_other_loop() -> None:
    failing, sound = Steps(3, RuntimeError(), RuntimeError()), Steps(1)
    run_until(worker.Loop("a", 0.01, failing), worker.Loop("b", 0.01, sound), reached=failing.reached)
    assert sound.reached.is_set()


def test_while_the_database_is_away_it_waits_and_says_so_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "AWAY_PAUSE", 0.01)
    steps = Steps(5, *[OperationalError()] * 3)
    with caplog.at_level("INFO", "linglou.worker"):
        run_until(worker.Loop("a", 0.01, steps), reached=steps.reached)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["the database is away", "the database is back"]


def test_more_to_do_is_done_at_once() -> None:
    steps = Steps(50, more=True)
    run_until(worker.Loop("a", 3600.0, steps), reached=steps.reached)


def test_a_loop_rests_while_nothing_is_written_and_steps_at_once_when_something_is() -> None:
    snapshots = iter(["1:1:", "1:1:", "1:1:", "2:2:", "2:2:"])
    quiet = worker.Quiet(3600.0, lambda: next(snapshots))
    assert [quiet.is_quiet() for _look in range(5)] == [False, True, True, False, True]


def test_a_rest_ends_by_itself_and_a_disturbed_loop_does_not_rest() -> None:
    restless = worker.Quiet(0.0, lambda: "1:1:")
    assert [restless.is_quiet() for _look in range(3)] == [False] * 3
    disturbed = worker.Quiet(3600.0, lambda: "1:1:")
    assert not disturbed.is_quiet()
    disturbed.disturb()
    assert not disturbed.is_quiet()


@pytest.mark.django_db(transaction=True)
def test_every_write_is_seen_also_one_that_began_before_others_and_ends_after_them() -> None:
    campus = Campus()
    address = database_url()
    sort = "UPDATE people_unit SET sort_key = 'x' WHERE id = %s"
    with psycopg.connect(address) as early, psycopg.connect(address, autocommit=True) as late:
        early.execute(sort, [campus.classes[0].pk])
        before = worker.written()
        late.execute(sort, [campus.classes[1].pk])
        between = worker.written()
        early.commit()
        assert len({before, between, worker.written()}) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("steps", [Steps(3, RuntimeError(), RuntimeError()), Steps(20, more=True)], ids=["failing", "busy"])
def test_a_loop_does_not_rest_after_a_failure_nor_while_there_is_more(steps: Steps) -> None:
    run_until(worker.Loop("a", 0.01, steps, rest=3600.0), reached=steps.reached)


@pytest.mark.django_db
def test_the_beat_is_noted_now_and_then() -> None:
    at = clock.now()
    assert worker.last_beat() is None
    assert worker.seconds_since_beat(at) is None
    beat = worker.Beat()
    late = worker.BEAT_SECONDS + 1
    for seconds in (0, 1, worker.BEAT_SECONDS - 1, late):
        beat.note(at + timedelta(seconds=seconds))
    assert worker.last_beat() == at + timedelta(seconds=late)
    assert worker.seconds_since_beat(at + timedelta(seconds=late + 4)) == 4


@pytest.mark.django_db
def test_the_loops_of_a_worker() -> None:
    campus = Campus()
    signal(campus.students[0], campus.classes[0])
    loops = {loop.name: loop for loop in worker.loops()}
    at = clock.now()
    assert loops["signals"].step(at) is True
    assert loops["signals"].step(at) is False
    assert loops["tick"].step(at) is False
    assert Task.objects.count() == 2
    assert worker.last_beat() == at
    assert loops["outbox"].step(at) is False
    assert loops["background"].step(at) is True  # the house was kept
    assert loops["background"].step(at) is False
