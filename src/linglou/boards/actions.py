"""What the boards' pages do: close a round with everything that follows from it."""

from __future__ import annotations

from datetime import datetime

from linglou.engines.rounds.models import Closing, Round
from linglou.flows import close_opens_search_tasks
from linglou.foundation.access.actor import Actor


def close_round(*, round_: Round, at: datetime, by: Actor | None) -> Closing:
    """Close, and open a search task for everyone missing, in one transaction. Raises what ``closing.close`` raises."""
    return close_opens_search_tasks.close(round_=round_, at=at, by=by)
