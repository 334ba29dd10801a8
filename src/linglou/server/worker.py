"""The worker process: hands out signals, ticks, delivers the outbox, reads waiting roster files in, keeps house once a day.

Each runs in a thread of its own, so that a large close, a slow mail server or a large file never holds up a signal. Everything it
does is claimed row by row in the database: any number of workers may run, and one that is killed leaves nothing half-done.

A quiet school costs next to nothing: every second a loop only asks PostgreSQL whether anything has been written since its last step.
What a row sets off is therefore done within about a second; what the clock alone sets off, within the loop's ``rest``.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import FrameType

import django
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, close_old_connections, connection, connections

from linglou.kernel import clock

log = logging.getLogger("linglou.worker")

BEAT_KEY = "worker:beat"
BEAT_SECONDS = 15.0  # a beat is a write, which makes every loop look once more
BEAT_KEPT_SECONDS = 86400
AWAY_PAUSE = 1.0
STOP_GRACE = 15.0


@dataclass(frozen=True)
class Loop:
    """One thing done again and again. ``step`` returns whether there is more to do at once; else ``every`` seconds pass. With
    ``rest`` a step is passed over while nobody has written to the database since the last one, up to that many seconds."""

    name: str
    every: float
    step: Callable[[datetime], bool]
    rest: float | None = None


def last_beat() -> datetime | None:
    """When a worker last finished a tick; None when none has in the last day. For ``/healthz``."""
    beat = cache.get(BEAT_KEY)
    return datetime.fromisoformat(beat) if beat else None


def seconds_since_beat(at: datetime) -> float | None:
    """How long ago that was."""
    beat = last_beat()
    return (at - beat).total_seconds() if beat else None


class Beat:
    """Notes that the tick is alive, a few times a minute."""

    def __init__(self) -> None:
        self.noted_at: datetime | None = None

    def note(self, at: datetime) -> None:
        if self.noted_at is None or (at - self.noted_at).total_seconds() >= BEAT_SECONDS:
            cache.set(BEAT_KEY, at.isoformat(), BEAT_KEPT_SECONDS)
            self.noted_at = at


def loops() -> list[Loop]:
    """What a worker does."""
    from linglou.domains.movement.stays import actions as stays
    from linglou.engines.notifications import actions as outbox
    from linglou.flows import symptom_report_opens_signal
    from linglou.flows.tick import tick
    from linglou.foundation.people.roster_import import actions as imports
    from linglou.server import housekeeping

    beat = Beat()

    def hand_out_signals(at: datetime) -> bool:
        return symptom_report_opens_signal.run(at=at) > 0

    def tick_once(at: datetime) -> bool:
        done = {name: count for name, count in tick(at).items() if count}
        if done:
            log.info("tick", extra={"event": "tick", "count": done})
        beat.note(at)
        return False

    def deliver(at: datetime) -> bool:
        return outbox.deliver(at=at) > 0

    def background(at: datetime) -> bool:
        return imports.run_pending(at) > 0 or stays.run_pending(at) > 0 or housekeeping.run_if_due(at=at)

    return [
        Loop("signals", 1.0, hand_out_signals, rest=30.0),
        Loop("tick", 1.0, tick_once, rest=5.0),
        Loop("outbox", 1.0, deliver, rest=5.0),
        Loop("background", 2.0, background, rest=30.0),
    ]


def run(stop: threading.Event, *, only: list[Loop] | None = None) -> None:
    """Run every loop until ``stop``; each finishes its current step."""
    threads = [threading.Thread(target=_run_loop, args=(loop, stop), name=loop.name) for loop in only or loops()]
    for thread in threads:
        thread.start()
    while not stop.wait(0.5):
        if not all(thread.is_alive() for thread in threads):  # cannot happen; if it does, the supervisor starts us again
            stop.set()
    give_up = time.monotonic() + STOP_GRACE
    for thread in threads:
        thread.join(max(0.0, give_up - time.monotonic()))


def written() -> str:
    """A text that changes whenever a transaction that wrote something ends, in any process: which transactions are visible now.
    (The whole snapshot: one that began early and ended late moves no single number of it.)"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


class Quiet:
    """Whether a loop may pass a step over. What is written during a step differs from what was seen before it, so it is looked
    at again."""

    def __init__(self, rest: float | None, look: Callable[[], str] = written) -> None:
        self.rest, self._look = rest, look
        self._seen: str | None = None
        self._stepped_at = 0.0

    def is_quiet(self) -> bool:
        """Ask, and count what follows a 'no' as the step."""
        if self.rest is None:
            return False
        seen, now = self._look(), time.monotonic()
        if seen == self._seen and now - self._stepped_at < self.rest:
            return True
        self._seen, self._stepped_at = seen, now
        return False

    def disturb(self) -> None:
        """The step failed or has more to do: it is due again."""
        self._seen = None


def _run_loop(loop: Loop, stop: threading.Event) -> None:
    database_is_away = False
    quiet = Quiet(loop.rest)
    while not stop.is_set():
        pause = loop.every
        try:
            close_old_connections()
            if not quiet.is_quiet() and loop.step(clock.now()):
                pause = 0.0
                quiet.disturb()
            if database_is_away:
                log.info("the database is back", extra={"event": f"worker.{loop.name}"})
            database_is_away = False
        except (OperationalError, InterfaceError) as error:
            connections.close_all()
            quiet.disturb()
            pause = AWAY_PAUSE
            if not database_is_away:
                log.warning("the database is away", extra={"event": f"worker.{loop.name}", "error": type(error).__name__})
            database_is_away = True
        except Exception as error:
            quiet.disturb()
            log.exception("a step failed", extra={"event": f"worker.{loop.name}", "error": type(error).__name__})
        stop.wait(pause)
    connections.close_all()


def main() -> None:
    django.setup()
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
    log.info("worker up", extra={"event": "worker.up"})
    run(stop)
    log.info("worker down", extra={"event": "worker.down"})


if __name__ == "__main__":
    main()
