"""The large tables become partitioned by month on ``day``. There is no default partition: a row for a month that nobody opened
fails loudly (``rounds.actions.ensure_partitions`` makes the month's partitions when a round opens)."""

from django.db import migrations

PARTITION = """
ALTER TABLE {table} RENAME TO {table}_plain;
CREATE TABLE {table} (LIKE {table}_plain INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (day);
DROP TABLE {table}_plain;
ALTER TABLE {table} ADD PRIMARY KEY ({key});
"""
KEY = "school_id, day, round_id, respondent_id"
FORWARD = (
    PARTITION.format(table="rounds_response", key=KEY)
    + PARTITION.format(table="rounds_revision", key=KEY + ", revision")
    + """
CREATE INDEX revision_by_receipt ON rounds_revision (receipt);
CREATE TRIGGER rounds_revision_append_only BEFORE UPDATE OR DELETE ON rounds_revision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
)


class Migration(migrations.Migration):
    dependencies = [("rounds", "0001_initial"), ("audit", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
