"""Pure decisions about deliveries: how long to wait before the next try, and when to give up."""

from __future__ import annotations

from datetime import timedelta

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MAX_TRIES = 8  # with the waits above: about three hours

# A delivery that was claimed and neither sent nor failed (its worker died) is tried again after this long. It must exceed what a
# batch can take: see ``sending.TIMEOUT_SECONDS``.
LEASE = timedelta(minutes=3)


def wait_after(tries: int) -> timedelta:
    """How long to wait after the ``tries``-th failure: 1, 2, 4 ... minutes, at most an hour."""
    doubled: timedelta = FIRST_WAIT * 2 ** (tries - 1)
    return min(doubled, LONGEST_WAIT)


def is_over(tries: int) -> bool:
    """Whether no further try follows the ``tries``-th failure."""
    return tries >= MAX_TRIES
