"""The checks of people who are watched: rounds of their own, asked of groups, on the same phone page as the daily report.

Who is watched twice a day is in the groups of the first and of the second check. Answers, reminders, the missing and the close are
those of every round; a line of the log that is a check counts as one too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from linglou.domains.care import rules
from linglou.domains.care.models import LogEntry, LogKind, Observation, ObservationState
from linglou.engines.rounds import groups, publishing
from linglou.engines.rounds.models import Schedule
from linglou.foundation.people.models import Unit
from linglou.kernel import clock

PURPOSE = "observation"
TITLE = "医学观察健康监测"
FORM: list[dict[str, Any]] = [
    {"key": "temperature", "kind": "temperature", "title": {"zh": "现在的体温", "en": "Temperature now"}, "required": True},
    {"key": "symptoms", "kind": "symptoms", "title": {"zh": "有哪些不舒服", "en": "Symptoms"}, "required": True},
    {"key": "note", "kind": "note", "title": {"zh": "其他要说明的", "en": "Anything else"}, "required": False},
]
ORDINALS = ("第一次", "第二次", "第三次", "第四次")


def group_key(n: int) -> str:
    """The group of those who are asked an ``n``-th check of the day, counted from 1."""
    return f"{PURPOSE}-{n}"


@transaction.atomic
def follow(*, school_id: int, person_ids: Collection[int], at: datetime) -> None:
    """Bring the groups to what the observations of these people ask for, and see that the rounds exist."""
    wanted: dict[int, list[int]] = defaultdict(list)
    watching = Observation.objects.filter(person_id__in=person_ids, state=ObservationState.WATCHING)
    for person_id, checks in watching.values_list("person_id", "checks_per_day"):
        wanted[person_id].append(checks)
    asked = {person_id: rules.checks_asked(wanted[person_id]) for person_id in person_ids}
    for n in range(1, len(rules.CHECK_WINDOWS) + 1):
        members = [person_id for person_id, checks in asked.items() if checks >= n]
        if members:
            _ensure_schedule(school_id, n, at)
            groups.enrol(school_id=school_id, group_key=group_key(n), person_ids=members, at=at)
        groups.leave(school_id=school_id, group_key=group_key(n), person_ids=set(person_ids) - set(members), at=at)


def _ensure_schedule(school_id: int, n: int, at: datetime) -> None:
    """The school may move the times afterwards, or stop a check; it is not put back."""
    if Schedule.objects.filter(school_id=school_id, group_key=group_key(n)).exists():
        return
    publishing.publish_form(school_id=school_id, key=PURPOSE, title=TITLE, questions=FORM, by=None, at=at)
    opens, closes = rules.CHECK_WINDOWS[n - 1]
    Schedule.objects.create(
        school_id=school_id, purpose=PURPOSE, title=f"{TITLE}（{ORDINALS[n - 1]}）", audience=Unit.objects.get(pk=school_id),
        group_key=group_key(n), form_key=PURPOSE, opens=opens, closes=closes, from_day=clock.day_of(at), accounted_until=at,
    )  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One check asked of a person, or (``round_id`` None) written into the log. ``at`` None: not answered (yet)."""

    day: date
    round_id: int | None
    opens_at: datetime
    closes_at: datetime
    at: datetime | None = None
    temperature: float | None = None
    symptoms: tuple[str, ...] = ()
    is_abnormal: bool = False
    by_proxy: bool = False

    def state(self, at: datetime) -> str:
        """done, abnormal, waiting or missed."""
        if self.at:
            return "abnormal" if self.is_abnormal else "done"
        return "waiting" if at < self.closes_at else "missed"


ASKED_SQL = """
    SELECT g.person_id, r.day, r.id, r.opens_at, r.closes_at, p.last_at, p.answers, p.severity, p.source
    FROM rounds_round r
    JOIN rounds_enrolment g ON g.school_id = r.school_id AND g.group_key = r.group_key AND g.person_id = ANY(%(persons)s)
         AND g.starts_at <= r.roster_at AND (g.ends_at IS NULL OR g.ends_at > r.roster_at)
    LEFT JOIN rounds_response p ON p.school_id = r.school_id AND p.day = r.day AND p.round_id = r.id AND p.respondent_id = g.person_id
    WHERE r.school_id = %(school)s AND r.purpose = %(purpose)s AND r.day BETWEEN %(first)s AND %(last)s
      AND (r.state <> 'void' OR p.last_at IS NOT NULL)
    ORDER BY r.opens_at, r.id
"""


def checks_of(school_id: int, person_ids: Sequence[int], *, first: date, last: date) -> dict[int, list[Check]]:
    """Person -> the checks from one campus day to another, in order, asked and logged."""
    found: dict[int, list[Check]] = {person_id: [] for person_id in person_ids}
    values: dict[str, Any] = {
        "school": school_id,
        "persons": list(person_ids),
        "purpose": PURPOSE,
        "first": first,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute(ASKED_SQL, values)
        for person_id, day, round_id, opens_at, closes_at, last_at, answers, severity, source in cursor.fetchall():
            said: dict[str, Any] = (json.loads(answers) if isinstance(answers, str) else answers) or {}
            found[person_id].append(
                Check(
                    day, round_id, opens_at, closes_at, last_at, said.get("temperature"), tuple(said.get("symptoms") or ()),
                    bool(severity), source not in (None, "self"),
                )
            )  # fmt: skip
    logged = LogEntry.objects.filter(
        plan__person_id__in=person_ids, kind=LogKind.CHECK, at__gte=clock.moment(first, _DAWN), at__lt=rules.complete_at(last)
    )
    for person_id, at, temperature in logged.values_list("plan__person_id", "at", "temperature"):
        degrees = float(temperature) if temperature is not None else None
        found[person_id].append(Check(clock.day_of(at), None, at, at, at, degrees, by_proxy=True))
    return {person_id: sorted(checks, key=lambda check: check.opens_at) for person_id, checks in found.items()}


_DAWN = datetime.min.time()


def lost(school_id: int, person_ids: Collection[int], disease: str, *, at: datetime) -> set[int]:
    """Of these persons those whose latest observation for a disease has no check, asked or logged, in the last ``rules.LOST_AFTER_DAYS``
    campus days of it. Of one that goes on the days that are over count, and whoever is checked today is not lost."""
    today = clock.day_of(at)
    watched = Observation.objects.filter(school_id=school_id, person_id__in=person_ids, disease=disease).exclude(
        state__in=(ObservationState.WITHDRAWN, ObservationState.CONVERTED)
    )
    spans: dict[int, tuple[date, date]] = {}
    for one in watched.order_by("opened_at", "pk"):
        ended = clock.day_of(one.ended_at) if one.ended_at else None
        span = rules.last_days(clock.day_of(one.opened_at), one.last_day, ended, today=today)
        if span:
            spans[one.person_id] = span
        else:
            spans.pop(one.person_id, None)
    if not spans:
        return set()
    first, last = min(span[0] for span in spans.values()), max(span[1] for span in spans.values())
    checks = checks_of(school_id, list(spans), first=first, last=last)
    return {
        person_id
        for person_id, (since, until) in spans.items()
        if not any(check.at and since <= check.day <= until for check in checks[person_id])
    }
