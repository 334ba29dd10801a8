"""The contact log: who tried to reach a missing person, when, and what came of it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from linglou.engines.rounds.models import Attempt, ContactAttempt, Round
from linglou.engines.rounds.problems import NOT_ON_ROSTER
from linglou.engines.rounds.queries import place_of
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Person
from linglou.kernel.problems import Problem


@transaction.atomic
def log(*, round_: Round, person: Person, result: Attempt, by: Actor, at: datetime, note: str = "") -> ContactAttempt:
    """Log one attempt; also after the close, when somebody is still looked for. Raises ``Problem(NOT_ON_ROSTER)``."""
    if place_of(round_, person.pk) is None:
        raise Problem(NOT_ON_ROSTER)
    attempt = ContactAttempt.objects.create(
        school_id=round_.school_id, round=round_, person=person, by_id=by.person_id, at=at, result=result, note=note
    )
    audit.record(
        by=by, school_id=round_.school_id, at=at, action="contact.log", subject_type="round", subject_id=round_.pk,
        person_id=person.pk, result=result.value,
    )  # fmt: skip
    return attempt
