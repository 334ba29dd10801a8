"""Is the installation well? Database, worker and intake, for people, load balancers and Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection

from linglou.domains.daily.intake import service
from linglou.engines.notifications import queries as outbox
from linglou.engines.tasks import queries as tasks
from linglou.server import front, worker

LATE_BEAT_SECONDS = 60.0
FULL_QUEUE_SHARE = 0.9


@dataclass(frozen=True)
class Health:
    """``database``: it answers. ``intake_database``: the intake's writer has its own connection to it, and has not waited too
    long for a commit. ``worker_seconds`` is how long ago a worker finished a tick (None: not in the last day); ``queue`` is
    None outside the server process."""

    database: bool
    intake_database: bool
    worker_seconds: float | None
    queue: int | None
    queue_capacity: int | None

    @property
    def worker(self) -> bool:
        return self.worker_seconds is not None and self.worker_seconds < LATE_BEAT_SECONDS

    @property
    def intake(self) -> bool:
        return self.queue is None or self.queue < FULL_QUEUE_SHARE * (self.queue_capacity or 1)

    @property
    def can_serve(self) -> bool:
        """Whether requests may be sent here. Without a worker, or with a full queue for a moment, answers are still taken and
        pages still drawn: that is for the operator to see, not for a load balancer to act on."""
        return self.database and self.intake_database

    @property
    def is_well(self) -> bool:
        return self.can_serve and self.worker and self.intake

    def as_json(self) -> dict[str, object]:
        return {
            "status": "ok" if self.is_well else "unwell",
            "database": {"ok": self.can_serve, "intake_away": not self.intake_database},
            "worker": {"ok": self.worker, "seconds_since_beat": self.worker_seconds},
            "queue": {"ok": self.intake, "length": self.queue, "capacity": self.queue_capacity},
        }


def look(at: datetime) -> Health:
    """Never waits for a database that the writer already waits for in vain."""
    running = service.running()
    queue, capacity = (running.writer.length, running.writer.capacity) if running else (None, None)
    intake_database = not (running and running.writer.is_away)
    try:
        if not intake_database:
            return Health(False, False, None, queue, capacity)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Health(True, True, worker.seconds_since_beat(at), queue, capacity)
    except (DatabaseError, InterfaceError):
        return Health(False, intake_database, None, queue, capacity)


def metrics(at: datetime) -> str:
    """Prometheus' text format, version 0.0.4."""
    return "".join(f"{line}\n" for line in _lines(at))


def _lines(at: datetime) -> Iterator[str]:
    health = look(at)
    yield from _metric("linglou_up", "gauge", "1 when the part is well", {
        'part="database"': int(health.can_serve), 'part="worker"': int(health.worker), 'part="intake"': int(health.intake),
    })  # fmt: skip
    if health.worker_seconds is not None:
        yield from _metric(
            "linglou_worker_beat_seconds", "gauge", "Since a worker last finished a tick", {"": health.worker_seconds}
        )
    if health.database:
        yield from _metric("linglou_outbox_pending", "gauge", "Messages to send or to try again", {"": outbox.pending_count()})
        yield from _metric("linglou_tasks_overdue", "gauge", "Open tasks past their clock", {"": tasks.overdue_count(at=at)})
    running = front.running()
    if running:
        yield from _metric("linglou_requests_total", "counter", "Requests that Django answered, by status", {
            f'status="{status}"': count for status, count in sorted(running.meter.by_status.items())
        })  # fmt: skip
        yield from _metric("linglou_request_seconds_total", "counter", "Time spent on them", {"": running.meter.seconds})
        yield from _metric("linglou_requests_in_hand", "gauge", "Waiting for a thread, or in one", {"": running.in_hand})
        yield from _metric("linglou_hung_up_total", "counter", "Callers that went away", {"": running.meter.hung_up})
    intake = service.running()
    if intake:
        meter = intake.writer.meter
        yield from _metric("linglou_intake_queue", "gauge", "Answers that wait for the writer", {"": intake.writer.length})
        yield from _metric("linglou_intake_accepted_total", "counter", "Answers committed", {"": meter.accepted})
        yield from _metric("linglou_intake_replayed_total", "counter", "Answers that came again", {"": meter.replayed})
        yield from _metric("linglou_intake_refused_total", "counter", "Answers not taken, by problem", {
            f'code="{code}"': count for code, count in sorted(meter.refused.items())
        })  # fmt: skip
        yield from _metric("linglou_intake_batches_total", "counter", "Commits", {"": meter.batches})
        yield from _metric("linglou_intake_commit_seconds_total", "counter", "Time spent in them", {"": meter.commit_seconds})


def _metric(name: str, kind: str, help_: str, values: dict[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {help_}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values.items():
        yield f"{name}{{{labels}}} {value}" if labels else f"{name} {value}"
