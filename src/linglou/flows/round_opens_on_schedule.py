"""A round opens when its schedule says so; after an outage every round whose window still runs is opened at once, unless so little of
it is left that hardly anybody could answer (``round_slept_through_is_reported`` sees to those)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from linglou.engines.rounds import actions as rounds
from linglou.engines.rounds import groups
from linglou.engines.rounds.models import Days, NotAsked, Round, Schedule
from linglou.kernel import calendar, clock

log = logging.getLogger(__name__)

LEAST_LEFT = timedelta(minutes=30)


def run(*, at: datetime) -> int:
    """Open what is due; how many. A schedule that cannot be opened is logged and does not keep the others waiting."""
    opened, failure = 0, None
    for schedule, day in due(at):
        try:
            rounds.open_round(schedule=schedule, day=day, at=at)
            opened += 1
        except Exception as error:
            failure = error
            log.error("a round could not be opened", extra={"event": "round.open", "school": schedule.school_id})
    if failure:
        raise failure
    return opened


def due(at: datetime) -> Iterator[tuple[Schedule, date]]:
    """Schedules with the day of a round whose window runs at ``at`` and that is not there yet."""
    today = clock.day_of(at)
    days = (today - timedelta(days=1), today)  # a window over midnight belongs to the day before
    schedules = Schedule.objects.filter(is_active=True).select_related("school", "audience").order_by("pk")
    there: set[tuple[int | None, date, datetime]] = set()
    for slots in (Round.every, NotAsked.objects):
        there |= set(slots.filter(schedule__in=schedules, day__in=days).values_list("schedule_id", "day", "opens_at"))
    for schedule in schedules:
        for day in days:
            opens_at, closes_at = rounds.window(schedule, day)
            if not (opens_at <= at < closes_at and asks_on(schedule, day)) or is_too_late(schedule, day, at):
                continue
            if (schedule.pk, day, opens_at) not in there and groups.has_anybody(schedule, at=at):
                yield schedule, day


def is_too_late(schedule: Schedule, day: date, at: datetime) -> bool:
    """Whether a slot that should have opened by itself has so little left that opening it would only make people missing. What the
    office has arranged since it began is its own wish."""
    opens_at, closes_at = rounds.window(schedule, day)
    should_be_open = schedule.accounted_until is not None and opens_at >= schedule.accounted_until
    return should_be_open and closes_at - at < min(LEAST_LEFT, (closes_at - opens_at) / 2)


def asks_on(schedule: Schedule, day: date) -> bool:
    """Whether the schedule has a round on a campus day."""
    if day < schedule.from_day or (schedule.to_day and day > schedule.to_day):
        return False
    if schedule.days == Days.EVERY_DAY:
        return True
    return calendar.is_workday(day) is (schedule.days == Days.WORKDAYS)
