"""Who came under observation after the check of the day had opened is asked today still: at once, in a round of the day.

A roster never changes once its round is open, so it is a round of its own, of a group that holds nobody before and after it opens.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from linglou.domains.care import checks, rules
from linglou.engines.rounds import actions as rounds
from linglou.engines.rounds import groups, roster
from linglou.engines.rounds.models import Schedule
from linglou.foundation.people.models import Unit
from linglou.kernel import clock

GROUP = f"{checks.PURPOSE}-late"

# Somebody has joined a group today whose check had begun by then, and is on the roster of no check of today that left them time.
NEW_SQL = """
    SELECT DISTINCT g.school_id, g.person_id
    FROM rounds_enrolment g
    JOIN rounds_schedule s ON s.school_id = g.school_id AND s.group_key = g.group_key AND s.is_active
    WHERE s.purpose = %(purpose)s AND g.ends_at IS NULL AND g.starts_at >= %(dawn)s AND g.starts_at <= %(at)s + interval '1 second'
      AND (%(today)s::date + s.opens) AT TIME ZONE %(zone)s <= %(at)s
      AND NOT EXISTS (
        SELECT FROM rounds_round r JOIN rounds_enrolment q ON q.school_id = r.school_id AND q.group_key = r.group_key
        WHERE r.school_id = g.school_id AND r.purpose = %(purpose)s AND r.day = %(today)s AND q.person_id = g.person_id
          AND q.starts_at <= r.roster_at AND (q.ends_at IS NULL OR q.ends_at > r.roster_at)
          AND r.closes_at - r.roster_at >= %(least)s
      )
"""


def unasked(*, at: datetime) -> dict[int, list[int]]:
    """School -> who is watched since today and was asked by no check of today."""
    today = clock.day_of(at)
    found: dict[int, list[int]] = {}
    values: dict[str, Any] = {
        "purpose": checks.PURPOSE, "dawn": clock.moment(today, datetime.min.time()), "at": at, "today": today,
        "zone": clock.CAMPUS_ZONE.key, "least": rules.LEAST_TO_ANSWER,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(NEW_SQL, values)
        for school_id, person_id in cursor.fetchall():
            found.setdefault(school_id, []).append(person_id)
    return found


@transaction.atomic
def ask(*, school_id: int, at: datetime) -> int:
    """Ask those of a school who were not asked today, in one round from now; how many. Two who do it at once ask once."""
    closes_at = rules.late_check_closes(at)
    if closes_at is None:
        return 0  # the day is over: the first check of tomorrow is theirs
    with connection.cursor() as cursor:
        roster.freeze(cursor, school_id)
    person_ids = unasked(at=at).get(school_id, [])
    if not person_ids:
        return 0
    schedule = _schedule(school_id, clock.day_of(at), at)
    groups.enrol(school_id=school_id, group_key=GROUP, person_ids=person_ids, at=at)
    since = max(groups.in_force(school_id, GROUP).values_list("starts_at", flat=True))
    rounds.open_between(schedule=schedule, day=clock.day_of(at), opens_at=at, closes_at=closes_at, at=since, by=None)
    groups.leave(school_id=school_id, group_key=GROUP, person_ids=person_ids, at=at)
    return len(person_ids)


def _schedule(school_id: int, day: date, at: datetime) -> Schedule:
    """Never active: its rounds are opened by ``ask`` alone."""
    opens, closes = rules.CHECK_WINDOWS[0]
    found, _new = Schedule.objects.get_or_create(
        school_id=school_id, group_key=GROUP,
        defaults={
            "purpose": checks.PURPOSE, "title": f"{checks.TITLE}（当日补测）", "audience": Unit.objects.get(pk=school_id),
            "form_key": checks.PURPOSE, "opens": opens, "closes": closes, "from_day": day, "is_active": False, "accounted_until": at,
        },
    )  # fmt: skip
    return found
