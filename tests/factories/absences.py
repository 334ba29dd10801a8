"""Absences through illness as counsellors register them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from linglou.domains.care.absences import actions
from linglou.domains.care.models import Absence
from linglou.foundation.access.actor import Actor
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock


def absence(person: Person, unit: Unit, *, by: Actor, at: datetime | None = None, **changes: Any) -> Absence:
    """Ill for two days, at the dorm, with a cough."""
    at = at or clock.now()
    given: dict[str, Any] = {"from_day": clock.day_of(at) - timedelta(days=2), "symptoms": ["cough"], "whereabouts": "dorm"}
    return actions.register(person=person, unit=unit, by=by, at=at, **(given | changes))


def follow_up(one: Absence, *, by: Actor, at: datetime | None = None, **changes: Any) -> None:
    given: dict[str, Any] = {"course": "better", "outcome": "resting", "care_sought": None, "whereabouts": "dorm", "note": ""}
    actions.follow_up(absence=one, by=by, at=at or clock.now(), **(given | changes))
