"""Questionnaires as people fill them in, and the centre's people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from linglou.domains.care.counselling import actions
from linglou.domains.care.models import Assessment
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock
from tests.factories.people import actor, holder

CALM = (0, 1, 1, 1, 0, 0, 1, 0, 0)  # PHQ-9: 4
SELF_HARM = (0, 1, 1, 1, 0, 0, 1, 0, 1)  # PHQ-9: 5, and the last item


def centre(school: Unit, *, phone: str = "") -> Person:
    made = holder(Role.COUNSELLING, school)
    if phone:
        made.phone = phone
        made.save()
    return made


def assessment(
    person: Person, answers: Sequence[int] = CALM, *, instrument: str = "phq-9", by: Actor | None = None, at: datetime | None = None
) -> Assessment:  # fmt: skip
    """Filled in by the person, unless somebody did so with them."""
    return actions.assess(person=person, instrument=instrument, answers=answers, by=by or actor(person), at=at or clock.now())
