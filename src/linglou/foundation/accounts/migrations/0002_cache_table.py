"""The cache (rate limits) lives in the database: correct with several processes, and nothing more to install."""

from django.db import migrations

FORWARD = """
CREATE UNLOGGED TABLE linglou_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX linglou_cache_expires ON linglou_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "DROP TABLE linglou_cache")]
