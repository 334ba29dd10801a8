"""The worker's loops: beat, order of steps, errors, and stopping."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError

from linglou.engines.tasks.models import Task
from linglou.kernel import clock
from linglou.server import worker
from tests.factories.people import Campus
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


@pytest.mark.django_db
def test_the_beat_is_noted_now_and_then() -> None:
    at = clock.now()
    assert worker.last_beat() is None
    assert worker.seconds_since_beat(at) is None
    beat = worker.Beat()
    for seconds in (0, 1, 4, 6):
        beat.note(at + timedelta(seconds=seconds))
    assert worker.last_beat() == at + timedelta(seconds=6)
    assert worker.seconds_since_beat(at + timedelta(seconds=10)) == 4


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
