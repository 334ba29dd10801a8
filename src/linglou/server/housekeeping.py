"""What is tidied once a day: expired codes, tokens, sessions and cached counts, old messages; next months'
partitions. (Uploaded rosters are deleted by ``people.roster_import`` itself.)"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db import connection, transaction

from linglou.domains.movement.stays import nights
from linglou.domains.movement.stays import writing as stays
from linglou.engines.notifications import actions as notifications
from linglou.engines.rounds import actions as rounds
from linglou.engines.rounds.models import Reminder
from linglou.foundation.accounts.models import ActivationCode, ApiToken
from linglou.kernel import clock

log = logging.getLogger("linglou.housekeeping")

DONE_KEY = "housekeeping:done"
TRANSIENT = timedelta(days=90)  # privacy.Retention.TRANSIENT
LOCK = 0x4C4C484B


def run_if_due(*, at: datetime) -> bool:
    """Tidy unless it was done on this campus day, by any worker; whether it was done now."""
    day = clock.day_of(at).isoformat()
    if cache.get(DONE_KEY) == day:
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return False
        run(at=at)
        cache.set(DONE_KEY, day, 2 * 86400)
    return True


def run(*, at: datetime) -> dict[str, int]:
    """Every chore; how many rows each removed or made. One that fails is logged and does not stop the others; a database that
    goes away stops them all, and they are done when it is back."""
    done = {}
    for name, chore in CHORES.items():
        try:
            with transaction.atomic():
                done[name] = chore(at)
        except Exception as error:
            if connection.connection is None or connection.connection.closed:
                raise
            done[name] = -1
            log.exception("a chore failed", extra={"event": f"housekeeping.{name}", "error": type(error).__name__})
    log.info("house kept", extra={"event": "housekeeping", "count": done})
    return done


def _codes(at: datetime) -> int:
    return ActivationCode.objects.filter(expires_at__lt=at - TRANSIENT).delete()[0]


def _tokens(at: datetime) -> int:
    gone = at - TRANSIENT
    revoked = ApiToken.objects.filter(revoked_at__lt=gone).delete()[0]
    return revoked + ApiToken.objects.filter(expires_at__lt=gone).delete()[0]


def _sessions(at: datetime) -> int:
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.models import Session

    ended = Session.objects.filter(expire_date__lt=at).delete()[0]
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return ended


def _messages(at: datetime) -> int:
    Reminder.objects.filter(sent_at__lt=at - TRANSIENT).delete()
    return notifications.purge(before=at - TRANSIENT)


def _cached(at: datetime) -> int:
    """What the cache keeps after its time: it looks only when it is full."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM linglou_cache WHERE expires < %s", [at])
        return int(cursor.rowcount)


def _partitions(at: datetime) -> int:
    """This month's and the next two months' partitions of the large tables."""
    first: date = clock.day_of(at).replace(day=1)
    for _month in range(3):
        rounds.ensure_partitions(first)
        stays.ensure_partitions(first)
        first = (first + timedelta(days=32)).replace(day=1)
    return 3


def _nights(at: datetime) -> int:
    """Who slept where, while the beds are as they were."""
    return nights.fill_all(at=at)


CHORES: dict[str, Callable[[datetime], int]] = {
    "partitions": _partitions,
    "codes": _codes,
    "tokens": _tokens,
    "sessions": _sessions,
    "messages": _messages,
    "cached": _cached,
    "nights": _nights,
}
