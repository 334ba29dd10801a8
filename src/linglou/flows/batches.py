"""Flows that take what waits in batches, each in a transaction of its own, until nothing waits any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


def drain(batch: Callable[[datetime], int], at: datetime) -> int:
    """Call ``batch`` until it finds nothing; how much it did in all."""
    done = 0
    while found := batch(at):
        done += found
    return done
