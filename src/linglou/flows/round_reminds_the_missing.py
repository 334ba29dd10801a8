"""At each reminder time of a round everyone who has not reported is reminded, and class monitors and counsellors are told how many of
theirs are missing. Each reminder time is acted on once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.engines.notifications import actions as notifications
from linglou.engines.rounds import roster
from linglou.engines.rounds.models import Asks, Reminder, Round, State
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.kernel import clock
from linglou.kernel.language import moment

BATCH = 5000

# Who confirms a unit's report, nearest first.
UNIT_CONFIRMERS = (Role.COLLEGE_SECRETARY, Role.BRANCH_SECRETARY, Role.DEAN, Role.PREVENTION_OFFICE)

MISSING_SQL = """
    SELECT r.respondent_id, r.unit_id FROM ({roster}) r
    WHERE NOT EXISTS (SELECT FROM rounds_response p WHERE p.school_id = %(school_id)s AND p.day = %(day)s
                      AND p.round_id = %(round_id)s AND p.respondent_id = r.respondent_id)
      AND NOT EXISTS (SELECT FROM rounds_roundexcuse e WHERE e.school_id = %(school_id)s AND e.round_id = %(round_id)s
                      AND e.respondent_id = r.respondent_id)
    ORDER BY r.respondent_id
"""


def run(*, at: datetime) -> int:
    """Remind for what is due; how many people were reminded."""
    reminded = 0
    for round_, moments in due(at):
        reminded += _remind(round_, moments, at)
    return reminded


def due(at: datetime) -> Iterator[tuple[Round, list[datetime]]]:
    """Open rounds with the reminder times that have passed and were not acted on, the earliest first."""
    rounds = Round.objects.filter(state=State.OPEN, closes_at__gt=at, schedule__isnull=False).select_related(
        "schedule", "audience"
    )
    done = set(Reminder.objects.filter(round__in=rounds).values_list("round_id", "due_at"))
    for round_ in rounds:
        moments = [moment for moment in reminder_moments(round_) if moment <= at and (round_.pk, moment) not in done]
        if moments:
            yield round_, moments


def reminder_moments(round_: Round) -> list[datetime]:
    """The reminder times inside the round's window (which may run over midnight)."""
    times = round_.schedule.reminders if round_.schedule else []
    days = (round_.day, round_.day + timedelta(days=1))
    moments = (clock.moment(day, clock_time) for clock_time in times for day in days)
    return sorted(moment for moment in moments if round_.opens_at <= moment < round_.closes_at)


@transaction.atomic
def _remind(round_: Round, moments: list[datetime], at: datetime) -> int:
    """One reminder, however many times were slept through. The unique row decides which process sends it."""
    *slept_through, latest = moments
    with connection.cursor() as cursor:
        for moment in (*slept_through, latest):
            cursor.execute(CLAIM_SQL, {"round_id": round_.pk, "due_at": moment, "at": at})
            claimed = cursor.fetchone() is not None
        if not claimed:
            return 0
        cursor.execute(MISSING_SQL.format(roster=roster.sql(round_)), roster.parameters(round_))
        missing = cursor.fetchall()
    stamp = f"{round_.pk}:{latest.timestamp():.0f}"
    if round_.asks == Asks.PEOPLE:
        _tell_persons(round_, [respondent_id for respondent_id, _unit in missing], stamp, at)
        if not round_.group_key:  # who is in a group is not for every leader to know
            _tell_leaders(round_, Counter(unit_id for _respondent, unit_id in missing), stamp, at)
    else:
        _tell_units(round_, [unit_id for _respondent, unit_id in missing], stamp, at)
    Reminder.objects.filter(round=round_, due_at=latest).update(persons=len(missing))
    return len(missing)


CLAIM_SQL = """
    INSERT INTO rounds_reminder (round_id, due_at, sent_at, persons) VALUES (%(round_id)s, %(due_at)s, %(at)s, 0)
    ON CONFLICT (round_id, due_at) DO NOTHING RETURNING id
"""


def _tell_persons(round_: Round, person_ids: list[int], stamp: str, at: datetime) -> None:
    for start in range(0, len(person_ids), BATCH):
        notifications.notify_many(
            school_id=round_.school_id,
            topic="remind",
            at=at,
            messages=[
                notifications.Message(
                    key=f"remind:{stamp}:{person_id}",
                    person_id=person_id,
                    subject=format_lazy(_("您还没有填报：{title}"), title=round_.title),
                    body=format_lazy(_("请在 {until} 前完成填报，十秒即可。"), until=moment(round_.closes_at)),
                    link="/",
                )
                for person_id in person_ids[start : start + BATCH]
            ],
        )


def _tell_leaders(round_: Round, missing: Counter[int], stamp: str, at: datetime) -> None:
    """A summary to the monitor of each class and to its counsellor: how many, never who."""
    messages = []
    for role in (Role.CLASS_MONITOR, Role.COUNSELLOR):
        leaders = people.owners_by_unit(round_.school_id, at=at, roles=[role])
        theirs: Counter[int] = Counter()
        for unit_id, count in missing.items():
            if unit_id in leaders:
                theirs[leaders[unit_id]] += count
        messages += [
            notifications.Message(
                key=f"remind:{stamp}:{role}:{person_id}",
                person_id=person_id,
                subject=format_lazy(_("{title}：还有 {n} 人未报"), title=round_.title, n=count),
                body=format_lazy(_("截止 {until}。请打开名单逐一联系，并记录联系结果。"), until=moment(round_.closes_at)),
                link="/work/",
            )
            for person_id, count in theirs.items()
        ]
    notifications.notify_many(school_id=round_.school_id, topic="remind", messages=messages, at=at)


def _tell_units(round_: Round, unit_ids: list[int], stamp: str, at: datetime) -> None:
    confirmers = people.owners_by_unit(round_.school_id, at=at, roles=UNIT_CONFIRMERS)
    owed = Counter(confirmers[unit_id] for unit_id in unit_ids if unit_id in confirmers)
    notifications.notify_many(
        school_id=round_.school_id,
        topic="remind",
        at=at,
        messages=[
            notifications.Message(
                key=f"remind:{stamp}:{person_id}",
                person_id=person_id,
                subject=format_lazy(_("您还有 {n} 个单位没有上报：{title}"), n=count, title=round_.title),
                body=format_lazy(_("请在 {until} 前核对并确认。"), until=moment(round_.closes_at)),
                link="/",
            )
            for person_id, count in owed.items()
        ],
    )
