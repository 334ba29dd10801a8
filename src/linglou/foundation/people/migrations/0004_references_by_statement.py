"""That a membership's person and unit exist, and a person's school, is checked once per statement instead of once per row: a roster
writes a hundred thousand people with two memberships each, and half of the time went into looking each of them up again.

The promise is that of a foreign key: nothing refers to a row that is not there, and none that is referred to can be deleted.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# (table, column, the table it refers to)
REFERENCES = [
    ("people_person", "school_id", "people_unit"),
    ("people_membership", "person_id", "people_person"),
    ("people_membership", "unit_id", "people_unit"),
]

FUNCTIONS = """
-- Arguments: the column, the table it refers to. What this transaction made itself nobody else can delete, so only the rest is held.
CREATE FUNCTION references_stand() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing bigint;
BEGIN
    EXECUTE format(
        'SELECT FROM %1$I t WHERE t.id IN (SELECT %2$I FROM written) AND t.xmin <> pg_current_xact_id()::xid FOR KEY SHARE',
        TG_ARGV[1], TG_ARGV[0]);
    EXECUTE format(
        'SELECT w.%2$I FROM written w WHERE w.%2$I IS NOT NULL AND NOT EXISTS (SELECT FROM %1$I t WHERE t.id = w.%2$I) LIMIT 1',
        TG_ARGV[1], TG_ARGV[0]) INTO missing;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '%.% refers to % %, which does not exist', TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[1], missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;

-- Arguments: a table and a column of it that refers here.
CREATE FUNCTION nothing_refers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_used boolean;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id THEN
        RETURN NEW;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)', TG_ARGV[0], TG_ARGV[1]) USING OLD.id INTO is_used;
    IF is_used THEN
        RAISE EXCEPTION '%.% still refers to % %', TG_ARGV[0], TG_ARGV[1], TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- Memberships are append-only as they are; a person stays in their school.
CREATE TRIGGER people_person_stays BEFORE UPDATE OF school_id ON people_person
    FOR EACH ROW WHEN (OLD.school_id IS DISTINCT FROM NEW.school_id) EXECUTE FUNCTION refuse_change();
"""
NO_FUNCTIONS = """
DROP TRIGGER people_person_stays ON people_person;
DROP FUNCTION nothing_refers();
DROP FUNCTION references_stand();
"""
CHECK = """
CREATE TRIGGER {table}_{column}_stands AFTER INSERT ON {table} REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION references_stand('{column}', '{target}');
CREATE TRIGGER {target}_kept_for_{table}_{column} BEFORE DELETE OR UPDATE OF id ON {target}
    FOR EACH ROW EXECUTE FUNCTION nothing_refers('{table}', '{column}');
"""
NO_CHECK = """
DROP TRIGGER {target}_kept_for_{table}_{column} ON {target};
DROP TRIGGER {table}_{column}_stands ON {table};
"""

# The kind is looked up only where the writer does not say it.
KIND = """
DROP TRIGGER people_membership_takes_kind ON people_membership;
CREATE TRIGGER people_membership_takes_kind BEFORE INSERT ON people_membership
    FOR EACH ROW WHEN (NEW.person_kind = '') EXECUTE FUNCTION membership_takes_kind();
"""
NO_KIND = """
DROP TRIGGER people_membership_takes_kind ON people_membership;
CREATE TRIGGER people_membership_takes_kind BEFORE INSERT ON people_membership
    FOR EACH ROW EXECUTE FUNCTION membership_takes_kind();
"""


def reference(model: str, name: str, to: str, **options: Any) -> migrations.AlterField:
    field = models.ForeignKey(to=to, on_delete=django.db.models.deletion.PROTECT, **options)
    return migrations.AlterField(model, name, field)


class Migration(migrations.Migration):
    dependencies = [("people", "0003_roster_imports")]
    operations = [
        reference("unit", "school", "people.unit", db_index=False, null=True, related_name="+"),
        reference("person", "school", "people.unit", db_constraint=False, db_index=False, related_name="+"),
        reference("membership", "person", "people.person", db_constraint=False, related_name="memberships"),
        reference("membership", "unit", "people.unit", db_constraint=False, db_index=False, related_name="memberships"),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        *(
            migrations.RunSQL(
                CHECK.format(table=table, column=column, target=target),
                NO_CHECK.format(table=table, column=column, target=target),
            )
            for table, column, target in REFERENCES
        ),
        migrations.RunSQL(KIND, NO_KIND),
    ]
