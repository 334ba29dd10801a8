"""A staged row knows the id that its person will have."""

from django.db import migrations, models
from django.db.models.expressions import RawSQL


class Migration(migrations.Migration):
    dependencies = [("people", "0005_unit_references_by_statement")]
    operations = [
        migrations.AddField(
            "rosterimportrow", "new_id", models.BigIntegerField(db_default=RawSQL("nextval('people_person_id_seq')", ()))
        )
    ]
