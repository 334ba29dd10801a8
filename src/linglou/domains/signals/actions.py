"""Writes of the signals domain. ``record`` and ``revise`` are set-based: the intake calls them in its batch's transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction

from linglou.domains.signals import rules
from linglou.domains.signals.models import Signal, State
from linglou.domains.signals.problems import NOT_THAT_STATE
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem


class Cursor(Protocol):
    """A psycopg cursor, or Django's around one."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...
    def fetchall(self) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class NewSignal:
    """One rule that one accepted answer met. ``because`` names the facts (question keys and codes)."""

    school_id: int
    person_id: int
    unit_id: int
    round_id: int
    revision: int
    rule_id: str
    rule_edition: str
    severity: int
    because: Mapping[str, Any]
    at: datetime


def record(cursor: Cursor, rows: Sequence[NewSignal]) -> None:
    """Raise signals, one per (person, round, rule). Met again by a correction it keeps its state and takes the new facts;
    one that had been corrected away, or was settled on milder facts, is new again (and flows again)."""
    if not rows:
        return
    last = {(row.person_id, row.round_id, row.rule_id): row for row in rows}.values()
    cursor.execute(
        RECORD_SQL,
        {
            "school_id": [row.school_id for row in last],
            "person_id": [row.person_id for row in last],
            "unit_id": [row.unit_id for row in last],
            "round_id": [row.round_id for row in last],
            "revision": [row.revision for row in last],
            "rule_id": [row.rule_id for row in last],
            "rule_edition": [row.rule_edition for row in last],
            "severity": [row.severity for row in last],
            "because": [json.dumps(row.because, ensure_ascii=False) for row in last],
            "at": [row.at for row in last],
        },
    )


RECORD_SQL = """
    INSERT INTO signals_signal AS s (school_id, person_id, unit_id, round_id, revision, rule_id, rule_edition, severity,
        because, raised_at, state, outcome, note)
    SELECT school_id, person_id, unit_id, round_id, revision, rule_id, rule_edition, severity, because::jsonb, at, 'new', '', ''
    FROM unnest(%(school_id)s::bigint[], %(person_id)s::bigint[], %(unit_id)s::bigint[], %(round_id)s::bigint[],
        %(revision)s::int[], %(rule_id)s::text[], %(rule_edition)s::text[], %(severity)s::smallint[], %(because)s::text[],
        %(at)s::timestamptz[])
        AS t(school_id, person_id, unit_id, round_id, revision, rule_id, rule_edition, severity, because, at)
    ON CONFLICT (person_id, round_id, rule_id) WHERE round_id IS NOT NULL DO UPDATE SET
        revision = excluded.revision, rule_edition = excluded.rule_edition, severity = excluded.severity,
        because = excluded.because, counted_at = NULL,
        raised_at = CASE WHEN s.state = 'revised' OR s.state = 'settled' AND excluded.severity > s.severity
                         THEN excluded.raised_at ELSE s.raised_at END,
        flowed_at = CASE WHEN s.state = 'revised' OR s.state = 'settled' AND excluded.severity > s.severity
                         THEN NULL ELSE s.flowed_at END,
        state = CASE WHEN s.state = 'revised' OR s.state = 'settled' AND excluded.severity > s.severity
                     THEN 'new' ELSE s.state END
    WHERE s.revision < excluded.revision
"""


def revise(cursor: Cursor, answers: Sequence[tuple[int, int, int]]) -> None:
    """After ``record``: (person, round, revision) of accepted corrections. Signals of an earlier revision that the correction
    no longer meets, and that nobody had begun to handle, become revised."""
    if not answers:
        return
    persons, rounds, revisions = zip(*answers, strict=True)
    cursor.execute(REVISE_SQL, {"person_id": list(persons), "round_id": list(rounds), "revision": list(revisions)})


REVISE_SQL = """
    UPDATE signals_signal s SET state = 'revised', counted_at = NULL
    FROM unnest(%(person_id)s::bigint[], %(round_id)s::bigint[], %(revision)s::int[]) AS t(person_id, round_id, revision)
    WHERE s.person_id = t.person_id AND s.round_id = t.round_id AND s.revision < t.revision AND s.state = 'new'
"""


@transaction.atomic
def handle(*, signal: Signal, by: Actor, at: datetime) -> Signal:
    """Begin to handle. Raises ``Problem(NOT_THAT_STATE)``."""
    signal = _move(signal, "handle")
    signal.save(update_fields=["state"])
    _audit(signal, by, at, "signal.handle")
    return signal


@transaction.atomic
def settle(*, signal: Signal, outcome: str, note: str, by: Actor, at: datetime) -> Signal:
    """Record how it ended (``rules.OUTCOMES``). Raises ``Problem`` (NOT_THAT_STATE, INVALID_INPUT)."""
    if outcome not in rules.OUTCOMES:
        raise Problem(INVALID_INPUT, (FieldError("outcome", "unknown-outcome", "", outcome),))
    signal = _move(signal, "settle")
    signal.outcome, signal.note, signal.settled_at, signal.settled_by = outcome, note.strip(), at, by.person_id
    signal.counted_at = None
    signal.save(update_fields=["state", "outcome", "note", "settled_at", "settled_by", "counted_at"])
    _audit(signal, by, at, "signal.settle")
    return signal


def _move(signal: Signal, event: str) -> Signal:
    locked = Signal.objects.select_for_update(of=("self",)).select_related("person", "unit").get(pk=signal.pk)
    state = rules.follow(locked.state, event)
    if state is None:
        raise Problem(NOT_THAT_STATE, state=State(locked.state).label)
    locked.state = state
    return locked


def _audit(signal: Signal, by: Actor, at: datetime, action: str) -> None:
    audit.record(
        by=by, school_id=signal.school_id, at=at, action=action, subject_type="signal", subject_id=signal.pk,
        person_id=signal.person_id,
    )  # fmt: skip
