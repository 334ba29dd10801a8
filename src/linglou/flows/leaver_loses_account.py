"""Whoever has left the school cannot log in from the day on which they left: account, sessions, tokens and a waiting code end. Whoever
comes back gets the account back.

Leaving is a membership that ended: by a confirmed leaver of an import, or by the page of a person. Memberships are append-only, so
what is new since the last look is found by its key; ends that were planned for a day are found by looking at everybody once an hour.
"""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache
from django.db.models import Max

from linglou.foundation.accounts import actions as accounts
from linglou.foundation.people.models import Membership

BATCH = 500  # in one tick; the rest follows in the next
LOOKED_KEY = "flows:leavers-looked"
A_DAY = 86400
OVERLAP = 1000  # facts whose transaction began earlier and ended later than the last one seen
MANY = 5000  # more than that, and looking at everybody is cheaper


def run(*, at: datetime) -> int:
    """How many accounts ended or came back."""
    newest = Membership.objects.aggregate(newest=Max("pk"))["newest"] or 0
    looked = (f"{at:%Y-%m-%d %H}", newest)
    before = cache.get(LOOKED_KEY)
    if before == looked:
        return 0
    person_ids = _concerned(before[1]) if before and before[0] == looked[0] else None
    ended = accounts.end_for_leavers(at=at, limit=BATCH, person_ids=person_ids)
    restored = accounts.restore_for_returners(at=at, limit=BATCH, person_ids=person_ids)
    if max(ended, restored) < BATCH:
        cache.set(LOOKED_KEY, looked, A_DAY)
    return ended + restored


def _concerned(seen: int) -> list[int] | None:
    """Of whom something is new; None: so many that everybody is looked at."""
    rows = Membership.objects.filter(pk__gt=seen - OVERLAP).order_by().values_list("person_id", flat=True)
    person_ids = list(rows.distinct()[: MANY + 1])
    return person_ids if len(person_ids) <= MANY else None
