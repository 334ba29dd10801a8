"""Whoever reports for somebody else is not unseen: the person is told who did it, as what, when and for which round, and that their own
correction counts until the close.

The report itself is on the person's own page; the message carries no answer. Whereabouts are told place by place, each a revision:
there, one message for each day on which somebody told for the person.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.engines.notifications import actions as notifications
from linglou.engines.rounds.models import WHEREABOUTS, Source
from linglou.kernel import clock
from linglou.kernel.language import moment

BATCH = 500
LOOK_BACK = timedelta(days=2)  # after a longer outage of the worker the older ones stand on the person's page only

SUBJECT = _("有人替您填报了：{title}")
MAY_CORRECT = _(
    "{by}（{source}）于 {at} 替您填报了“{title}”。如与实际不符，请在 {until} 前自行更正；您更正以后就算您本人填报。"
)
IS_LATE = _(
    "{by}（{source}）于 {at} 替您补报了“{title}”。这一轮已经截止，按迟报记录，不改变结账结果。如与实际不符，请联系辅导员。"
)
SOMEBODY = _("已不在名册的人员")

SQL = """
    SELECT school_id, round_id, respondent_id, told_as, source, name, at, is_late, title, closes_at, purpose
    FROM (
        SELECT DISTINCT ON (v.school_id, told_as) v.*, told_as, b.name, r.title, r.closes_at, r.purpose
        FROM rounds_revision v
        JOIN rounds_round r ON r.id = v.round_id AND r.asks = 'people'
        LEFT JOIN people_person b ON b.id = v.by_id
        CROSS JOIN LATERAL (SELECT 'proxy:' || v.round_id || ':' || v.respondent_id || ':' || CASE r.purpose
            WHEN %(whereabouts)s THEN 'by' || coalesce(v.by_id, 0) || ':' || (v.at AT TIME ZONE %(zone)s)::date
            ELSE v.revision::text END AS told_as) k
        WHERE v.source <> 'self' AND v.at > %(since)s AND v.day >= %(since_day)s
        ORDER BY v.school_id, told_as, v.at
    ) proxied
    WHERE NOT EXISTS (SELECT FROM notifications_notification n WHERE n.school_id = proxied.school_id AND n.key = proxied.told_as)
    ORDER BY at LIMIT %(batch)s
"""


@dataclass(frozen=True)
class Proxy:
    """One report by somebody else, of which the person has not been told."""

    school_id: int
    round_id: int
    person_id: int
    key: str
    source: str
    by: str | None
    at: datetime
    is_late: bool
    title: str
    closes_at: datetime
    purpose: str


@transaction.atomic
def run(*, at: datetime) -> int:
    """How many were told."""
    by_school: dict[int, list[Proxy]] = defaultdict(list)
    for proxy in _untold(at):
        by_school[proxy.school_id].append(proxy)
    told = 0
    for school_id, proxies in by_school.items():
        messages = [_message(proxy) for proxy in proxies]
        told += notifications.notify_many(school_id=school_id, topic="proxy", messages=messages, at=at)
    return told


def _untold(at: datetime) -> list[Proxy]:
    since = at - LOOK_BACK
    # A round may be answered late days after its own day; the bound only spares the months before.
    since_day: date = (since - timedelta(days=31)).date()
    with connection.cursor() as cursor:
        cursor.execute(
            SQL,
            {"since": since, "since_day": since_day, "batch": BATCH, "whereabouts": WHEREABOUTS, "zone": clock.CAMPUS_ZONE.key},
        )
        return [Proxy(*row) for row in cursor.fetchall()]


def _message(proxy: Proxy) -> notifications.Message:
    body = format_lazy(
        IS_LATE if proxy.is_late else MAY_CORRECT,
        by=proxy.by or SOMEBODY,
        source=Source(proxy.source).label,
        at=moment(proxy.at),
        title=proxy.title,
        until=moment(proxy.closes_at),
    )
    return notifications.Message(
        key=proxy.key,
        person_id=proxy.person_id,
        subject=format_lazy(SUBJECT, title=proxy.title),
        body=body,
        link="/movement/mine/" if proxy.purpose == WHEREABOUTS else f"/report/{proxy.round_id}/done/",
    )
