"""A round whose time is over is closed, each in its own transaction, with everything that follows from a close."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from linglou.engines.rounds import queries
from linglou.engines.rounds.models import Round
from linglou.engines.rounds.problems import ALREADY_CLOSED
from linglou.flows import close_opens_search_tasks
from linglou.kernel.problems import Problem

log = logging.getLogger(__name__)

# A round that would not close is not recounted every second: a recount of a large school takes seconds.
TRY_AGAIN_AFTER = timedelta(minutes=5)
_not_before: dict[int, datetime] = {}


def run(*, at: datetime) -> int:
    """Close what is due; how many. Raises the last failure after all others were tried."""
    closed = 0
    failure: Exception | None = None
    for round_id in queries.due_to_close(at):
        if _not_before.get(round_id, at) > at:
            continue
        try:
            close_opens_search_tasks.close(round_=Round.objects.get(pk=round_id), at=at, by=None)
            closed += 1
        except Problem as problem:
            if problem.kind is ALREADY_CLOSED:  # another process was quicker
                continue
            failure = problem
        except Exception as error:
            failure = error
        else:
            continue
        _not_before[round_id] = at + TRY_AGAIN_AFTER
        log.error("a round could not be closed", extra={"event": "round.close", "round": round_id, "error": str(failure)})
    if failure:
        raise failure
    return closed
