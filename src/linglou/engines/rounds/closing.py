"""Close a round: count it again from the rows, compare with the counters, freeze the outcome, and chain it to the last close.

From here on ``roster = responded + excused + missing`` is history. A close that finds any difference writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from linglou.engines.rounds import recount, roster
from linglou.engines.rounds.commit import lock
from linglou.engines.rounds.models import Asks, Closing, ClosingMissing, Round, State
from linglou.engines.rounds.problems import ALREADY_CLOSED, COUNT_MISMATCH, NOT_OPEN
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Unit
from linglou.foundation.people.queries import owners_by_unit
from linglou.kernel import clock
from linglou.kernel.problems import Problem


@dataclass(frozen=True)
class Missing:
    """One respondent missing at a close. ``last_result`` is the latest contact attempt's, '' when nobody tried."""

    respondent_id: int
    unit_id: int
    owner_id: int | None
    attempts: int
    last_result: str


@transaction.atomic
def close(*, round_: Round, at: datetime, by: Actor | None) -> Closing:
    """Freeze the outcome of a round at ``at`` (``by=None``: by schedule). Raises ``Problem``: ALREADY_CLOSED when there is a
    closing, NOT_OPEN when it was called off, COUNT_MISMATCH (unit, counted, recounted) when the rows and the counters disagree; nothing is written then."""
    with connection.cursor() as cursor:
        lock(cursor, [round_.pk])
        round_.refresh_from_db()
        if round_.state == State.CLOSED:
            raise Problem(ALREADY_CLOSED, closed_at=f"{clock.local(round_.closed_at or at):%Y-%m-%d %H:%M}")
        if round_.state == State.VOID:
            raise Problem(NOT_OPEN, title=round_.title)
        # After the round's lock, never before it: whoever numbers closings of this school already holds its own round.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"closings:{round_.school_id}"])
        recount.gather(cursor, round_)
        _compare(cursor, round_)
        _write_missing(cursor, round_, at)
        cursor.execute(WRITE_UNITS_SQL, roster.parameters(round_))
        last = Closing.objects.filter(school_id=round_.school_id).order_by("-number").first()
        counted = recount.totals(cursor)
        closing = Closing(
            school_id=round_.school_id, round=round_, number=last.number + 1 if last else 1, closed_at=at,
            closed_by=by.person_id if by else None, previous_digest=last.digest if last else "",
            **{name: counted[name] for name in ("roster", "responded", "excused", "missing", "abnormal")},
        )  # fmt: skip
        closing.digest = digest(cursor, closing)
    closing.save()
    round_.state, round_.closed_at = State.CLOSED, at
    round_.save(update_fields=["state", "closed_at"])
    audit.record(
        by=by, school_id=round_.school_id, at=at, action="round.close", subject_type="round", subject_id=round_.pk,
        number=closing.number, roster=closing.roster, missing=closing.missing,
    )  # fmt: skip
    return closing


def missing_rows(closing: Closing) -> Iterator[Missing]:
    """Everyone missing at a close, by unit: what search tasks are opened for."""
    rows = ClosingMissing.objects.filter(school_id=closing.school_id, round_id=closing.round_id)
    names = ("respondent_id", "unit_id", "owner_id", "attempts", "last_result")
    for row in rows.order_by("unit_id", "respondent_id").values_list(*names):
        yield Missing(*row)


def digest(cursor: Any, closing: Closing) -> str:
    """The digest of a closing over its unit rows as they now stand in the table, 64 hexadecimal digits."""
    names = (
        "number", "closed_at", "closed_by", "roster", "responded", "excused", "missing", "abnormal", "previous_digest",
        "round_id",
    )  # fmt: skip
    cursor.execute(recount.CLOSING_DIGEST_SQL, {name: getattr(closing, name) for name in names})
    return str(cursor.fetchone()[0])


def _compare(cursor: Any, round_: Round) -> None:
    cursor.execute(COMPARE_SQL, roster.parameters(round_))
    row = cursor.fetchone()
    if row:
        unit_id, *figures = row
        half = len(figures) // 2
        name = Unit.objects.filter(pk=unit_id).values_list("name", flat=True).first()
        raise Problem(
            COUNT_MISMATCH, unit=f"{name} #{unit_id}", counted=_figures(figures[:half]), recounted=_figures(figures[half:])
        )


def _figures(values: list[int]) -> str:
    return " ".join(f"{name}={value}" for name, value in zip(recount.COUNTED, values, strict=True))


def _write_missing(cursor: Any, round_: Round, at: datetime) -> None:
    cursor.execute("SELECT DISTINCT unit_id FROM recount_person WHERE missing")
    unit_ids = [unit_id for (unit_id,) in cursor.fetchall()]
    owners = owners_by_unit(round_.school_id, at=at, unit_ids=unit_ids)
    asks_people = round_.asks == Asks.PEOPLE
    parameters = {"owned": list(owners), "owners": list(owners.values()), "asks_people": asks_people}
    cursor.execute(WRITE_MISSING_SQL, roster.parameters(round_) | parameters)


_SIDES = [f"coalesce({side}.{name}, 0)" for side in "cr" for name in recount.COUNTED]
COMPARE_SQL = f"""
    WITH counted AS (
        SELECT *, roster - responded - excused AS missing FROM rounds_unitcount
        WHERE school_id = %(school_id)s AND round_id = %(round_id)s
    )
    SELECT unit_id, {", ".join(_SIDES)}
    FROM counted c FULL JOIN recount_unit r USING (unit_id)
    WHERE ({", ".join(_SIDES[: len(recount.COUNTED)])}) <> ({", ".join(_SIDES[len(recount.COUNTED) :])})
    ORDER BY unit_id LIMIT 1
"""

WRITE_MISSING_SQL = """
    INSERT INTO rounds_closingmissing (school_id, round_id, respondent_id, unit_id, owner_id, attempts, last_result)
    SELECT %(school_id)s, %(round_id)s, r.respondent_id, r.unit_id, o.owner_id, coalesce(t.attempts, 0),
           coalesce(t.last_result, '')
    FROM recount_person r
    LEFT JOIN unnest(%(owned)s::bigint[], %(owners)s::bigint[]) AS o(unit_id, owner_id) ON o.unit_id = r.unit_id
    LEFT JOIN (
        SELECT person_id, count(*) AS attempts, (array_agg(result ORDER BY at DESC, id DESC))[1] AS last_result
        FROM rounds_contactattempt WHERE round_id = %(round_id)s AND %(asks_people)s GROUP BY person_id
    ) t ON t.person_id = r.respondent_id
    WHERE r.missing
"""

WRITE_UNITS_SQL = f"""
    INSERT INTO rounds_closingunit (school_id, round_id, unit_id, roster, responded, excused, missing, abnormal, digest)
    SELECT %(school_id)s, %(round_id)s, u.unit_id, u.roster, u.responded, u.excused, u.missing, u.abnormal,
           coalesce(d.digest, '')
    FROM recount_unit u LEFT JOIN ({recount.LEAVES_SQL}) d USING (unit_id)
"""
