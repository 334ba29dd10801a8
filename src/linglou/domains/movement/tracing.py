"""Who was together with whom on campus: where, for how long, how near, and whether that makes a contact close.

It knows no disease: what makes a contact close is given as the settings of a contact definition (``rulebook.rules.diseases.Setting``).
Only kinds of place that a setting names are looked at. One SQL statement answers, whose cost follows the meetings that it finds: the
stays of the person come from ``stay_by_person``, who else was there from the stays' primary key (school, day, place, start), looked
at no further back than the longest stay ever recorded at the place. A stay lies within one campus day, so people meet only within a
day's rows.

What counts (``tests/movement/test_tracing.py`` has the same in plain Python, over all pairs):

- Two stays at one place that overlap are a meeting; stays that only touch, or last no time, are none.
- The same minutes known from two sources (timetable and attendance), or at two places of a kind, count once.
- A meeting that goes on past midnight, or without a break at another place of the kind, is one meeting.
- ``minutes`` of a setting are minutes over the whole window, whole minutes rounded down.
- ``seats`` limits the distance in seats to the side and, where ``rows`` is not said, in rows too; ``rows`` limits the rows. A meeting
  with an unknown seat does not count for such a setting; when there is no other, the row says ``seats-unknown``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import connection, transaction

from linglou.domains.movement.models import Place
from linglou.foundation.rulebook.rules.diseases import Setting
from linglou.kernel import clock

Missed = Literal["", "minutes", "seats", "seats-unknown", "carriage"]  # carriage: by ``vehicles`` alone


@dataclass(frozen=True, slots=True)
class Together:
    """``person_id`` met ``source_id`` at places of a ``kind``.

    ``setting``: index of the setting that it is measured against (the one that it reaches, else the one that it misses least), which
    is ``close`` or ``missed``. ``minutes``, ``meetings``, ``first_at``, ``last_at`` are of the meetings near enough for the setting;
    where none was, of all of them. ``place_id``: of the meeting that began last. ``rows``, ``seats``: distance at the
    nearest, None where no seats are known. ``sources``: with how many of those who were asked about (second degree)."""

    source_id: int
    person_id: int
    kind: str
    setting: int
    close: bool
    missed: Missed
    minutes: int
    meetings: int
    first_at: datetime
    last_at: datetime
    place_id: int
    rows: int | None
    seats: int | None
    sources: int = 1


def together(
    *,
    school_id: int,
    person_ids: Iterable[int],
    from_at: datetime,
    until_at: datetime,
    settings: Sequence[Setting],
    since: Mapping[int, datetime] | None = None,
    without: Iterable[int] = (),
    only_close: bool = False,
) -> list[Together]:
    """Everybody who met one of ``person_ids`` between ``from_at`` and ``until_at`` at a place of a kind that ``settings`` name: a row
    per (source, person, kind), close ones first, longest first. ``since`` gives a person a later beginning of their own; ``without``
    are left out, as are the persons asked about of each other."""
    persons = sorted(set(person_ids))
    values = _values(school_id, persons, from_at, until_at, settings, without)
    begin = since or {}
    values["begin"] = [max(from_at, begin.get(person, from_at)) for person in persons]
    if not persons or not values["kinds"]:
        return []
    return _ask(FIRST_SQL, values | {"only_close": only_close})


def second_degree(
    *,
    school_id: int,
    person_ids: Iterable[int],
    from_at: datetime,
    until_at: datetime,
    settings: Sequence[Setting],
    without: Iterable[int] = (),
    only_close: bool = True,
) -> list[Together]:
    """Everybody who met a close contact of ``person_ids`` after that contact's own first exposure: a row per (person, kind), with the
    close contact (``source_id``) whom they met for longest, and how many ``sources`` there are. The persons and their close contacts
    are left out. Where contacts have been reviewed, ask ``together`` with them as ``person_ids`` and their exposures as ``since``."""
    persons = sorted(set(person_ids))
    values = _values(school_id, persons, from_at, until_at, settings, without)
    values["begin"] = [from_at] * len(persons)
    if not persons or not values["kinds"]:
        return []
    return _ask(SECOND_SQL, values | {"only_close": only_close})


def place_names(place_ids: Iterable[int]) -> dict[int, str]:
    """What places are called."""
    return dict(Place.objects.filter(pk__in=set(place_ids)).values_list("pk", "name"))


def _values(
    school_id: int,
    persons: list[int],
    from_at: datetime,
    until_at: datetime,
    settings: Sequence[Setting],
    without: Iterable[int],
) -> dict[str, Any]:
    return {
        "school": school_id,
        "persons": persons,
        "until": until_at,
        "from_day": clock.day_of(from_at),
        "until_day": clock.day_of(until_at),
        "day": timedelta(hours=25),
        "kinds": [setting.where for setting in settings],
        # Where only close contacts are asked for, a stay whose own seat is unknown can make one only under these.
        "kinds_anywhere": [setting.where for setting in settings if setting.seats is None and setting.rows is None],
        "minutes": [setting.minutes for setting in settings],
        "seats": [setting.seats for setting in settings],
        "rows": [setting.seats if setting.rows is None else setting.rows for setting in settings],
        "without": sorted({*persons, *without}),
    }


def _ask(sql: str, values: dict[str, Any]) -> list[Together]:
    # Compiling the plan would take longer than running it; a million meetings are sorted in memory.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '128MB'")
        cursor.execute(sql, values)
        return [Together(*row) for row in cursor.fetchall()]


SETTING_SQL = """
    setting AS MATERIALIZED (
        SELECT kind, minutes, seats, rows, (n - 1)::int AS n, seats IS NOT NULL OR rows IS NOT NULL AS is_limited
        FROM unnest(%(kinds)s::text[], %(minutes)s::int[], %(seats)s::int[], %(rows)s::int[]) WITH ORDINALITY
             AS t(kind, minutes, seats, rows, n)
    ),
    source1 AS MATERIALIZED (
        SELECT * FROM unnest(%(persons)s::bigint[], %(begin)s::timestamptz[]) AS s(person_id, from_at)
    )
"""

# {n} is the degree. OFFSET 0 keeps the planner to one look into the key per session, so that the cost follows the answer; a class
# that sat together looks once, together. ``so_far``: until when the pair had been together before, so that no minute counts twice.
DEGREE_SQL = """
    visit{n} AS (
        SELECT s.person_id, v.*, p.kind, v.starts_at - make_interval(mins => p.longest) AS look_back
        FROM source{n} s
        CROSS JOIN LATERAL (
            SELECT y.day, y.place_id, greatest(y.starts_at, s.from_at) AS starts_at, least(y.ends_at, %(until)s) AS ends_at,
                   y.seat_row, y.seat_col
            FROM movement_stay y
            WHERE y.school_id = %(school)s AND y.person_id = s.person_id
              AND y.starts_at < %(until)s AND y.starts_at > s.from_at - %(day)s AND y.ends_at > s.from_at AND y.ends_at > y.starts_at
              AND y.day BETWEEN %(from_day)s AND %(until_day)s
            OFFSET 0
        ) v
        JOIN movement_place p ON p.id = v.place_id AND p.kind = ANY(
            CASE WHEN {close} AND v.seat_row IS NULL AND v.seat_col IS NULL THEN %(kinds_anywhere)s::text[] ELSE %(kinds)s::text[] END)
    ),
    session{n} AS MATERIALIZED (
        SELECT day, place_id, kind, starts_at, ends_at, look_back, array_agg(person_id) AS persons, array_agg(seat_row) AS seat_rows,
               array_agg(seat_col) AS seat_cols
        FROM visit{n} GROUP BY 1, 2, 3, 4, 5, 6
    ),
    together{n} AS (
        SELECT unnest(v.persons) AS source_id, o.person_id, v.place_id, t.n, t.is_limited, t.rows AS max_rows, t.seats AS max_seats,
               greatest(o.starts_at, v.starts_at) AS from_at, least(o.ends_at, v.ends_at) AS until_at,
               abs(o.seat_row - unnest(v.seat_rows)) AS rows, abs(o.seat_col - unnest(v.seat_cols)) AS seats
        FROM session{n} v JOIN setting t ON t.kind = v.kind
        CROSS JOIN LATERAL (
            SELECT y.person_id, y.starts_at, y.ends_at, y.seat_row, y.seat_col
            FROM movement_stay y
            WHERE y.school_id = %(school)s AND y.day = v.day AND y.place_id = v.place_id
              AND y.starts_at < v.ends_at AND y.starts_at > v.look_back AND y.ends_at > v.starts_at AND y.ends_at > y.starts_at
              AND y.person_id <> ALL(%(without)s::bigint[]) {beyond}
            OFFSET 0
        ) o
    ),
    meeting{n} AS (
        SELECT source_id, person_id, place_id, from_at, until_at, rows, seats,
               3 * n + CASE
                   WHEN NOT is_limited THEN 0
                   WHEN coalesce(rows <= max_rows, max_rows IS NULL) AND coalesce(seats <= max_seats, max_seats IS NULL) THEN 0
                   WHEN (rows IS NULL AND max_rows IS NOT NULL) OR (seats IS NULL AND max_seats IS NOT NULL) THEN 1
                   ELSE 2 END AS how
        FROM together{n}
    ),
    following{n} AS (
        SELECT *, max(until_at) OVER (
            PARTITION BY source_id, person_id, how ORDER BY from_at, until_at, place_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS so_far
        FROM meeting{n}
    ),
    pair{n} AS (
        SELECT source_id, person_id, how / 3 AS n, how %% 3 AS far, min(from_at) AS first_at, max(until_at) AS last_at,
               sum(greatest(until_at - greatest(from_at, so_far), interval '0')) AS length,
               (count(*) FILTER (WHERE so_far IS NULL OR so_far < from_at))::int AS meetings,
               (array_agg(place_id))[count(*)] AS place_id,
               min(CASE WHEN rows IS NOT NULL AND seats IS NOT NULL THEN ARRAY[greatest(rows, seats), rows, seats] END) AS near
        FROM following{n} GROUP BY source_id, person_id, how
    ),
    judged{n} AS (
        SELECT p.*, t.kind, extract(epoch FROM p.length)::bigint AS seconds,
               CASE WHEN p.far = 0 AND p.length >= make_interval(mins => t.minutes) THEN '' WHEN p.far = 0 THEN 'minutes'
                    WHEN p.far = 1 THEN 'seats-unknown' ELSE 'seats' END AS missed
        FROM pair{n} p JOIN setting t ON t.n = p.n
    ),
    best{n} AS MATERIALIZED (
        SELECT DISTINCT ON (source_id, person_id, kind) *
        FROM judged{n} ORDER BY source_id, person_id, kind, missed <> '', far, n
    )
"""

COLUMNS = """
    source_id, person_id, kind, n, missed = '', missed, (seconds / 60)::int, meetings, first_at, last_at, place_id,
    near[2], near[3]
"""
ORDER = "ORDER BY missed <> '', seconds DESC, person_id, source_id, kind"

BEYOND_SQL = "AND y.person_id NOT IN (SELECT person_id FROM source2)"

FIRST_SQL = f"""
    WITH {SETTING_SQL}, {DEGREE_SQL.format(n=1, close="%(only_close)s", beyond="")}
    SELECT {COLUMNS}, 1 FROM best1 WHERE missed = '' OR NOT %(only_close)s {ORDER}
"""

SECOND_SQL = f"""
    WITH {SETTING_SQL}, {DEGREE_SQL.format(n=1, close="true", beyond="")},
    source2 AS MATERIALIZED (
        SELECT person_id, min(first_at) AS from_at FROM best1 WHERE missed = '' GROUP BY person_id
    ),
    {DEGREE_SQL.format(n=2, close="%(only_close)s", beyond=BEYOND_SQL)},
    nearest AS (
        SELECT DISTINCT ON (person_id, kind) *, count(*) OVER (PARTITION BY person_id, kind, missed = '')::int AS sources
        FROM best2 WHERE missed = '' OR NOT %(only_close)s
        ORDER BY person_id, kind, missed <> '', seconds DESC, source_id
    )
    SELECT {COLUMNS}, sources FROM nearest {ORDER}
"""
