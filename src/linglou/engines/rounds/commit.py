"""The one way a response is written: a batch of submissions in one set-based statement, in the caller's transaction.

The intake's writer calls it with what gathered in a few milliseconds, everything else with a batch of one. Under the round's
lock (one writer at a time per round; openings, excuses and closings take the same lock) the statement judges each submission
against the round and against what is already there, and moves responses, revisions, counters, curve and trail together.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from linglou.engines.rounds.models import CURVE_BIN_MINUTES

ROUND_LOCK = 0x4C4C << 40


class Cursor(Protocol):
    """A psycopg cursor, or Django's around one."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...
    def fetchall(self) -> list[Any]: ...


@dataclass(slots=True)  # not frozen: one is made per answer, and freezing costs more than the rest
class Submission:
    """A validated answer on its way in. ``lines`` are the units whose counters it moves, ``curved`` those of them that keep a
    curve. ``severity`` is what triage found (0 none ... 3 urgent; from 2 on it counts as abnormal)."""

    school_id: int
    day: date
    round_id: int
    respondent_id: int
    unit_id: int
    lines: tuple[int, ...]
    curved: tuple[int, ...]
    answers: str
    severity: int
    source: str
    by_id: int | None
    by_label: str
    key: str
    receipt: int
    at: datetime
    is_person: bool = True


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    REPLAYED = "replayed"  # the same idempotency key came before: its receipt is given again
    ANSWERED = "answered"  # a class monitor answers for whoever has not, and sees no answer: one that is there stays as it was
    CLOSED = "closed"  # the round is closed and an answer in time exists: it stays as it was
    UNKNOWN_ROUND = "unknown-round"  # or one that was called off


@dataclass(slots=True)  # not frozen: one is made per answer, and freezing costs more than the rest
class Outcome:
    verdict: Verdict
    revision: int
    receipt: int
    at: datetime
    is_late: bool


def lock(cursor: Cursor, round_ids: Iterable[int]) -> None:
    """Wait until this transaction is the only one that moves these rounds. Always in ascending order: no deadlock."""
    for round_id in sorted(set(round_ids)):
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ROUND_LOCK + round_id])


def commit(cursor: Cursor, submissions: Sequence[Submission]) -> list[Outcome]:
    """Write a batch; the outcome of each submission, in order. The caller's transaction makes it durable."""
    lock(cursor, (submission.round_id for submission in submissions))
    outcomes: dict[int, Outcome] = {}
    for wave in _waves(submissions):
        cursor.execute(SQL, _parameters(submissions, wave))
        for n, verdict, revision, receipt, at, is_late in cursor.fetchall():
            outcomes[n] = Outcome(Verdict(verdict), revision, receipt, at, is_late)
    return [
        outcomes.get(n) or Outcome(Verdict.UNKNOWN_ROUND, 0, 0, submission.at, False)
        for n, submission in enumerate(submissions)
    ]


def _waves(submissions: Sequence[Submission]) -> Iterable[list[int]]:
    """Positions, such that no respondent stands twice in one wave: a second answer must see the first."""
    remaining = list(range(len(submissions)))
    while remaining:
        seen: set[tuple[int, int]] = set()
        wave: list[int] = []
        later: list[int] = []
        for n in remaining:
            whose = (submissions[n].round_id, submissions[n].respondent_id)
            (later if whose in seen else wave).append(n)
            seen.add(whose)
        yield wave
        remaining = later


def _parameters(submissions: Sequence[Submission], wave: list[int]) -> dict[str, str]:
    """Each column as one array literal: many times cheaper than adapting its values one by one."""
    rows = [submissions[n] for n in wave]
    return {
        "n": _array(map(str, wave)),
        "school_id": _array([str(row.school_id) for row in rows]),
        "day": _array([row.day.isoformat() for row in rows]),
        "round_id": _array([str(row.round_id) for row in rows]),
        "respondent_id": _array([str(row.respondent_id) for row in rows]),
        "unit_id": _array([str(row.unit_id) for row in rows]),
        "lines": _array([_units(row.lines) for row in rows]),
        "curved": _array([_units(row.curved) for row in rows]),
        "answers": _array([_quoted(row.answers) for row in rows]),
        "severity": _array([str(row.severity) for row in rows]),
        "source": _array([row.source for row in rows]),
        "by_id": _array(["NULL" if row.by_id is None else str(row.by_id) for row in rows]),
        "by_label": _array([_quoted(row.by_label) for row in rows]),
        "key": _array([_quoted(row.key) for row in rows]),
        "receipt": _array([str(row.receipt) for row in rows]),
        "at": _array([row.at.isoformat() for row in rows]),
        "is_person": _array(["t" if row.is_person else "f" for row in rows]),
    }


@functools.lru_cache(maxsize=16_384)
def _units(ids: tuple[int, ...]) -> str:
    """An array in an array: PostgreSQL's own are rectangles, and not everybody counts at equally many units."""
    return '"{' + ",".join(map(str, ids)) + '}"'


def _array(values: Iterable[str]) -> str:
    return "{" + ",".join(values) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


SQL = f"""
WITH incoming AS MATERIALIZED (
    SELECT * FROM unnest(
        %(n)s::int[], %(school_id)s::bigint[], %(day)s::date[], %(round_id)s::bigint[], %(respondent_id)s::bigint[],
        %(unit_id)s::bigint[], %(lines)s::text[], %(curved)s::text[], %(answers)s::jsonb[], %(severity)s::smallint[],
        %(source)s::text[], %(by_id)s::bigint[], %(by_label)s::text[], %(key)s::text[], %(receipt)s::bigint[],
        %(at)s::timestamptz[], %(is_person)s::boolean[]
    ) AS t(n, school_id, day, round_id, respondent_id, unit_id, lines, curved, answers, severity, source, by_id, by_label, key,
           receipt, at, is_person)
), judged AS MATERIALIZED (
    SELECT i.*, r.opens_at, (r.state = 'closed' OR i.at > r.closes_at OR coalesce(p.is_late, false)) AS is_late,
           p.revision AS prior_revision, p.severity AS prior_severity, p.source AS prior_source, p.is_late AS prior_late,
           v.revision AS replay_revision, v.receipt AS replay_receipt, v.at AS replay_at, v.is_late AS replay_late,
           EXISTS (SELECT FROM rounds_roundexcuse e WHERE e.school_id = i.school_id AND e.round_id = i.round_id
                   AND e.respondent_id = i.respondent_id) AS is_excused
    FROM incoming i
    JOIN rounds_round r ON r.id = i.round_id AND r.state <> 'void'
    LEFT JOIN rounds_response p ON p.school_id = i.school_id AND p.day = i.day AND p.round_id = i.round_id
         AND p.respondent_id = i.respondent_id
    LEFT JOIN rounds_revision v ON v.school_id = i.school_id AND v.day = i.day AND v.round_id = i.round_id
         AND v.respondent_id = i.respondent_id AND v.idempotency_key = i.key
), accepted AS MATERIALIZED (
    SELECT j.*, coalesce(prior_revision, 0) + 1 AS revision,
        (CASE WHEN is_late THEN 0 ELSE date_part('epoch', at - opens_at)::int / {CURVE_BIN_MINUTES * 60} END)::smallint AS bin,
        (NOT is_late AND prior_revision IS NULL)::int AS responded,
        (NOT is_late AND prior_revision IS NULL AND is_excused)::int AS excused,
        CASE WHEN is_late THEN 0 ELSE (severity >= 2)::int - coalesce((prior_severity >= 2)::int, 0) END AS abnormal,
        CASE WHEN is_late THEN 0 ELSE (source <> 'self')::int - coalesce((prior_source <> 'self')::int, 0) END AS proxied,
        (is_late AND prior_revision IS NULL)::int AS late
    FROM judged j
    WHERE replay_revision IS NULL AND NOT (is_late AND prior_revision IS NOT NULL AND NOT prior_late)
        AND NOT (source = 'monitor' AND prior_revision IS NOT NULL)
), responded AS (
    INSERT INTO rounds_response AS p (school_id, day, round_id, respondent_id, unit_id, answers, revision, source, by_id,
        severity, is_late, first_at, last_at, receipt)
    SELECT school_id, day, round_id, respondent_id, unit_id, answers, revision, source, by_id, severity, is_late, at, at, receipt
    FROM accepted
    ON CONFLICT (school_id, day, round_id, respondent_id) DO UPDATE SET answers = excluded.answers,
        revision = excluded.revision, source = excluded.source, by_id = excluded.by_id, severity = excluded.severity,
        last_at = excluded.last_at, receipt = excluded.receipt
), revised AS (
    INSERT INTO rounds_revision (school_id, day, round_id, respondent_id, revision, answers, source, by_id, severity, is_late,
        at, idempotency_key, receipt)
    SELECT school_id, day, round_id, respondent_id, revision, answers, source, by_id, severity, is_late, at, key, receipt
    FROM accepted
), counted AS (
    UPDATE rounds_unitcount c SET responded = c.responded + d.responded, excused = c.excused - d.excused,
        abnormal = c.abnormal + d.abnormal, proxied = c.proxied + d.proxied, late = c.late + d.late
    FROM (SELECT school_id, round_id, line AS unit_id, sum(responded) AS responded, sum(excused) AS excused,
                 sum(abnormal) AS abnormal, sum(proxied) AS proxied, sum(late) AS late
          FROM accepted, unnest(lines::bigint[]) AS line
          WHERE responded <> 0 OR excused <> 0 OR abnormal <> 0 OR proxied <> 0 OR late <> 0
          GROUP BY school_id, round_id, line) d
    WHERE c.school_id = d.school_id AND c.round_id = d.round_id AND c.unit_id = d.unit_id
), drawn AS (
    INSERT INTO rounds_curvepoint AS c (school_id, round_id, unit_id, bin, responded)
    SELECT school_id, round_id, line, bin, sum(responded) FROM accepted, unnest(curved::bigint[]) AS line
    WHERE responded > 0
    GROUP BY school_id, round_id, line, bin
    ON CONFLICT (school_id, round_id, unit_id, bin) DO UPDATE SET responded = c.responded + excluded.responded
), audited AS (
    INSERT INTO audit_entry (school_id, at, actor_id, actor_label, action, is_read, subject_type, subject_id,
        subject_person_id, detail)
    SELECT school_id, at, by_id, by_label, 'response.submit', false, 'round', round_id,
        CASE WHEN is_person THEN respondent_id END, jsonb_build_object('revision', revision, 'source', source)
    FROM accepted
)
SELECT j.n,
       CASE WHEN j.replay_revision IS NOT NULL THEN 'replayed' WHEN a.n IS NOT NULL THEN 'accepted'
            WHEN j.source = 'monitor' THEN 'answered' ELSE 'closed' END,
       coalesce(j.replay_revision, a.revision, j.prior_revision), coalesce(j.replay_receipt, j.receipt),
       coalesce(j.replay_at, j.at), coalesce(j.replay_late, j.is_late)
FROM judged j LEFT JOIN accepted a ON a.n = j.n
"""
