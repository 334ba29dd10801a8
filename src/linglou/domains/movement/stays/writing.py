"""The one way in which stays are written: set-based, split at midnight, known places' longest stay kept.

What is written twice stands once: the key is school, day, place, start and person. A sheet that was taken on the spot
(attendance, sign-in) replaces what a timetable expects, never the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from linglou.domains.movement.models import StaySource
from linglou.domains.movement.models.stays import PARTITIONED
from linglou.kernel import clock, partitions


@dataclass(frozen=True, slots=True)
class Known:
    """A person was at a place from ``starts_at`` to ``ends_at`` (the same moment: was not there, though expected)."""

    person_id: int
    place_id: int
    starts_at: datetime
    ends_at: datetime
    source: str = StaySource.SIGN_IN
    seat_row: int | None = None
    seat_col: int | None = None
    direction: str | None = None


def ensure_partitions(day: date) -> None:
    """Make the month's partitions of the large tables, if they are not there."""
    partitions.ensure(PARTITIONED, day)


def write(*, school_id: int, stays: Iterable[Known], import_id: int | None = None) -> int:
    """Write stays of one school. How many rows are new or say something else now."""
    columns: list[Any] = list(zip(*(astuple(stay) for stay in stays), strict=True)) or [()] * 8
    names = ("persons", "places", "starts", "ends", "sources", "seat_rows", "seat_cols", "directions")
    return write_from(FROM_ARRAYS_SQL, {name: list(column) for name, column in zip(names, columns, strict=True)},
                      school_id=school_id, import_id=import_id)  # fmt: skip


@transaction.atomic
def write_from(select: str, values: Mapping[str, Any], *, school_id: int, import_id: int | None = None) -> int:
    """Write what the SQL ``select`` gives (person_id, place_id, starts_at, ends_at, source, seat_row, seat_col, direction), with
    ``values`` for its parameters. How many rows are new or say something else now."""
    every = dict(values) | {"school": school_id, "import": import_id, "zone": clock.CAMPUS_ZONE.key}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS incoming_stay")
        cursor.execute(SPLIT_SQL.format(select=select), every)
        cursor.execute("ANALYZE incoming_stay")
        cursor.execute("SELECT min(day), max(day) FROM incoming_stay")
        first, last = cursor.fetchone()
        if first is None:
            return 0
        while first <= last:
            ensure_partitions(first)
            first = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        cursor.execute(LONGEST_SQL)
        cursor.execute(PUT_SQL, every)
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE incoming_stay")
    return written


FROM_ARRAYS_SQL = """
    SELECT * FROM unnest(%(persons)s::bigint[], %(places)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[],
        %(sources)s::text[], %(seat_rows)s::smallint[], %(seat_cols)s::smallint[], %(directions)s::text[])
        AS t(person_id, place_id, starts_at, ends_at, source, seat_row, seat_col, direction)
"""

# One row per stay and campus day. The end belongs to the day that it ends, not to the one that begins then.
SPLIT_SQL = """
    CREATE TEMP TABLE incoming_stay ON COMMIT DROP AS
    SELECT d.day, s.place_id, greatest(s.starts_at, d.day::timestamp AT TIME ZONE %(zone)s) AS starts_at, s.person_id,
           least(s.ends_at, (d.day + 1)::timestamp AT TIME ZONE %(zone)s) AS ends_at, s.seat_row, s.seat_col, s.source, s.direction,
           CASE WHEN s.source IN ('attendance', 'sign-in') THEN 2 WHEN s.source = 'timetable' THEN 0 ELSE 1 END AS rank
    FROM ({select}) s
    CROSS JOIN LATERAL (
        SELECT generate_series(
            (s.starts_at AT TIME ZONE %(zone)s)::date::timestamp,
            (greatest(s.ends_at - interval '1 microsecond', s.starts_at) AT TIME ZONE %(zone)s)::date::timestamp, interval '1 day'
        )::date AS day
    ) d
"""

LONGEST_SQL = """
    UPDATE movement_place p SET longest = i.longest
    FROM (SELECT place_id, ceil(extract(epoch FROM max(ends_at - starts_at)) / 60)::int AS longest FROM incoming_stay GROUP BY 1) i
    WHERE p.id = i.place_id AND i.longest > p.longest
"""

PUT_SQL = """
    INSERT INTO movement_stay AS s (school_id, day, place_id, starts_at, person_id, ends_at, seat_row, seat_col, direction, source, import_id)
    SELECT DISTINCT ON (i.day, i.place_id, i.starts_at, i.person_id)
           %(school)s, i.day, i.place_id, i.starts_at, i.person_id, i.ends_at,
           coalesce(i.seat_row, c.row), coalesce(i.seat_col, c.col), i.direction, i.source, %(import)s
    FROM incoming_stay i LEFT JOIN movement_seat c ON c.place_id = i.place_id AND c.person_id = i.person_id
    ORDER BY i.day, i.place_id, i.starts_at, i.person_id, i.rank DESC, i.ends_at DESC, i.seat_row, i.seat_col, i.direction, i.source
    ON CONFLICT (school_id, day, place_id, starts_at, person_id) DO UPDATE
    SET ends_at = EXCLUDED.ends_at, source = EXCLUDED.source, import_id = EXCLUDED.import_id,
        seat_row = coalesce(EXCLUDED.seat_row, s.seat_row), seat_col = coalesce(EXCLUDED.seat_col, s.seat_col),
        direction = coalesce(EXCLUDED.direction, s.direction)
    WHERE (CASE WHEN EXCLUDED.source IN ('attendance', 'sign-in') THEN 2 WHEN EXCLUDED.source = 'timetable' THEN 0 ELSE 1 END)
          >= (CASE WHEN s.source IN ('attendance', 'sign-in') THEN 2 WHEN s.source = 'timetable' THEN 0 ELSE 1 END)
      AND (s.ends_at, s.source, s.seat_row, s.seat_col, s.direction) IS DISTINCT FROM
          (EXCLUDED.ends_at, EXCLUDED.source, coalesce(EXCLUDED.seat_row, s.seat_row), coalesce(EXCLUDED.seat_col, s.seat_col),
           coalesce(EXCLUDED.direction, s.direction))
"""
