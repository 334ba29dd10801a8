"""A case counts towards the thresholds from its first diagnosis on, suspected ones too: they must be reported like the others.

What counts is compared with what the cases say, and only a difference is written: nothing has to be marked on a case, and whatever
changes it (a decision taken back, a merger, a move to a hospital) is seen. One that was excluded or merged into another does
not count any more. How it was caught (here, elsewhere, not known) and who
was in confirmed contact with whom is told as well, for the thresholds that count only those. Who was once in hospital stays so: the rules count patients who were admitted.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from linglou.domains.cases.knowledge import INFECTED_ELSEWHERE
from linglou.domains.surveillance import actions as surveillance
from linglou.domains.surveillance.actions import NewOccurrence
from linglou.flows.batches import drain
from linglou.flows.signal_counts_towards_thresholds import rules_counted
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

BATCH = 500
# Cases are compared while they are open, and for a while after they ended or were opened.
AFTER = timedelta(days=7)

# The others who are ill with the same and of whom one is a confirmed contact of the other.
LINKED = """ARRAY(
    SELECT other.person_id FROM cases_contact k JOIN cases_case other ON other.person_id = k.person_id AND other.disease = c.disease
    WHERE k.case_id = c.id AND k.state = 'confirmed' AND k.degree = 1 AND other.status <> 'excluded' AND other.merged_into_id IS NULL
    UNION
    SELECT other.person_id FROM cases_contact k JOIN cases_case other ON other.id = k.case_id AND other.disease = c.disease
    WHERE k.person_id = c.person_id AND k.state = 'confirmed' AND k.degree = 1 AND other.status <> 'excluded'
        AND other.merged_into_id IS NULL
    ORDER BY 1)"""
SQL = f"""
    WITH standing AS (
        SELECT c.id, c.school_id, c.person_id, c.unit_id, c.disease, first.at, (first.at AT TIME ZONE %(zone)s)::date AS day,
            CASE WHEN c.status = 'died' THEN 'dead'
                 WHEN c.whereabouts = 'hospital' OR o.outcome = 'hospitalised' THEN 'hospitalised' ELSE '' END::varchar AS outcome,
            (c.ended_at AT TIME ZONE %(zone)s)::date AS until,
            CASE WHEN s.rule_id = ANY(%(rules)s) THEN ARRAY[s.rule_id] ELSE ARRAY[]::varchar[] END AS rule_ids,
            CASE f.said WHEN true THEN 'imported' WHEN false THEN 'local' ELSE '' END::varchar AS acquired,
            CASE WHEN c.disease = ANY(%(linked)s) THEN {LINKED} ELSE ARRAY[]::bigint[] END AS linked_to,
            c.status <> 'excluded' AND c.merged_into_id IS NULL AS counts, o.id AS there, o.withdrawn_at,
            (o.person_id, o.disease, o.day, o.outcome, o.until, o.rule_ids, o.acquired, o.linked_to) AS said
        FROM cases_case c
        CROSS JOIN LATERAL (SELECT coalesce(min(d.diagnosed_at), c.diagnosed_at) AS at FROM cases_decision d WHERE d.case_id = c.id) first
        LEFT JOIN signals_signal s ON s.id = c.signal_id
        LEFT JOIN cases_finding f ON f.case_id = c.id AND f.kind = 'fact' AND f.code = %(elsewhere)s AND f.superseded_at IS NULL
        LEFT JOIN surveillance_occurrence o ON o.school_id = c.school_id AND o.key = 'case:' || c.id
        WHERE c.ended_at IS NULL OR c.ended_at > %(since)s OR c.opened_at > %(since)s
    )
    SELECT id, school_id, person_id, unit_id, disease, at, day, outcome, until, rule_ids, acquired, linked_to, counts FROM standing
    WHERE CASE WHEN counts THEN there IS NULL OR withdrawn_at IS NOT NULL
               OR said IS DISTINCT FROM (person_id, disease, day, outcome, until, rule_ids, acquired, linked_to)
               ELSE there IS NOT NULL AND withdrawn_at IS NULL END
    ORDER BY id LIMIT %(batch)s
"""


def run(*, at: datetime) -> int:
    """Every case that does not count as it stands; how many."""
    return drain(_count_batch, at)


def diseases_linked(day: date) -> list[str]:
    """The diseases of which a threshold counts linked people."""
    counts = [count for row in rulebook.thresholds(day) for count in row.counts if count.linked]
    return sorted({disease for count in counts for disease in count.diseases})


@transaction.atomic
def _count_batch(at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SQL, {
            "zone": clock.CAMPUS_ZONE.key, "since": at - AFTER, "rules": sorted(rules_counted(clock.day_of(at))), "batch": BATCH,
            "elsewhere": INFECTED_ELSEWHERE, "linked": diseases_linked(clock.day_of(at)),
        })  # fmt: skip
        found = cursor.fetchall()
    counting: dict[int, list[NewOccurrence]] = defaultdict(list)
    withdrawn: dict[int, list[str]] = defaultdict(list)
    for (
        case_id,
        school_id,
        person_id,
        unit_id,
        disease,
        since,
        day,
        outcome,
        until,
        rule_ids,
        acquired,
        linked_to,
        counts,
    ) in found:
        key = f"case:{case_id}"
        if counts:
            counting[school_id].append(
                NewOccurrence(
                    key=key, person_id=person_id, unit_id=unit_id, day=day, at=since, disease=disease, outcome=outcome,
                    until=until, rule_ids=rule_ids, acquired=acquired, linked_to=linked_to,
                )
            )  # fmt: skip
        else:
            withdrawn[school_id].append(key)
    for school_id, rows in counting.items():
        surveillance.record(school_id=school_id, rows=rows)
    for school_id, keys in withdrawn.items():
        surveillance.withdraw(school_id=school_id, keys=keys, at=at)
    return len(found)
