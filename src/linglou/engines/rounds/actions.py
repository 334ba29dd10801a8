"""Writes of the rounds engine: open a round. Excuses are in ``excuses.py``, closing is in ``closing.py``."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from linglou.engines.rounds import roster
from linglou.engines.rounds.commit import lock
from linglou.engines.rounds.models import Form, NotAsked, Round, Schedule, State
from linglou.engines.rounds.problems import NOT_OPEN
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.kernel import clock, partitions
from linglou.kernel.problems import Problem

PARTITIONED = ("rounds_response", "rounds_revision")


@transaction.atomic
def open_round(*, schedule: Schedule, day: date, at: datetime, by: Actor | None = None) -> Round:
    """Open the round of a schedule for a day, or return the one that is there: safe to call twice, or in two processes.
    The roster is that of ``at``. Counters are written for every unit that has someone to ask. Raises ``Problem(NOT_OPEN)`` for a
    slot that was written down as not asked, or called off."""
    opens_at, closes_at = window(schedule, day)
    lock_slot(schedule, day)
    existing = Round.every.filter(schedule=schedule, day=day, opens_at=opens_at).first()
    if existing and existing.state != State.VOID:
        return existing
    if existing or NotAsked.objects.filter(schedule=schedule, day=day, opens_at=opens_at).exists():
        raise Problem(NOT_OPEN, title=schedule.title)
    return open_between(schedule=schedule, day=day, opens_at=opens_at, closes_at=closes_at, at=at, by=by)


def lock_slot(schedule: Schedule, day: date) -> None:
    """Wait until this transaction alone decides what becomes of a schedule's slot of a day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"open-round:{schedule.pk}:{day}"])


@transaction.atomic
def open_between(
    *, schedule: Schedule, day: date, opens_at: datetime, closes_at: datetime, at: datetime, by: Actor | None
) -> Round:
    """Open a round of a schedule in a window of its own (by hand, outside the schedule's times)."""
    form = Form.objects.filter(school=schedule.school, key=schedule.form_key).order_by("-version")[0]
    ensure_partitions(day)
    with connection.cursor() as cursor:
        roster.freeze(cursor, schedule.school_id)
    round_ = Round.objects.create(
        school=schedule.school, schedule=schedule, purpose=schedule.purpose, title=schedule.title, asks=schedule.asks,
        audience=schedule.audience, person_kind=schedule.person_kind, unit_kind=schedule.unit_kind, group_key=schedule.group_key, form=form, day=day,
        opens_at=opens_at, closes_at=closes_at, roster_at=at,
    )  # fmt: skip
    with connection.cursor() as cursor:
        lock(cursor, [round_.pk])
        parameters = roster.parameters(round_)
        if round_.asks == "people":
            cursor.execute(EXCUSE_SQL.format(roster=roster.sql(round_)), parameters | {"closes_at": closes_at})
        cursor.execute(COUNT_SQL.format(roster=roster.sql(round_)), parameters)
    audit.record(by=by, school_id=round_.school_id, at=at, action="round.open", subject_type="round", subject_id=round_.pk)
    return round_


def window(schedule: Schedule, day: date) -> tuple[datetime, datetime]:
    """When the round of ``day`` opens and closes; a closing time not after the opening time means the next day."""
    closing_day = day if schedule.closes > schedule.opens else day + timedelta(days=1)
    return clock.moment(day, schedule.opens), clock.moment(closing_day, schedule.closes)


def ensure_partitions(day: date) -> None:
    """Make the month's partitions of the large tables, if they are not there."""
    partitions.ensure(PARTITIONED, day)


# Whoever is excused in the last second before the closing time need not answer this round ("until the 23rd" covers a round
# that closes at midnight).
EXCUSE_SQL = """
    INSERT INTO rounds_roundexcuse (school_id, round_id, respondent_id, excuse_id)
    SELECT DISTINCT ON (e.person_id) e.school_id, %(round_id)s, e.person_id, e.id
    FROM rounds_excuse e JOIN ({roster}) r ON r.respondent_id = e.person_id
    WHERE e.school_id = %(school_id)s AND e.cancelled_at IS NULL AND e.starts_at < %(closes_at)s
      AND e.ends_at >= %(closes_at)s::timestamptz - interval '1 second'
    ORDER BY e.person_id, e.ends_at DESC
"""

# Leaf counts first (units, not people, are then expanded to their ancestors), in both trees; rooms keep no counter.
COUNT_SQL = """
    WITH asked AS MATERIALIZED ({roster}), leaves AS (
        SELECT a.unit_id, count(*) AS roster, count(e.respondent_id) AS excused
        FROM asked a LEFT JOIN rounds_roundexcuse e ON e.school_id = %(school_id)s AND e.round_id = %(round_id)s
             AND e.respondent_id = a.respondent_id
        GROUP BY a.unit_id
        UNION ALL
        SELECT m.unit_id, count(*), count(e.respondent_id)
        FROM asked a JOIN people_membership m ON %(asks)s = 'people' AND m.person_id = a.respondent_id AND m.tree = 'residence'
             AND m.starts_at <= %(at)s AND (m.ends_at IS NULL OR m.ends_at > %(at)s)
             AND m.recorded_at <= %(at)s AND (m.superseded_at IS NULL OR m.superseded_at > %(at)s)
        LEFT JOIN rounds_roundexcuse e ON e.school_id = %(school_id)s AND e.round_id = %(round_id)s
             AND e.respondent_id = a.respondent_id
        GROUP BY m.unit_id
    )
    INSERT INTO rounds_unitcount (school_id, round_id, unit_id, roster, responded, excused, abnormal, proxied, late)
    SELECT %(school_id)s, %(round_id)s, above.id, sum(l.roster), 0, sum(l.excused), 0, 0, 0
    FROM leaves l
    JOIN people_unit leaf ON leaf.id = l.unit_id
    CROSS JOIN LATERAL unnest(string_to_array(trim(BOTH '/' FROM leaf.path), '/')::bigint[]) AS part(id)
    JOIN people_unit above ON above.id = part.id
    WHERE above.school_id = %(school_id)s AND above.kind NOT IN ('room', 'authority')
      AND (above.kind <> 'school' OR leaf.tree <> 'residence')
    GROUP BY above.id
"""
