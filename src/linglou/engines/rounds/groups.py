"""Groups of people whom rounds ask: who is in one, from when to when. Rosters that were stay as they were."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Max, Q, QuerySet, Value
from django.db.models.functions import Greatest

from linglou.engines.rounds import roster
from linglou.engines.rounds.models import Enrolment, Round, Schedule

JUST_AFTER = timedelta(microseconds=1)


@transaction.atomic
def enrol(*, school_id: int, group_key: str, person_ids: Collection[int], at: datetime) -> int:
    """These people are in the group from now on (not before the last opening); who is in it already stays. How many joined."""
    since = _after_openings(school_id, at)
    there = set(in_force(school_id, group_key).values_list("person_id", flat=True))
    new = [
        Enrolment(school_id=school_id, group_key=group_key, person_id=person_id, starts_at=since)
        for person_id in sorted(set(person_ids) - there)
    ]
    Enrolment.objects.bulk_create(new, batch_size=1000)
    return len(new)


@transaction.atomic
def leave(*, school_id: int, group_key: str, person_ids: Collection[int], at: datetime) -> int:
    """These people are in the group no more (rounds that are open still ask them). How many left."""
    until = _after_openings(school_id, at)
    leaving = in_force(school_id, group_key).filter(person_id__in=set(person_ids))
    return leaving.update(ends_at=Greatest(Value(until), F("starts_at") + JUST_AFTER))


def in_force(school_id: int, group_key: str) -> QuerySet[Enrolment]:
    """Who is in a group and has not left."""
    return Enrolment.objects.filter(school_id=school_id, group_key=group_key, ends_at=None)


def has_anybody(schedule: Schedule, *, at: datetime) -> bool:
    """Whether a schedule would ask anybody at a moment, as far as its group says; without a group it does."""
    if not schedule.group_key:
        return True
    members = Enrolment.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), school_id=schedule.school_id, starts_at__lte=at)
    return members.filter(group_key=schedule.group_key).exists()


def _after_openings(school_id: int, at: datetime) -> datetime:
    """A moment that no roster has looked at yet, while none can open."""
    with connection.cursor() as cursor:
        roster.hold(cursor, school_id)
    latest = Round.every.filter(school_id=school_id).aggregate(latest=Max("roster_at"))["latest"]
    return max(at, latest + JUST_AFTER) if latest else at
