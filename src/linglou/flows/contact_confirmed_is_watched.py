"""A confirmed contact is watched for as long as the rulebook says, counted from the last contact; who turns out to be none is watched
no more.

What is watched is compared with what the contacts say, and only a difference is written, so that whatever changes a contact (a
decision, new evidence, a case that was excluded) is seen. Where the rules of the day watch nobody, nobody is.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import connection

from linglou.domains.care.models import Ground
from linglou.domains.care.observation import actions as observation
from linglou.domains.care.observation.actions import NewObservation
from linglou.foundation.people import queries as people
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

# No disease is watched for longer after a decision than this.
AFTER = timedelta(days=45)
GROUNDS = {1: Ground.CLOSE_CONTACT, 2: Ground.CONTACT_OF_CONTACT}

SQL = """
    WITH told AS (
        SELECT k.id, k.school_id, k.person_id, k.unit_id, k.degree, c.disease, (k.last_at AT TIME ZONE %(zone)s)::date AS since,
            (c.diagnosed_at AT TIME ZONE %(zone)s)::date AS day, o.id AS observed, o.state AS standing, o.since AS counted,
            k.state = 'confirmed' AND coalesce(main.status, c.status) <> 'excluded' AS counts,
            EXISTS (SELECT FROM cases_case own WHERE own.person_id = k.person_id AND own.disease = c.disease
                    AND own.status <> 'excluded' AND own.merged_into_id IS NULL) AS is_ill
        FROM cases_contact k
        JOIN cases_case c ON c.id = k.case_id
        LEFT JOIN cases_case main ON main.id = c.merged_into_id  -- whoever met a patient met them, under whichever number
        LEFT JOIN care_observation o ON o.school_id = k.school_id AND o.source_key = 'contact:' || k.id
        WHERE k.decided_at > %(after)s
    )
    SELECT id, school_id, person_id, unit_id, degree, disease, since, day, counts FROM told
    WHERE CASE WHEN counts AND NOT is_ill THEN observed IS NULL OR standing IN ('withdrawn', 'converted')
                    OR (standing = 'watching' AND counted <> since)
               ELSE NOT counts AND standing = 'watching' END
    ORDER BY id
"""


def run(*, at: datetime) -> int:
    """How many contacts are watched, or watched no more, since the last time."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"zone": clock.CAMPUS_ZONE.key, "after": at - AFTER})
        found = cursor.fetchall()
    beginning: dict[int, list[NewObservation]] = defaultdict(list)
    ceasing: dict[int, list[str]] = defaultdict(list)
    homeless = people.units_of_persons([row[2] for row in found if row[3] is None], at=at)
    for contact_id, school_id, person_id, unit_id, degree, disease, since, day, counts in found:
        key, unit_id = f"contact:{contact_id}", unit_id or homeless.get(person_id)
        if not counts:
            ceasing[school_id].append(key)
            continue
        rule = rulebook.observation(disease, GROUNDS[degree], day)
        asked = rulebook.asked_of_watched(rule, school_id, day) if rule else None
        if rule is None or asked is None or unit_id is None or since + timedelta(days=asked.days) < clock.day_of(at):
            continue  # the rules watch nobody, the person has left, or the days are over
        beginning[school_id].append(
            NewObservation(
                source_key=key, person_id=person_id, unit_id=unit_id, ground=GROUNDS[degree], disease=disease, since=since,
                last_day=since + timedelta(days=asked.days), checks_per_day=asked.checks_per_day, places=rule.places,
                rule_id=rule.rule_id, rule_edition=rule.edition, note=asked.own.document if asked.own else "",
            )
        )  # fmt: skip
    done = sum(observation.begin(school_id=school_id, observations=new, by=None, at=at) for school_id, new in beginning.items())
    for school_id, keys in ceasing.items():
        done += observation.cease(school_id=school_id, source_keys=keys, event="withdraw", by=None, at=at)
    return done
