"""Staged rows against what is known, and as stays."""

from __future__ import annotations

from typing import Any

from django.db import connection

from linglou.domains.movement.models import StayFile, StayImport
from linglou.domains.movement.stays import writing
from linglou.domains.movement.stays.kinds import KINDS
from linglou.kernel import clock


def compare(job: StayImport) -> dict[str, int]:
    """Give the staged rows of an import their verdicts against what is known; how many of each."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE movement_stayimportrow")
        cursor.execute(COMPARE_SEATS_SQL if job.kind == StayFile.SEAT_CHART else COMPARE_SQL, _values(job))
        cursor.execute("SELECT verdict, count(*) FROM movement_stayimportrow WHERE import_id = %s GROUP BY 1", [job.pk])
        return dict(cursor.fetchall())


def write(job: StayImport) -> int:
    """Write the accepted rows as stays (seats of a chart) and forget them; how many were written."""
    values = _values(job)
    with connection.cursor() as cursor:
        cursor.execute(PLACES_SQL, values)
        if job.kind == StayFile.SEAT_CHART:
            cursor.execute(SEATS_SQL, values)
            written = int(cursor.rowcount)
            cursor.execute(SEAT_STAYS_SQL, values)
        else:
            written = writing.write_from(EXPAND_SQL, values, school_id=job.school_id, import_id=job.pk)
        if job.kind == StayFile.ATTENDANCE:
            cursor.execute(ABSENT_SQL, values)
        cursor.execute("DELETE FROM movement_stayimportrow WHERE import_id = %(import)s AND verdict <> 'rejected'", values)
    return written


def _values(job: StayImport) -> dict[str, Any]:
    kind = KINDS[job.kind]
    return {
        "import": job.pk, "school": job.school_id, "source": kind.source.value, "place_kind": kind.place.value,
        "zone": clock.CAMPUS_ZONE.key,
    }  # fmt: skip


# Accepted rows as stays: a class is whoever belongs to it at that moment; an absence lasts no time.
ROWS_SQL = """
    SELECT r.n, who.person_id, p.id AS place_id, t.starts_at, CASE WHEN r.is_absent THEN t.starts_at ELSE t.ends_at END AS ends_at,
           t.ends_at AS until_at, r.is_absent, %(source)s::text AS source, r.seat_row, r.seat_col,
           r.direction
    FROM movement_stayimportrow r
    CROSS JOIN LATERAL unnest(r.starts, r.ends) AS t(starts_at, ends_at)
    CROSS JOIN LATERAL (
        SELECT r.person_id WHERE r.person_id IS NOT NULL
        UNION ALL
        SELECT m.person_id FROM people_membership m
        WHERE r.person_id IS NULL AND m.unit_id = r.unit_id AND m.tree = 'administration' AND m.superseded_at IS NULL
          AND m.person_kind = 'student' AND m.starts_at <= t.starts_at AND (m.ends_at IS NULL OR m.ends_at > t.starts_at)
    ) who
    LEFT JOIN movement_place p ON p.school_id = %(school)s AND p.kind = %(place_kind)s AND p.code = r.place_code
    WHERE r.import_id = %(import)s AND r.verdict <> 'rejected'
"""
EXPAND_SQL = f"SELECT person_id, place_id, starts_at, ends_at, source, seat_row, seat_col, direction FROM ({ROWS_SQL}) e"

COMPARE_SQL = f"""
    UPDATE movement_stayimportrow r SET verdict = v.verdict FROM (
        SELECT e.n, CASE WHEN bool_and(s.person_id IS NULL) THEN 'new' WHEN bool_or(s.person_id IS NULL OR
                   (s.source <> e.source AND NOT (e.source = 'timetable' AND s.source = 'attendance')) OR (s.source = e.source AND
                   (s.ends_at <> least(e.ends_at, (s.day + 1)::timestamp AT TIME ZONE %(zone)s)
                    OR s.seat_row <> e.seat_row OR s.seat_col <> e.seat_col
                    OR (e.direction IS NOT NULL AND s.direction IS DISTINCT FROM e.direction)))
               ) THEN 'changed' ELSE 'unchanged' END AS verdict
        FROM ({ROWS_SQL}) e
        LEFT JOIN movement_stay s ON s.school_id = %(school)s AND s.day = (e.starts_at AT TIME ZONE %(zone)s)::date
             AND s.place_id = e.place_id AND s.starts_at = e.starts_at AND s.person_id = e.person_id
        GROUP BY e.n
    ) v WHERE r.import_id = %(import)s AND r.n = v.n
"""

COMPARE_SEATS_SQL = """
    UPDATE movement_stayimportrow r
    SET verdict = CASE WHEN c.id IS NULL THEN 'new' WHEN (c.row, c.col) = (r.seat_row, r.seat_col) THEN 'unchanged' ELSE 'changed' END
    FROM movement_stayimportrow x
    LEFT JOIN movement_place p ON p.school_id = %(school)s AND p.kind = %(place_kind)s AND p.code = x.place_code
    LEFT JOIN movement_seat c ON c.place_id = p.id AND c.person_id = x.person_id
    WHERE x.import_id = %(import)s AND x.verdict <> 'rejected' AND r.import_id = x.import_id AND r.n = x.n
"""

PLACES_SQL = """
    INSERT INTO movement_place (school_id, kind, code, name, longest)
    SELECT DISTINCT ON (place_code) %(school)s, %(place_kind)s, place_code, place_name, 0
    FROM movement_stayimportrow WHERE import_id = %(import)s AND verdict <> 'rejected' ORDER BY place_code, n
    ON CONFLICT (school_id, kind, code) DO NOTHING
"""

# Who was absent was not there for any part of the lesson, whatever the timetable calls its beginning.
ABSENT_SQL = f"""
    UPDATE movement_stay s SET ends_at = s.starts_at, source = 'attendance', import_id = %(import)s
    FROM ({ROWS_SQL}) e
    WHERE e.is_absent AND s.school_id = %(school)s AND s.day = (e.starts_at AT TIME ZONE %(zone)s)::date AND s.place_id = e.place_id
      AND s.person_id = e.person_id AND s.source = 'timetable' AND s.starts_at < e.until_at AND s.ends_at > e.starts_at
"""

SEATS_SQL = """
    INSERT INTO movement_seat AS c (school_id, place_id, person_id, row, col)
    SELECT DISTINCT ON (p.id, r.person_id) %(school)s, p.id, r.person_id, r.seat_row, r.seat_col
    FROM movement_stayimportrow r
    JOIN movement_place p ON p.school_id = %(school)s AND p.kind = %(place_kind)s AND p.code = r.place_code
    WHERE r.import_id = %(import)s AND r.verdict <> 'rejected' ORDER BY p.id, r.person_id, r.n DESC
    ON CONFLICT (place_id, person_id) DO UPDATE SET row = EXCLUDED.row, col = EXCLUDED.col
    WHERE (c.row, c.col) <> (EXCLUDED.row, EXCLUDED.col)
"""

SEAT_STAYS_SQL = """
    UPDATE movement_stay s SET seat_row = c.row, seat_col = c.col
    FROM movement_stayimportrow r
    JOIN movement_place p ON p.school_id = %(school)s AND p.kind = %(place_kind)s AND p.code = r.place_code
    JOIN movement_seat c ON c.place_id = p.id AND c.person_id = r.person_id
    WHERE r.import_id = %(import)s AND r.verdict <> 'rejected' AND s.school_id = %(school)s AND s.person_id = r.person_id
      AND s.place_id = p.id AND (s.seat_row, s.seat_col) IS DISTINCT FROM (c.row, c.col)
"""
