"""A case is isolated and watched from the first suspicion on, until the criteria of release are met; a contact who falls ill goes on
as a case. A case that was excluded or merged into another one frees its patient.

What is watched is compared with what the cases say, as in ``contact_confirmed_is_watched``. A recovered patient stays under
observation until somebody lets them go by the criteria.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import connection

from linglou.domains.care import rules
from linglou.domains.care.models import Ground, PlaceKind, Plan
from linglou.domains.care.observation import actions as observation
from linglou.domains.care.observation.actions import NewObservation
from linglou.domains.care.rooms import actions as rooms
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

AFTER = timedelta(days=7)  # an ended case is compared for so long
GROUNDS = {
    "suspected": Ground.SUSPECTED, "probable": Ground.CASE, "confirmed": Ground.CASE, "asymptomatic": Ground.ASYMPTOMATIC,
}  # fmt: skip
PLACES = (PlaceKind.HOSPITAL, PlaceKind.ISOLATION_ROOM, PlaceKind.HOME)

SQL = """
    SELECT c.id, c.school_id, c.person_id, c.unit_id, c.disease, c.status, c.merged_into_id IS NOT NULL, c.whereabouts, c.hospital,
        (first.at AT TIME ZONE %(zone)s)::date, (c.diagnosed_at AT TIME ZONE %(zone)s)::date, o.state, o.ground
    FROM cases_case c
    CROSS JOIN LATERAL (SELECT coalesce(min(d.diagnosed_at), c.diagnosed_at) AS at FROM cases_decision d WHERE d.case_id = c.id) first
    LEFT JOIN care_observation o ON o.school_id = c.school_id AND o.source_key = 'case:' || c.id
    WHERE (c.ended_at IS NULL OR c.ended_at > %(after)s)
      AND (c.status = ANY(%(watched)s) AND c.merged_into_id IS NULL OR o.state = 'watching')
    ORDER BY c.id
"""
ILL_SQL = """
    SELECT o.school_id, o.source_key FROM care_observation o
    JOIN cases_case c ON c.person_id = o.person_id AND c.disease = o.disease AND c.status = ANY(%(watched)s)
         AND c.merged_into_id IS NULL
    WHERE o.state = 'watching' AND o.source_key LIKE 'contact:%%'
"""


def run(*, at: datetime) -> int:
    """How many observations began, changed or ended."""
    watched = {"watched": list(GROUNDS)}
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"zone": clock.CAMPUS_ZONE.key, "after": at - AFTER, **watched})
        cases = cursor.fetchall()
        cursor.execute(ILL_SQL, watched)
        fallen_ill = cursor.fetchall()
    beginning: dict[int, list[NewObservation]] = defaultdict(list)
    ceasing: dict[tuple[int, str], list[str]] = defaultdict(list)
    placed: dict[int, tuple[str, str]] = {}
    for school_id, key in fallen_ill:
        ceasing[school_id, "convert"].append(key)
    for case_id, school_id, person_id, unit_id, disease, status, merged, where, hospital, since, day, state, ground in cases:
        key, now = f"case:{case_id}", None if merged else GROUNDS.get(status)
        if now is None:
            if merged or status in ("excluded", "died"):
                ceasing[school_id, "end" if status == "died" and not merged else "withdraw"].append(key)
        elif state in (None, "withdrawn") or (state == "watching" and ground != now):
            rule = rulebook.observation(disease, now, day)
            beginning[school_id].append(
                NewObservation(
                    source_key=key, person_id=person_id, unit_id=unit_id, ground=now, disease=disease, since=since, last_day=None,
                    checks_per_day=rule.checks_per_day if rule else rules.PATIENT_CHECKS, places=rule.places if rule else PLACES,
                    rule_id=rule.rule_id if rule else "", rule_edition=rule.edition if rule else "",
                )
            )  # fmt: skip
            if where in PlaceKind.values:
                placed[person_id] = (where, hospital)
    done = sum(observation.begin(school_id=school_id, observations=new, by=None, at=at) for school_id, new in beginning.items())
    for plan in Plan.objects.filter(person_id__in=placed, state="open", placements=None):
        rooms.place(plan=plan, kind=placed[plan.person_id][0], room=None, detail=placed[plan.person_id][1], by=None, at=at)
    for (school_id, event), keys in ceasing.items():
        done += observation.cease(school_id=school_id, source_keys=keys, event=event, by=None, at=at)
    return done
