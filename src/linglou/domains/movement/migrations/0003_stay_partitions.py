"""Stays become partitioned by month on ``day``, without a default partition (``kernel.partitions`` makes the months). What tracing
reads of a place is in the key itself, so that a second index by place is not needed."""

from django.db import migrations

PARTITION = """
ALTER TABLE movement_stay RENAME TO movement_stay_plain;
CREATE TABLE movement_stay (LIKE movement_stay_plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (day);
DROP TABLE movement_stay_plain;
ALTER TABLE movement_stay ADD PRIMARY KEY (school_id, day, place_id, starts_at, person_id) INCLUDE (ends_at, seat_row, seat_col);
CREATE INDEX stay_by_person ON movement_stay (school_id, person_id, starts_at) INCLUDE (day, place_id, ends_at, seat_row, seat_col);
"""


class Migration(migrations.Migration):
    dependencies = [("movement", "0002_stays")]
    operations = [migrations.RunSQL(PARTITION, migrations.RunSQL.noop)]
