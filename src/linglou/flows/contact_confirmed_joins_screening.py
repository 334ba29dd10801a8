"""A confirmed contact of a case joins the screening list until the last day of watching that the disease's rule names, and leaves it
then, or when the contact is found to be none, the case is excluded, or the contact is a case too.

The screening is where a contact is arranged for: one task per person, with an owner and an outcome (``screening_opens_tasks``).
What stands is compared with what should, so that a tick missed is made up for and one repeated does nothing.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from linglou.domains.cases.models import Contact
from linglou.domains.movement import actions as movement
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

BATCH = 1000
LONGEST = timedelta(days=120)  # no rule watches longer
KEY = "contact:"
OF = {1: "close-contact", 2: "contact-of-contact"}


def run(*, at: datetime) -> int:
    """Every contact whose screening does not stand as it should; how many joined or left."""
    left = _leave(at)
    joined = 0
    while batch := _join_batch(at):
        joined += batch
        if batch < BATCH:
            break
    return joined + left


@transaction.atomic
def _join_batch(at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            JOIN_SQL, {"zone": clock.CAMPUS_ZONE.key, "batch": BATCH, "today": clock.day_of(at), "since": at - LONGEST}
        )
        found = dict(cursor.fetchall())
    by_school: dict[int, list[movement.NewContact]] = defaultdict(list)
    for contact in Contact.objects.filter(pk__in=found).select_related("case").order_by("pk"):
        last_day = clock.day_of(contact.last_at)
        by_school[contact.school_id].append(
            movement.NewContact(contact.person_id, f"{KEY}{contact.pk}", last_day, _until(contact, last_day))
        )
    for school_id, contacts in by_school.items():
        movement.add_to_screening(school_id=school_id, contacts=contacts, by=None, at=at)
    return len(found)


def _until(contact: Contact, last_day: date) -> date | None:
    """The last day of watching, by the rule of the day of the diagnosis (the first day is the one after the last contact); None
    where the disease names none."""
    row = rulebook.observation(contact.case.disease, OF[contact.degree], clock.day_of(contact.case.diagnosed_at))
    return last_day + timedelta(days=row.days) if row else None


@transaction.atomic
def _leave(at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LEAVE_SQL, {"today": clock.day_of(at)})
        gone: dict[int, list[str]] = defaultdict(list)
        for school_id, key in cursor.fetchall():
            gone[school_id].append(key)
    for school_id, keys in gone.items():
        movement.withdraw_from_screening(school_id=school_id, keys=keys, at=at)
    return sum(map(len, gone.values()))


# A contact of a case that is one, and no patient: whoever fell ill of it is looked after as a case.
WANTED = """
    c.state = 'confirmed' AND s.status <> 'excluded' AND NOT EXISTS (
        SELECT FROM cases_case o
        WHERE o.person_id = c.person_id AND o.disease = s.disease AND o.status <> 'excluded' AND o.merged_into_id IS NULL
          AND (o.ended_at IS NULL OR o.ended_at >= c.first_at))
"""

JOIN_SQL = f"""
    SELECT c.id, c.case_id FROM cases_contact c JOIN cases_case s ON s.id = c.case_id
    WHERE {WANTED} AND c.last_at > %(since)s AND NOT EXISTS (
        SELECT FROM movement_reportedcontact r
        WHERE r.school_id = c.school_id AND r.person_id = c.person_id AND r.key = 'contact:' || c.id
          AND (r.withdrawn_at IS NULL OR r.until_day < %(today)s) AND r.last_day = (c.last_at AT TIME ZONE %(zone)s)::date)
    ORDER BY c.id LIMIT %(batch)s
    FOR UPDATE OF c SKIP LOCKED
"""

LEAVE_SQL = f"""
    SELECT r.school_id, r.key FROM movement_reportedcontact r
    WHERE r.withdrawn_at IS NULL AND r.key LIKE 'contact:%%' AND (r.until_day < %(today)s OR NOT EXISTS (
        SELECT FROM cases_contact c JOIN cases_case s ON s.id = c.case_id
        WHERE c.id = substring(r.key from '^contact:([0-9]+)$')::bigint AND {WANTED}))
    FOR UPDATE OF r SKIP LOCKED
"""
