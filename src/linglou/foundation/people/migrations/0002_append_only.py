from django.db import migrations

TABLES = ("people_membership", "people_post")

# A membership says what its person was (a roster asks students, or staff): taken from the person when it is written, and written
# anew when the person's kind is corrected, so that a past roster stays what it was.
KIND = """
CREATE FUNCTION membership_takes_kind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.person_kind = '' THEN
        NEW.person_kind := coalesce((SELECT kind FROM people_person WHERE id = NEW.person_id), '');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_membership_takes_kind BEFORE INSERT ON people_membership
    FOR EACH ROW EXECUTE FUNCTION membership_takes_kind();

CREATE FUNCTION memberships_follow_kind() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fact people_membership;
    known timestamptz;
BEGIN
    FOR fact IN SELECT * FROM people_membership
        WHERE person_id = NEW.id AND superseded_at IS NULL AND (ends_at IS NULL OR ends_at > now())
    LOOP
        known := greatest(now(), fact.recorded_at);
        UPDATE people_membership SET superseded_at = known WHERE id = fact.id;
        INSERT INTO people_membership (school_id, person_id, person_kind, unit_id, tree, place, starts_at, ends_at, recorded_at)
        VALUES (fact.school_id, fact.person_id, NEW.kind, fact.unit_id, fact.tree, fact.place, fact.starts_at, fact.ends_at, known);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER people_person_kind_recorded AFTER UPDATE OF kind ON people_person
    FOR EACH ROW WHEN (OLD.kind IS DISTINCT FROM NEW.kind) EXECUTE FUNCTION memberships_follow_kind();
"""
NO_KIND = """
DROP TRIGGER people_person_kind_recorded ON people_person;
DROP FUNCTION memberships_follow_kind();
DROP TRIGGER people_membership_takes_kind ON people_membership;
DROP FUNCTION membership_takes_kind();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("audit", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change_but_supersede()",
            f"DROP TRIGGER {table}_append_only ON {table}",
        )
        for table in TABLES
    ] + [migrations.RunSQL(KIND, NO_KIND)]
