"""Trips, as stays in the vehicle: whoever told of a numbered vehicle was in it that day, in the seat of the ticket if it is known.

Derived from what stands of the trips, so that it is safe to run twice and follows every correction. A place is a vehicle, its
carriage where told, and a day; the same number written differently ("g 35", "Ｇ35次", carriage "05" or "5车") is one place. What has no
digit ("不详") is no number and makes no stay. A trip tells no times: the stay lasts the day, up to its
last minute, so that who counts days from its end counts from the day of the trip.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection, transaction

from linglou.domains.movement.models import PlaceKind, StaySource
from linglou.domains.movement.stays import writing
from linglou.kernel import clock


@transaction.atomic
def follow(*, school_id: int, person_ids: Iterable[int], days: Iterable[date]) -> int:
    """Bring the stays in vehicles of these persons on these days to what stands of their trips. How many rows are new."""
    values: dict[str, Any] = {
        "school": school_id, "persons": sorted(set(person_ids)), "days": sorted(set(days)), "kind": PlaceKind.VEHICLE.value,
        "source": StaySource.TRIP.value, "zone": clock.CAMPUS_ZONE.key,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(VEHICLES_SQL, values)
        cursor.execute(DROP_SQL, values)
    return writing.write_from(STAYS_SQL, values, school_id=school_id)


# What stands, written in one way. Seats are numbered along the row; the rows of Chinese trains know no E. Letters beyond F depend on
# the aircraft: such a seat is unknown, which a reviewer is told. So is the seat in a train whose carriage is not: each has a row 12.
TOLD_SQL = """
    SELECT DISTINCT person_id, day, vehicle, carriage, concat_ws('/', day, vehicle, nullif(carriage, '')) AS code,
           CASE WHEN means <> 'train' OR carriage <> '' THEN seat_row END AS seat_row,
           CASE WHEN means <> 'train' OR carriage <> '' THEN
               nullif(strpos(CASE means WHEN 'train' THEN 'ABCDF' ELSE 'ABCDEF' END, nullif(upper(seat_letter), '')), 0) END AS seat_col
    FROM (
        SELECT person_id, day, means, seat_row, seat_letter,
               left(upper(regexp_replace(normalize(vehicle, NFKC), '[[:space:]/·.-]|次$', '', 'g')), 20) AS vehicle,
               left(ltrim(upper(regexp_replace(normalize(carriage, NFKC), '[[:space:]/号车厢]', '', 'g')), '0'), 6) AS carriage
        FROM movement_trip
        WHERE school_id = %(school)s AND person_id = ANY(%(persons)s::bigint[]) AND day = ANY(%(days)s::date[])
          AND superseded_at IS NULL
    ) t WHERE vehicle ~ '[0-9]'
"""

VEHICLES_SQL = f"""
    INSERT INTO movement_place (school_id, kind, code, name, longest)
    SELECT DISTINCT %(school)s, %(kind)s, code, vehicle || coalesce(' · ' || nullif(carriage, '') || ' 车厢', '') || ' · ' || day, 0
    FROM ({TOLD_SQL}) told ORDER BY code
    ON CONFLICT (school_id, kind, code) DO NOTHING
"""

# Told twice, once with the seat and once without, is one. Two seats in one vehicle (there and back) are two stays, of which the
# second begins a second later, because a person's stays at a place are told apart by when they begin.
STAYS_SQL = f"""
    SELECT person_id, place_id, day::timestamp AT TIME ZONE %(zone)s + (n - 1) * interval '1 second' AS starts_at,
           (day + 1)::timestamp AT TIME ZONE %(zone)s - interval '1 minute' AS ends_at, %(source)s AS source,
           seat_row::smallint AS seat_row, seat_col::smallint AS seat_col, NULL::text AS direction
    FROM (
        SELECT *, row_number() OVER (PARTITION BY person_id, place_id ORDER BY seat_row, seat_col) AS n
        FROM (
            SELECT told.*, p.id AS place_id, count(*) OVER (PARTITION BY told.person_id, p.id) AS seats
            FROM ({TOLD_SQL}) told
            JOIN movement_place p ON p.school_id = %(school)s AND p.kind = %(kind)s AND p.code = told.code
        ) seated WHERE seats = 1 OR seat_row IS NOT NULL OR seat_col IS NOT NULL
    ) numbered
"""

DROP_SQL = f"""
    WITH wanted AS ({STAYS_SQL})
    DELETE FROM movement_stay s
    WHERE s.school_id = %(school)s AND s.person_id = ANY(%(persons)s::bigint[]) AND s.day = ANY(%(days)s::date[])
      AND s.source = %(source)s AND NOT EXISTS (
        SELECT FROM wanted w WHERE w.person_id = s.person_id AND w.place_id = s.place_id AND w.starts_at = s.starts_at
          AND (w.seat_row, w.seat_col) IS NOT DISTINCT FROM (s.seat_row, s.seat_col))
"""
