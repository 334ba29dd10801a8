"""What was written about somebody stays as it was written (a purge excepted)."""

from django.db import migrations

TABLES = ("care_followup", "care_counsellingnote")


class Migration(migrations.Migration):
    dependencies = [("care", "0002_certificates_absences_counselling"), ("audit", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            f"DROP TRIGGER {table}_append_only ON {table}",
        )
        for table in TABLES
    ]
