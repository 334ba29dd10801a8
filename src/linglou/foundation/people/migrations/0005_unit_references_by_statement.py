"""A roster opens tens of thousands of rooms: that a unit's school and parent exist is checked as migration 0004 checks memberships."""

import importlib

from django.db import migrations

references = importlib.import_module("linglou.foundation.people.migrations.0004_references_by_statement")
COLUMNS = [{"table": "people_unit", "column": column, "target": "people_unit"} for column in ("school_id", "parent_id")]


class Migration(migrations.Migration):
    dependencies = [("people", "0004_references_by_statement")]
    operations = [
        references.reference("unit", "school", "people.unit", db_constraint=False, db_index=False, null=True, related_name="+"),
        references.reference("unit", "parent", "people.unit", db_constraint=False, null=True, related_name="children"),
        *(migrations.RunSQL(references.CHECK.format(**column), references.NO_CHECK.format(**column)) for column in COLUMNS),
    ]
