"""Writes of the outbox: tell somebody, deliver what is due, keep channels.

Delivery is at least once: a batch is claimed, sent outside any transaction, and marked. A worker that dies between sending and
marking leaves its claims to expire (``rules.LEASE``), and those few messages may arrive twice; none is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linglou.engines.notifications import access, rules, sending
from linglou.engines.notifications.models import Channel, Delivery, DeliveryState, Notification
from linglou.engines.notifications.problems import BAD_ADDRESS
from linglou.foundation.access.actor import Actor
from linglou.foundation.accounts import queries as accounts
from linglou.foundation.audit import actions as audit
from linglou.foundation.audit import queries as trails
from linglou.foundation.people.models import Unit
from linglou.kernel.common_problems import TOO_MANY_TRIES
from linglou.kernel.problems import FieldError, Problem

BATCH = 16
THREADS = 8
TESTS_AN_HOUR = 10  # anybody may enter any e-mail address: not to be flooded from here


@dataclass(frozen=True, slots=True)
class Message:
    """What to tell one person, or the group of one unit. ``key`` names what is told, so that telling it again does nothing.
    ``subject`` and ``body`` say what to do, never what somebody answered; given as lazy translations (``gettext_lazy``,
    ``format_lazy``, ``kernel.language.moment``) they are worded in the recipient's language. ``link`` is a path of ours."""

    key: str
    subject: Any
    body: Any
    link: str = ""
    person_id: int | None = None
    unit_id: int | None = None


@transaction.atomic
def notify_many(*, school_id: int, topic: str, messages: Sequence[Message], at: datetime) -> int:
    """Put messages in the outbox, in the caller's transaction and in one statement; how many are new. Each stands in the
    person's inbox, and goes through every active channel of the person (or of the unit)."""
    if not messages:
        return 0
    worded = _worded(messages)
    with connection.cursor() as cursor:
        cursor.execute(
            NOTIFY_SQL,
            {
                "school_id": school_id,
                "topic": topic,
                "at": at,
                "person_id": [message.person_id for message in messages],
                "unit_id": [message.unit_id for message in messages],
                "key": [message.key for message in messages],
                "subject": [subject for subject, _body in worded],
                "body": [body for _subject, body in worded],
                "link": [message.link for message in messages],
            },
        )
        return int(cursor.fetchone()[0])


def _worded(messages: Iterable[Message]) -> list[tuple[str, str]]:
    """Subject and body of each message in the language that its recipient has chosen; a group's, and nobody's choice, are in the
    school's."""
    messages = list(messages)
    chosen = accounts.languages_of({message.person_id for message in messages if message.person_id})
    worded = []
    for message in messages:
        with translation.override(chosen.get(message.person_id or 0, settings.LANGUAGE_CODE)):
            worded.append((str(message.subject)[:120], str(message.body)[:600]))
    return worded


NOTIFY_SQL = """
    WITH told AS (
        INSERT INTO notifications_notification (school_id, person_id, unit_id, topic, key, subject, body, link, created_at)
        SELECT %(school_id)s, person_id, unit_id, %(topic)s, key, subject, body, link, %(at)s
        FROM unnest(%(person_id)s::bigint[], %(unit_id)s::bigint[], %(key)s::text[], %(subject)s::text[], %(body)s::text[],
            %(link)s::text[]) AS t(person_id, unit_id, key, subject, body, link)
        ON CONFLICT (school_id, key) DO NOTHING
        RETURNING id, person_id, unit_id
    ), queued AS (
        INSERT INTO notifications_delivery (notification_id, channel_id, state, tries, next_try_at, last_error)
        SELECT told.id, c.id, 'pending', 0, %(at)s, ''
        FROM told JOIN notifications_channel c ON c.is_active AND (c.person_id = told.person_id OR c.unit_id = told.unit_id)
        ORDER BY told.id, c.id
    )
    SELECT count(*) FROM told
"""


def notify(
    *, school_id: int, topic: str, key: str, subject: Any, body: Any, at: datetime, link: str = "",
    person_id: int | None = None, unit_id: int | None = None,
) -> int:  # fmt: skip
    """Tell one person, or one unit's group; 1 when it was new."""
    message = Message(key, subject, body, link, person_id, unit_id)
    return notify_many(school_id=school_id, topic=topic, messages=[message], at=at)


@dataclass(frozen=True, slots=True)
class _Claim:
    delivery_id: int
    channel_id: int
    tries: int
    address: str
    subject: str
    body: str
    link: str


def deliver(*, at: datetime, limit: int = BATCH) -> int:
    """Send up to ``limit`` due deliveries; how many were claimed. No lock is held while sending. Messages of one channel go
    in their order; channels do not wait for each other."""
    claims = _claim(at, limit)
    if not claims:
        return 0
    by_channel: dict[int, list[_Claim]] = defaultdict(list)
    for claim in claims:
        by_channel[claim.channel_id].append(claim)
    sending.load()
    with ThreadPoolExecutor(max_workers=min(THREADS, len(by_channel))) as pool:
        results = [result for sent in pool.map(_send_in_order, by_channel.values()) for result in sent]
    _mark(results, at)
    return len(claims)


@transaction.atomic
def _claim(at: datetime, limit: int) -> list[_Claim]:
    due = (
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=DeliveryState.PENDING, next_try_at__lte=at, channel__is_active=True)
        .select_related("notification", "channel")
        .order_by("next_try_at", "pk")[:limit]
    )
    deliveries = list(due)
    for delivery in deliveries:
        delivery.tries += 1
        delivery.next_try_at = at + rules.LEASE
    Delivery.objects.bulk_update(deliveries, ["tries", "next_try_at"])
    return [
        _Claim(
            delivery.pk, delivery.channel_id, delivery.tries, delivery.channel.address, delivery.notification.subject,
            delivery.notification.body, delivery.notification.link,
        )
        for delivery in deliveries
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Result:
    """``failure`` is '' for sent. ``behind`` counts the tries of the message that failed before this one could be tried."""

    claim: _Claim
    failure: str = ""
    behind: int | None = None


def _send_in_order(claims: list[_Claim]) -> list[_Result]:
    """One channel's messages, in order. When one fails, those after it wait with it."""
    results: list[_Result] = []
    for n, claim in enumerate(claims):
        try:
            sending.send(claim.address, subject=claim.subject, body=claim.body, link=claim.link)
        except sending.NotSent as error:
            results.append(_Result(claim, str(error)))
            results += [_Result(later, str(error), behind=claim.tries) for later in claims[n + 1 :]]
            break
        results.append(_Result(claim))
    return results


@transaction.atomic
def _mark(results: list[_Result], at: datetime) -> None:
    for result in results:
        tries = result.claim.tries
        pending = Delivery.objects.filter(pk=result.claim.delivery_id, state=DeliveryState.PENDING)
        if not result.failure:
            pending.update(state=DeliveryState.SENT, sent_at=at, last_error="")
        elif result.behind is not None:
            pending.update(tries=tries - 1, next_try_at=at + rules.wait_after(result.behind), last_error=result.failure[:200])
        elif rules.is_over(tries):
            pending.update(state=DeliveryState.GAVE_UP, last_error=result.failure[:200])
        else:
            pending.update(next_try_at=at + rules.wait_after(tries), last_error=result.failure[:200])


@transaction.atomic
def add_channel(*, by: Actor, name: str, address: str, at: datetime, unit: Unit | None = None) -> Channel:
    """A channel of one's own, or of a unit's group. Raises ``Problem(BAD_ADDRESS)`` with the field."""
    address = sending.normalise(address)
    kind = sending.kind_of(address)
    if kind is None:
        raise _bad_address(_("无法识别这个地址。"))
    if kind in sending.OWN_SERVER and not access.may_use_any_server(by):
        raise _bad_address(_("请填写电子邮箱，或企业微信、钉钉、飞书群机器人的地址。"))
    channel = Channel.objects.create(
        school_id=by.school_id, person_id=None if unit else by.person_id, unit=unit, name=name.strip()[:80], address=address,
        created_at=at,
    )  # fmt: skip
    _audit(channel, by, at, "channel.add")
    return channel


@transaction.atomic
def remove_channel(*, channel: Channel, by: Actor, at: datetime) -> None:
    """Nothing more goes there; what was queued for it is dropped."""
    _audit(channel, by, at, "channel.remove")
    channel.delete()


@transaction.atomic
def switch_channel(*, channel: Channel, is_active: bool, by: Actor, at: datetime) -> None:
    """Pause or resume; a paused channel gets no new messages."""
    channel.is_active = is_active
    channel.save(update_fields=["is_active"])
    _audit(channel, by, at, "channel.resume" if is_active else "channel.pause")


@transaction.atomic
def send_test(*, channel: Channel, by: Actor, at: datetime) -> Delivery:
    """Queue one message for this channel alone; the worker sends it within seconds and the channels page shows how it went.
    Raises ``Problem(TOO_MANY_TRIES)``."""
    lately = trails.Filter((channel.school_id,), actor_id=by.person_id, action="channel.test", since=at - timedelta(hours=1))
    if len(trails.trail(lately, limit=TESTS_AN_HOUR).entries) >= TESTS_AN_HOUR:
        raise Problem(TOO_MANY_TRIES, retry_after=3600, seconds=3600)
    key = f"test:{channel.pk}:{at.timestamp():.6f}"
    message = Message(
        key, gettext_lazy("零漏：测试消息"), gettext_lazy("收到这条消息，说明通知渠道配置正确。"), person_id=by.person_id
    )
    [(subject, body)] = _worded([message])
    notification = Notification.objects.create(
        school_id=channel.school_id, unit=channel.unit, topic="test", key=key, subject=subject, body=body, link="/channels/",
        created_at=at,
    )  # fmt: skip
    _audit(channel, by, at, "channel.test")
    return Delivery.objects.create(notification=notification, channel=channel, next_try_at=at)


@transaction.atomic
def mark_read(*, person_id: int, at: datetime, notification_id: int | None = None) -> int:
    """One message, or all of them; how many were unread."""
    unread = Notification.objects.filter(person_id=person_id, read_at=None)
    return (unread.filter(pk=notification_id) if notification_id else unread).update(read_at=at)


@transaction.atomic
def purge(*, before: datetime) -> int:
    """Drop messages (with their deliveries) from before a moment."""
    return Notification.objects.filter(created_at__lt=before).delete()[0]


def _bad_address(message: str) -> Problem:
    return Problem(BAD_ADDRESS, (FieldError("address", "bad-address", message),))


def _audit(channel: Channel, by: Actor, at: datetime, action: str) -> None:
    audit.record(
        by=by, school_id=channel.school_id, at=at, action=action, subject_type="channel", subject_id=channel.pk,
        kind=sending.kind_of(channel.address), unit_id=channel.unit_id,
    )  # fmt: skip
