"""How far an import is, visible while its one transaction is still open, and a lock that says whether it is alive.

Both live on a database connection of their own: what it writes is committed at once, and when the process dies the lock goes
with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType

from django.db import DatabaseError, connection

from linglou.foundation.people.models import RosterImport
from linglou.foundation.people.roster_import.problems import IMPORT_NOT_READY
from linglou.kernel.problems import Problem

IMPORT_LOCK = 0x4C49 << 40
INTERVAL = 0.25
Listener = Callable[[str, int, int], None]


class Progress:
    """``with Progress(job) as progress: progress.step("persons", 0, 100)``. Raises ``Problem(IMPORT_NOT_READY)`` when another
    process is at work on the same import."""

    def __init__(self, job: RosterImport, listener: Listener | None = None) -> None:
        self._job, self._listener = job, listener
        self._step, self._told = "", 0.0

    def __enter__(self) -> Progress:
        self._own = connection.copy()
        with self._own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [IMPORT_LOCK + self._job.pk])
            if not cursor.fetchone()[0]:
                self._own.close()
                raise Problem(IMPORT_NOT_READY, state=self._job.get_state_display())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Given back by hand: the server notices a closed connection only a moment later.
        try:
            with self._own.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [IMPORT_LOCK + self._job.pk])
        except DatabaseError:
            pass  # the connection is gone, and the lock with it
        finally:
            self._own.close()

    def step(self, step: str, done: int = 0, total: int = 0) -> None:
        """Say where the work stands; cheap to call often."""
        now = time.monotonic()
        if step == self._step and now - self._told < INTERVAL:
            return
        self._step, self._told = step, now
        if self._listener:
            self._listener(step, done, total)
        with self._own.cursor() as cursor:
            cursor.execute(
                "UPDATE people_rosterimport SET progress_step = %s, progress_done = %s, progress_total = %s WHERE id = %s",
                [step, done, total, self._job.pk],
            )


def is_alive(job: RosterImport) -> bool:
    """Whether some process holds the import's lock."""
    key = IMPORT_LOCK + job.pk
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [key >> 32, key & 0xFFFFFFFF],
        )
        return bool(cursor.fetchone()[0])
