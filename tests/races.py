"""Two processes at the same moment: threads with a connection each, let go together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")
PATIENCE = 20  # seconds


def at_once(work: Callable[[], Result], *, times: int = 2) -> list[Result]:
    """What each of them came to; raises what any of them raised."""
    gate = Barrier(times)

    def let_go() -> Result:
        try:
            gate.wait(PATIENCE)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return [one.result() for one in [pool.submit(let_go) for _n in range(times)]]
