"""Group commit: one thread, one connection; whatever gathered while the last commit ran goes into the next.

A caller gets its outcome only after the commit that holds its answer. What the database did not take is refused, never
dropped: a full queue and a database that is away are 503, and one row that cannot be stored does not refuse its neighbours.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import re
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
from psycopg import errors

from linglou.domains.daily.intake.problems import NOT_STORED
from linglou.domains.signals import actions as signals
from linglou.engines.rounds.commit import Cursor, Outcome, Submission, Verdict, commit
from linglou.foundation.rulebook.rules import Finding
from linglou.kernel.common_problems import BUSY, DATABASE_AWAY
from linglou.kernel.problems import Kind, Problem

CAPACITY = 4096
BATCH = 256
CROWD_SECONDS = 0.004
PATIENCE = 5.0  # seconds a caller waits for a database that takes connections but does not answer
RETRY_SECONDS = 2
SHUTTING_DOWN = "57P"  # the class of SQLSTATE in which PostgreSQL goes away
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
SESSION = """
    SET TIME ZONE 'UTC'; SET plan_cache_mode = force_generic_plan; SET synchronous_commit = on;
    SET lock_timeout = '4s'; SET statement_timeout = '15s'; SET idle_in_transaction_session_timeout = '30s'
"""

PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?s")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Answer:
    """A judged answer, ready to be written. ``findings`` is what triage made of it."""

    submission: Submission
    findings: Sequence[Finding] = ()


def write(cursor: Cursor, answers: Sequence[Answer]) -> list[Outcome]:
    """Write a batch in the caller's transaction: responses, revisions, counters, trail and signals. Outcomes in order."""
    outcomes = commit(cursor, [answer.submission for answer in answers])
    found, corrected = [], []
    for answer, outcome in zip(answers, outcomes, strict=True):
        row = answer.submission
        if outcome.verdict is not Verdict.ACCEPTED or not row.is_person:
            continue
        found += [
            signals.NewSignal(
                row.school_id, row.respondent_id, row.unit_id, row.round_id, outcome.revision, finding.rule_id,
                finding.edition, finding.severity, finding.because, row.at,
            )
            for finding in answer.findings
        ]  # fmt: skip
        if outcome.revision > 1:
            corrected.append((row.respondent_id, row.round_id, outcome.revision))
    signals.record(cursor, found)
    signals.revise(cursor, corrected)
    return outcomes


@dataclass(eq=False, slots=True)
class Waiting:
    """An answer in the queue, and the future of whoever waits for it."""

    answer: Answer
    future: Future[Outcome] | asyncio.Future[Outcome]


@dataclass
class Meter:
    """Plain counters for ``/metrics``; only the writer's thread adds to them (``refused``: also callers, under the GIL)."""

    accepted: int = 0
    replayed: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    batches: int = 0
    batched: int = 0
    commit_seconds: float = 0.0
    slowest_seconds: float = 0.0

    def refuse(self, code: str, count: int = 1) -> None:
        self.refused[code] = self.refused.get(code, 0) + count


class Writer:
    def __init__(self, connection_string: str, *, capacity: int | None = None) -> None:
        self.meter = Meter()
        self.capacity = capacity or CAPACITY
        self._address = connection_string
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._connection: psycopg.Connection[Any] | None = None
        self._in_hand: list[Waiting] = []
        self._batch_before = 0
        self._is_lost = False
        self._busy_since: float | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="intake-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, grace: float = 15.0) -> None:
        """Take nothing more in, commit what waits, and end."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join(grace)
        self._refuse(self._drain(), BUSY)

    @property
    def length(self) -> int:
        """How many answers wait."""
        return self._queue.qsize()

    @property
    def is_away(self) -> bool:
        """Whether the database is gone, or has not answered for ``PATIENCE`` seconds."""
        since = self._busy_since
        return self._is_lost or (since is not None and time.monotonic() - since > PATIENCE)

    def put(self, answer: Answer, future: Future[Outcome] | asyncio.Future[Outcome]) -> None:
        """Queue an answer. Raises ``Problem`` (BUSY, DATABASE_AWAY) at once rather than keep anyone waiting for nothing."""
        if self.is_away:
            self.meter.refuse(DATABASE_AWAY.code)
            raise _refusal(DATABASE_AWAY)
        if self._closing.is_set() or self._queue.qsize() >= self.capacity:
            self.meter.refuse(BUSY.code)
            raise _refusal(BUSY)
        self._queue.put(Waiting(answer, future))

    def check(self) -> None:
        """Called now and then while the writer may be stuck in a database that does not answer: whoever waits is refused after
        ``PATIENCE`` seconds. What the database had been given may still be counted; the same key then gives its receipt."""
        if self.is_away:
            waiting = [one for one in (*self._in_hand, *self._drain()) if not one.future.done()]
            self._refuse(waiting, DATABASE_AWAY)

    # The thread

    def _run(self) -> None:
        while batch := self._gather():
            self._in_hand = [waiting for waiting in batch if not waiting.future.done()]
            if self._in_hand:
                self._settle(self._in_hand)
        if self._connection is not None:
            self._connection.close()

    def _gather(self) -> list[Waiting]:
        """Everything that waits, at least one; nothing when it is time to end. In a crowd it waits a moment until a third of the crowd
        is there: while these are committed the others are judged, and commits are not wasted on a few. Nobody notices it."""
        first = self._queue.get()
        if first is None:
            return []
        third = (self._batch_before + len(self._in_hand)) // 3
        patience = time.monotonic() + CROWD_SECONDS
        while 1 < third > self._queue.qsize() + 1 and time.monotonic() < patience and not self._closing.is_set():
            time.sleep(CROWD_SECONDS / 8)
        self._batch_before = len(self._in_hand)
        return [first, *self._drain(BATCH - 1)]

    def _drain(self, limit: int = CAPACITY * 2) -> list[Waiting]:
        """What waits, as far as the sign to end, which stays."""
        drained: list[Waiting] = []
        while len(drained) < limit:
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                break
            if waiting is None:
                self._queue.put(None)
                break
            drained.append(waiting)
        return drained

    def _settle(self, batch: list[Waiting]) -> None:
        """Commit a batch and tell every caller what came of it."""
        started = self._busy_since = time.monotonic()
        try:
            outcomes = self._commit(batch)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self._without_database(batch, error)
        except Exception as error:  # the database's, or Python's own over a value: either way some row's fault
            self._without_poison(batch, error)
        else:
            self._measure(outcomes, time.monotonic() - started)
            _hand_over(batch, outcomes)
        finally:
            self._busy_since = None

    def _commit(self, batch: list[Waiting]) -> list[Outcome]:
        if self._connection is None:
            self._connection = connect(self._address)
        connection = self._connection
        # Two trips to the database: as far as the outcomes, then signals and commit. Each trip waits for the GIL once.
        with connection.pipeline(), connection.transaction(), psycopg.RawCursor(connection) as cursor:
            return write(Numbering(cursor), [waiting.answer for waiting in batch])

    def _without_poison(self, batch: list[Waiting], error: Exception) -> None:
        """A row that the database will not have is refused alone: halve the batch until it stands by itself."""
        if len(batch) > 1:
            middle = len(batch) // 2
            self._settle(batch[:middle])
            self._settle(batch[middle:])
            return
        row = batch[0].answer.submission
        log.error("response-not-stored", extra={"error": _name(error), "round": row.round_id, "school": row.school_id})
        self._refuse(batch, NOT_STORED)

    def _without_database(self, batch: list[Waiting], error: psycopg.Error) -> None:
        connection = self._connection
        is_lost = connection is None or connection.broken or (error.sqlstate or "").startswith(SHUTTING_DOWN)
        if not is_lost and isinstance(error, errors.LockNotAvailable):
            self._without_locked(batch)
            return
        log.error("database-lost" if is_lost else "commit-failed", extra={"error": _name(error), "count": len(batch)})
        self._is_lost = is_lost
        self._refuse(batch, DATABASE_AWAY)
        if is_lost:
            self._busy_since = None
            self._reconnect()

    def _without_locked(self, batch: list[Waiting]) -> None:
        """A round that is being closed holds its lock for seconds: only its own callers are told to come again."""
        by_round: dict[int, list[Waiting]] = {}
        for waiting in batch:
            by_round.setdefault(waiting.answer.submission.round_id, []).append(waiting)
        if len(by_round) == 1:
            self._refuse(batch, BUSY)
            return
        for part in by_round.values():
            self._settle(part)

    def _reconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        pause = FIRST_PAUSE
        while not self._closing.is_set():
            self._refuse(self._drain(), DATABASE_AWAY)
            try:
                self._connection = connect(self._address)
            except psycopg.OperationalError:
                self._closing.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                log.info("database-back")
                self._is_lost = False
                return

    def _refuse(self, batch: Sequence[Waiting], kind: Kind) -> None:
        if batch:
            self.meter.refuse(kind.code, len(batch))
            _hand_over(batch, [_refusal(kind)] * len(batch))

    def _measure(self, outcomes: list[Outcome], seconds: float) -> None:
        meter = self.meter
        meter.accepted += sum(outcome.verdict is Verdict.ACCEPTED for outcome in outcomes)
        meter.replayed += sum(outcome.verdict is Verdict.REPLAYED for outcome in outcomes)
        meter.batches += 1
        meter.batched += len(outcomes)
        meter.commit_seconds += seconds
        meter.slowest_seconds = max(meter.slowest_seconds, seconds)


class Numbering:
    """A cursor that turns ``%s`` and ``%(name)s`` into ``$n`` once per statement, where psycopg would do it once per call."""

    def __init__(self, cursor: psycopg.RawCursor[Any]) -> None:
        self._cursor = cursor
        self.fetchall = cursor.fetchall

    def execute(self, query: str, params: Any = None) -> None:
        text, names = _numbered(query)
        self._cursor.execute(text, [params[name] for name in names] if names else params)  # type: ignore[arg-type]


@functools.cache
def _numbered(query: str) -> tuple[str, tuple[str, ...]]:
    """The statement with ``$n``, and the names in the order of their numbers (none for ``%s``)."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1] or f"%{len(numbers)}"
        return f"${numbers.setdefault(name, len(numbers) + 1)}"

    text = PLACEHOLDER.sub(number, query)
    return text, tuple(name for name in numbers if not name.startswith("%"))


def connect(address: str) -> psycopg.Connection[Any]:
    """A connection that plans once, waits for locks a few seconds at most, and notices a dead network."""
    connection = psycopg.connect(
        address, connect_timeout=3, keepalives_idle=5, keepalives_interval=2, keepalives_count=3, tcp_user_timeout=10_000,
        prepare_threshold=0, autocommit=True,
    )  # fmt: skip
    connection.execute(SESSION, prepare=False)
    return connection


def _name(error: Exception) -> str:
    """What happened, without a value of anybody's."""
    diagnosis = getattr(error, "diag", None)
    words = [type(error).__name__, diagnosis and diagnosis.sqlstate, diagnosis and diagnosis.constraint_name]
    return " ".join(filter(None, words))


def _refusal(kind: Kind) -> Problem:
    if kind.status != 503:
        return Problem(kind)
    return Problem(kind, retry_after=RETRY_SECONDS, seconds=RETRY_SECONDS)


def _hand_over(batch: Sequence[Waiting], results: Sequence[Outcome | Problem]) -> None:
    """From any thread to whoever waits: other threads directly, the event loop in one call for all."""
    on_loop = []
    for waiting, result in zip(batch, results, strict=True):
        if isinstance(waiting.future, asyncio.Future):
            on_loop.append((waiting, result))
        else:
            _resolve([(waiting, result)])
    if on_loop:
        loop = on_loop[0][0].future.get_loop()  # type: ignore[union-attr]
        with suppress(RuntimeError):  # the loop is gone, and whoever waited on it
            loop.call_soon_threadsafe(_resolve, on_loop)


def _resolve(results: Iterable[tuple[Waiting, Outcome | Problem]]) -> None:
    for waiting, result in results:
        if waiting.future.done():
            continue
        if isinstance(result, Problem):
            waiting.future.set_exception(result)
        else:
            waiting.future.set_result(result)
