"""References to what the same transaction wrote are told at one look: such rows stand, and nobody else can delete them. A roster's
memberships refer to nothing else."""

from django.db import migrations

# Arguments: the column, the table it refers to. ``is_outside``: whether anything referred to is not of this very transaction.
FUNCTION = """
CREATE OR REPLACE FUNCTION references_stand() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_outside boolean;
    missing bigint;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM written w WHERE w.%2$I IS NOT NULL AND NOT EXISTS ('
        'SELECT FROM %1$I t WHERE t.id = w.%2$I AND t.xmin = pg_current_xact_id()::xid))',
        TG_ARGV[1], TG_ARGV[0]) INTO is_outside;
    IF NOT is_outside THEN
        RETURN NULL;
    END IF;
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
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0006_ids_beforehand")]
    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
