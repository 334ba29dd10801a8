"""Trips told so far become stays in their vehicles, as ``stays/trips.py`` makes them of every trip told from now on."""

from datetime import timedelta

from django.db import migrations

from linglou.kernel import clock, partitions

TOLD = """
    SELECT DISTINCT school_id, person_id, day, vehicle, carriage, concat_ws('/', day, vehicle, nullif(carriage, '')) AS code, seat_row,
           nullif(strpos(CASE means WHEN 'train' THEN 'ABCDF' ELSE 'ABCDEF' END, nullif(upper(seat_letter), '')), 0) AS seat_col
    FROM (
        SELECT school_id, person_id, day, means, seat_row, seat_letter,
               left(upper(regexp_replace(normalize(vehicle, NFKC), '[[:space:]/·.-]|次$', '', 'g')), 20) AS vehicle,
               left(ltrim(upper(regexp_replace(normalize(carriage, NFKC), '[[:space:]/号车厢]', '', 'g')), '0'), 6) AS carriage
        FROM movement_trip WHERE superseded_at IS NULL AND vehicle <> ''
    ) t WHERE vehicle ~ '[0-9]'
"""

VEHICLES = f"""
    INSERT INTO movement_place (school_id, kind, code, name, longest)
    SELECT DISTINCT school_id, 'vehicle', code, vehicle || coalesce(' · ' || nullif(carriage, '') || ' 车厢', '') || ' · ' || day,
           ceil(extract(epoch FROM (day + 1)::timestamp AT TIME ZONE %(zone)s - day::timestamp AT TIME ZONE %(zone)s) / 60)::int - 1
    FROM ({TOLD}) told ORDER BY school_id, code
    ON CONFLICT (school_id, kind, code) DO NOTHING
"""

STAYS = f"""
    INSERT INTO movement_stay (school_id, day, place_id, starts_at, person_id, ends_at, seat_row, seat_col, source)
    SELECT school_id, day, place_id, day::timestamp AT TIME ZONE %(zone)s + (n - 1) * interval '1 second', person_id,
           (day + 1)::timestamp AT TIME ZONE %(zone)s - interval '1 minute', seat_row, seat_col, 'trip'
    FROM (
        SELECT *, row_number() OVER (PARTITION BY school_id, person_id, place_id ORDER BY seat_row, seat_col) AS n
        FROM (
            SELECT told.*, p.id AS place_id, count(*) OVER (PARTITION BY told.school_id, told.person_id, p.id) AS seats
            FROM ({TOLD}) told
            JOIN movement_place p ON p.school_id = told.school_id AND p.kind = 'vehicle' AND p.code = told.code
        ) seated WHERE seats = 1 OR seat_row IS NOT NULL OR seat_col IS NOT NULL
    ) numbered
    ON CONFLICT DO NOTHING
"""


def write(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT min(day), max(day) FROM movement_trip WHERE superseded_at IS NULL AND vehicle <> ''")
        first, last = cursor.fetchone()
        if first is None:
            return
        while first <= last:
            partitions.ensure(["movement_stay"], first)
            first = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        values = {"zone": clock.CAMPUS_ZONE.key}
        cursor.execute(VEHICLES, values)
        cursor.execute(STAYS, values)


class Migration(migrations.Migration):
    dependencies = [("movement", "0006_stay_imports")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
