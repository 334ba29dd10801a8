"""What the intake has to know to read an answer: the round's form (never changes) and the day's triage rules (refreshed)."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from django.db import DatabaseError, InterfaceError, connections

from linglou.domains.daily import rules as daily
from linglou.engines.rounds.models import Form
from linglou.engines.rounds.problems import NOT_ON_ROSTER
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules import TriageRule
from linglou.kernel.problems import Problem

FRESH_SECONDS = 15.0  # how long a newly recorded risk region may take to bear on triage
REMEMBERED = 512
Key = tuple[int, int, date]  # school, form, day

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    title: str
    questions: tuple[daily.Question, ...]
    rules: tuple[TriageRule, ...]
    risk_regions: frozenset[str]
    read_at: float


def read(key: Key) -> Known:
    """Read from the database, in the calling thread. Raises ``Problem(NOT_ON_ROSTER)`` for a form that is not there."""
    school_id, form_id, day = key
    form = Form.objects.filter(pk=form_id, school_id=school_id).first()
    if form is None:
        raise Problem(NOT_ON_ROSTER)
    return Known(
        title=form.title,
        questions=daily.parse_questions(form.questions),
        rules=rulebook.triage_rules(day),
        risk_regions=rulebook.risk_regions(school_id, day),
        read_at=time.monotonic(),
    )


class Lookups:
    """A small cache in front of ``read``, for the server process. Something stale is still used while it is read anew, and
    one thread does all the reading, so that a thousand answers that miss at once ask the database once."""

    def __init__(self) -> None:
        self._known: dict[Key, Known] = {}
        self._refreshing: set[Key] = set()
        self._reader = ThreadPoolExecutor(1, "intake-lookups")

    def at_hand(self, key: Key) -> Known | None:
        """Without waiting; None when it has to be read first."""
        known = self._known.get(key)
        if known is not None and time.monotonic() - known.read_at > FRESH_SECONDS and key not in self._refreshing:
            self._refreshing.add(key)
            self._reader.submit(self._refresh, key)
        return known

    def get(self, key: Key) -> Known:
        """Waits for the database if need be. For threads only."""
        return self.at_hand(key) or self._reader.submit(self._load, key).result()

    async def fetch(self, key: Key) -> Known:
        return await asyncio.get_running_loop().run_in_executor(self._reader, self._load, key)

    def close(self) -> None:
        self._reader.submit(connections.close_all)
        self._reader.shutdown()

    def _load(self, key: Key) -> Known:
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[key] = read(key)
        return known

    def _refresh(self, key: Key) -> None:
        try:
            self._known[key] = read(key)
        except (DatabaseError, InterfaceError, Problem) as error:
            log.warning("lookups-not-refreshed", extra={"error": type(error).__name__})
        finally:
            self._refreshing.discard(key)
