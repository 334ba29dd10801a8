"""What keeps rosters as they were is asked of every membership written; the question goes into the trigger's condition, so that the
function runs once a transaction (to wait for openings) and where it has something to put right."""

from django.db import migrations

FROZEN = "coalesce(nullif(current_setting('linglou.rosters_' || NEW.school_id, true), '')::timestamptz, 'infinity')"
FORWARD = f"""
DROP TRIGGER people_membership_known_after_rosters ON people_membership;
CREATE TRIGGER people_membership_known_after_rosters BEFORE INSERT ON people_membership
    FOR EACH ROW WHEN (NEW.recorded_at <= {FROZEN}) EXECUTE FUNCTION membership_known_after_rosters();
CREATE TRIGGER people_membership_superseded_after_rosters BEFORE UPDATE ON people_membership
    FOR EACH ROW WHEN (NEW.superseded_at <= {FROZEN}) EXECUTE FUNCTION membership_known_after_rosters();
"""
BACKWARD = """
DROP TRIGGER people_membership_superseded_after_rosters ON people_membership;
DROP TRIGGER people_membership_known_after_rosters ON people_membership;
CREATE TRIGGER people_membership_known_after_rosters BEFORE INSERT OR UPDATE ON people_membership
    FOR EACH ROW EXECUTE FUNCTION membership_known_after_rosters();
"""


class Migration(migrations.Migration):
    dependencies = [("rounds", "0004_not_asked"), ("people", "0004_references_by_statement")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
