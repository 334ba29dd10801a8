"""Guessing receipts is slowed down by address. Finding one never is: a whole campus may stand behind one address."""

from __future__ import annotations

from django.core.cache import cache

from linglou.domains.daily import history
from linglou.kernel.common_problems import TOO_MANY_TRIES
from linglou.kernel.problems import Problem

MISSES = 60  # unknown codes per address and window
WINDOW = 600  # seconds


def look_up(code: str, *, address: str) -> history.Verified | None:
    """What a receipt stands for. Raises ``Problem(TOO_MANY_TRIES)`` to an address that guessed too often, for unknown codes
    only."""
    found = history.verify(code)
    if found is not None:
        return found
    key = f"receipt-misses:{address}"
    if cache.get(key, 0) >= MISSES:
        raise Problem(TOO_MANY_TRIES, retry_after=WINDOW, seconds=WINDOW)
    cache.add(key, 0, WINDOW)
    cache.incr(key)
    return None
