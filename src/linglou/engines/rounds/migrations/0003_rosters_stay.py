"""A roster is derived from the memberships known when its round opened, so nothing may become known of before that moment later on:
a membership written (or superseded) by a transaction that began earlier than an opening counts from just after it. Writers of
memberships and openings of rounds wait for each other, school by school (``rounds.roster.freeze``)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION membership_known_after_rosters() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    setting text := 'linglou.rosters_' || NEW.school_id;
    frozen timestamptz := nullif(current_setting(setting, true), '')::timestamptz;
BEGIN
    IF frozen IS NULL THEN  -- once a transaction: what it holds back cannot open meanwhile
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('rosters:' || NEW.school_id, 0));
        SELECT coalesce(max(roster_at), '-infinity') INTO frozen FROM rounds_round WHERE school_id = NEW.school_id;
        PERFORM set_config(setting, frozen::text, true);
    END IF;
    IF TG_OP = 'INSERT' AND NEW.recorded_at <= frozen THEN
        NEW.recorded_at := frozen + interval '1 microsecond';
    ELSIF TG_OP = 'UPDATE' AND NEW.superseded_at <= frozen THEN
        NEW.superseded_at := frozen + interval '1 microsecond';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_membership_known_after_rosters BEFORE INSERT OR UPDATE ON people_membership
    FOR EACH ROW EXECUTE FUNCTION membership_known_after_rosters();
"""
BACKWARD = """
DROP TRIGGER people_membership_known_after_rosters ON people_membership;
DROP FUNCTION membership_known_after_rosters();
"""


class Migration(migrations.Migration):
    dependencies = [("rounds", "0002_partitions"), ("people", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
