"""People under observation, as the flows bring them there."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from linglou.domains.care.models import Observation, Plan
from linglou.domains.care.observation import actions
from linglou.domains.care.observation.actions import NewObservation
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock

_keys = count(1)


def watched(person: Person, unit: Unit, *, at: datetime | None = None, day: int = 5, **changes: Any) -> Observation:
    """A contact of measles on day ``day`` of 21, checked twice a day."""
    at = at or clock.now()
    since: date = clock.day_of(at) - timedelta(days=day)
    told: dict[str, Any] = {
        "source_key": f"contact:{-next(_keys)}", "person_id": person.pk, "unit_id": unit.pk, "ground": "close-contact",
        "disease": "measles", "since": since, "last_day": since + timedelta(days=21), "checks_per_day": 2,
        "places": ("home", "dorm"), "rule_id": "MEAS-OBSERVATION", "rule_edition": "2024",
    }  # fmt: skip
    new = NewObservation(**(told | changes))
    actions.begin(school_id=unit.in_school, observations=[new], by=None, at=at)
    return Observation.objects.select_related("plan").get(source_key=new.source_key)


def plan(person: Person) -> Plan:
    return Plan.objects.get(person=person, state="open")
