"""Where people were these seven days: nights in the dorm, lessons of the class, a lecture of the college, lunch at a window."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from linglou.domains.movement.stays import nights, writing
from linglou.foundation.people.models import Unit
from linglou.kernel import clock

DAYS = 7


def play(*, school: Unit, at: datetime) -> None:
    """Set-based, so that a demo of any size is loaded in a moment."""
    today = clock.day_of(at)
    first = today - timedelta(days=DAYS)
    nights.fill(school=school, from_day=first, until_day=today - timedelta(days=1), at=at)
    values: dict[str, Any] = {"school": school.pk, "first": first, "today": today, "at": at, "zone": clock.CAMPUS_ZONE.key}
    with connection.cursor() as cursor:
        cursor.execute(PLACES_SQL, values)
    writing.write_from(LESSONS_SQL, values, school_id=school.pk)
    writing.write_from(LUNCHES_SQL, values, school_id=school.pk)
    writing.write_from(TAPS_SQL, values, school_id=school.pk)


PLACES_SQL = """
    INSERT INTO movement_place (school_id, kind, code, name, unit_id, longest)
    SELECT %(school)s, 'class-session', 'demo-' || u.id,
           CASE u.kind WHEN 'class' THEN '东教 ' || 100 + row_number() OVER (PARTITION BY u.kind ORDER BY u.id)
                ELSE '西教阶梯教室 ' || row_number() OVER (PARTITION BY u.kind ORDER BY u.id) END, u.id, 0
    FROM people_unit u WHERE u.school_id = %(school)s AND u.kind IN ('class', 'college')
    UNION ALL
    SELECT %(school)s, 'canteen', 'demo-' || n, '一食堂 ' || n || ' 号窗口', NULL, 0 FROM generate_series(1, 12) n
    UNION ALL
    SELECT %(school)s, 'gate', 'demo-' || name, name, NULL, 0 FROM unnest(ARRAY['东门', '南门', '西门']) AS name
    ON CONFLICT (school_id, kind, code) DO NOTHING
"""

# On workdays two lessons of the class in its room and, on Tuesdays and Thursdays, one of the whole college; who sits there has a seat.
LESSONS_SQL = """
    SELECT m.person_id, p.id AS place_id, (d.day + s.starts) AT TIME ZONE %(zone)s AS starts_at,
           (d.day + s.ends) AT TIME ZONE %(zone)s AS ends_at, 'timetable' AS source,
           (1 + m.n / 8)::smallint AS seat_row, (1 + m.n %% 8)::smallint AS seat_col,
           NULL::text AS direction
    FROM (
        SELECT m.person_id, m.unit_id, u.parent_id, row_number() OVER (PARTITION BY m.unit_id ORDER BY m.person_id) - 1 AS n
        FROM people_membership m JOIN people_unit u ON u.id = m.unit_id AND u.kind = 'class'
        WHERE m.school_id = %(school)s AND m.tree = 'administration' AND m.person_kind = 'student' AND m.ends_at IS NULL
          AND m.superseded_at IS NULL
    ) m
    CROSS JOIN (SELECT generate_series(%(first)s::timestamp, %(today)s::timestamp, interval '1 day')::date AS day) d
    JOIN (VALUES (time '08:00', time '09:35', 'class'), (time '13:30', time '15:05', 'class'), (time '09:50', time '11:25', 'college'))
         AS s(starts, ends, kind) ON s.kind = 'class' OR extract(isodow FROM d.day) IN (2, 4)
    JOIN movement_place p ON p.school_id = %(school)s AND p.kind = 'class-session'
         AND p.unit_id = CASE s.kind WHEN 'class' THEN m.unit_id ELSE m.parent_id END
    WHERE extract(isodow FROM d.day) < 6 AND (d.day + s.ends) AT TIME ZONE %(zone)s <= %(at)s
"""

LUNCHES_SQL = """
    SELECT m.person_id, p.id AS place_id, t.at AS starts_at, t.at + interval '25 minutes' AS ends_at, 'canteen' AS source,
           NULL::smallint AS seat_row, NULL::smallint AS seat_col,
           NULL::text AS direction
    FROM people_membership m
    CROSS JOIN (SELECT generate_series(%(first)s::timestamp, %(today)s::timestamp, interval '1 day')::date AS day) d
    CROSS JOIN LATERAL (SELECT abs(hashint8(m.person_id + 1000003::bigint * (d.day - DATE '2020-01-01'))) AS h) r
    CROSS JOIN LATERAL (
        SELECT (d.day + time '11:30') AT TIME ZONE %(zone)s + (r.h %% 70) * interval '1 minute' AS at
    ) t
    JOIN movement_place p ON p.school_id = %(school)s AND p.kind = 'canteen' AND p.code = 'demo-' || (1 + r.h / 70 %% 12)
    WHERE m.school_id = %(school)s AND m.tree = 'administration' AND m.person_kind = 'student' AND m.ends_at IS NULL
      AND m.superseded_at IS NULL AND t.at + interval '25 minutes' <= %(at)s AND r.h %% 5 > 0
"""

# Everybody came in by a gate some time, one in three is out of an evening, one in twenty has gone out and not tapped since.
TAPS_SQL = """
    SELECT m.person_id, p.id AS place_id, t.at AS starts_at, t.at + interval '1 minute' AS ends_at, 'gate' AS source,
           NULL::smallint AS seat_row, NULL::smallint AS seat_col, t.direction
    FROM people_membership m
    CROSS JOIN LATERAL (
        SELECT (%(today)s::date - d.ago + d.hour + make_interval(mins => (m.person_id %% 50)::int)) AT TIME ZONE %(zone)s AS at,
               d.direction, d.gate
        FROM (VALUES (10, time '08:00', 'in', 0, 1, 0), (2, time '17:00', 'out', 0, 3, 0), (2, time '20:10', 'in', 1, 3, 0),
                     (1, time '16:00', 'out', 2, 20, 7), (0, time '06:40', 'in', 0, 20, 8))
             AS d(ago, hour, direction, gate, each, rest)
        WHERE m.person_id %% d.each = d.rest
    ) t
    JOIN movement_place p ON p.school_id = %(school)s AND p.kind = 'gate'
         AND p.code = 'demo-' || (ARRAY['东门', '南门', '西门'])[1 + (m.person_id + t.gate) %% 3]
    WHERE m.school_id = %(school)s AND m.tree = 'administration' AND m.ends_at IS NULL AND m.superseded_at IS NULL AND t.at <= %(at)s
"""
