"""Call an open round off: nobody owes it any more, nobody is missing from it. What was answered in it stays as it was given."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from linglou.engines.rounds.commit import lock
from linglou.engines.rounds.models import Round, State
from linglou.engines.rounds.problems import NOT_OPEN
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.kernel.problems import Problem


@transaction.atomic
def call_off(*, round_: Round, reason: str, by: Actor | None, at: datetime) -> None:
    """From now on the round is asked of nobody; its slot is not asked again. Raises ``Problem(NOT_OPEN)`` when it is closed."""
    with connection.cursor() as cursor:
        lock(cursor, [round_.pk])
    round_.refresh_from_db()
    if round_.state != State.OPEN:
        raise Problem(NOT_OPEN, title=round_.title)
    round_.state, round_.closed_at = State.VOID, at
    round_.save(update_fields=["state", "closed_at"])
    audit.record(
        by=by, school_id=round_.school_id, at=at, action="round.call-off", subject_type="round", subject_id=round_.pk,
        reason=reason[:200],
    )  # fmt: skip
