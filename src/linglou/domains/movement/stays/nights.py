"""Nights in the dorm, derived: whoever has a bed in a room was there from evening to morning.

Nothing is imported for it: the memberships of the residence tree say who lived where on which day. Safe to run twice.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from linglou.domains.movement.models import PlaceKind, StaySource
from linglou.domains.movement.stays import writing
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Unit, UnitKind
from linglou.kernel import clock

EVENING, MORNING = time(22, 30), time(7, 0)
# A worker that was away for a weekend catches up.
BEHIND = 3


@transaction.atomic
def fill(*, school: Unit, from_day: date, until_day: date, at: datetime) -> int:
    """Write the nights that begin on ``from_day`` .. ``until_day`` for everybody who has a room then, as known at ``at``; a room
    becomes a place of its own. How many rows are new (two a night: it is split at midnight)."""
    values: dict[str, Any] = {
        "school": school.pk, "from_day": from_day, "until_day": until_day, "at": at, "zone": clock.CAMPUS_ZONE.key,
        "evening": EVENING, "morning": MORNING, "kind": PlaceKind.DORM_ROOM.value, "source": StaySource.DORM.value,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ROOMS_SQL, values)
    written = writing.write_from(NIGHTS_SQL, values, school_id=school.pk)
    if written:
        audit.record(
            by=None, school_id=school.pk, at=at, action="stays.nights", subject_type="unit", subject_id=school.pk, count=written,
            since=from_day.isoformat(), until=until_day.isoformat(),
        )  # fmt: skip
    return written


def fill_all(*, at: datetime) -> int:
    """The nights of every school that are over and not written yet, as far back as ``BEHIND`` days. How many rows are new."""
    today = clock.day_of(at)
    schools = Unit.objects.filter(kind=UnitKind.SCHOOL, closed_at=None)
    return sum(
        fill(school=school, from_day=today - timedelta(days=BEHIND), until_day=today - timedelta(days=1), at=at)
        for school in schools
    )


# A room is named with its building and floor: "3号楼 · 2层 · 201".
ROOMS_SQL = """
    INSERT INTO movement_place (school_id, kind, code, name, unit_id, longest)
    SELECT %(school)s, %(kind)s, u.id::text, left((
        SELECT string_agg(a.name, ' · ' ORDER BY a.depth) FROM people_unit a
        WHERE a.id = ANY(string_to_array(trim(BOTH '/' FROM u.path), '/')::bigint[]) AND a.kind IN ('building', 'floor', 'room')
    ), 120), u.id, 0
    FROM people_unit u WHERE u.school_id = %(school)s AND u.kind = 'room'
    ON CONFLICT (school_id, kind, code) DO NOTHING
"""

NIGHTS_SQL = """
    SELECT m.person_id, p.id AS place_id, n.evening AS starts_at, n.morning AS ends_at, %(source)s AS source,
           NULL::smallint AS seat_row, NULL::smallint AS seat_col, NULL::text AS direction
    FROM (
        SELECT (d + %(evening)s::time) AT TIME ZONE %(zone)s AS evening, (d + 1 + %(morning)s::time) AT TIME ZONE %(zone)s AS morning
        FROM (SELECT generate_series(%(from_day)s::timestamp, %(until_day)s::timestamp, interval '1 day')::date AS d) days
    ) n
    JOIN people_membership m ON m.school_id = %(school)s AND m.tree = 'residence' AND m.starts_at <= n.evening
         AND (m.ends_at IS NULL OR m.ends_at > n.evening)
         AND m.recorded_at <= %(at)s AND (m.superseded_at IS NULL OR m.superseded_at > %(at)s)
    JOIN movement_place p ON p.school_id = %(school)s AND p.kind = %(kind)s AND p.unit_id = m.unit_id
"""
