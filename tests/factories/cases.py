"""Cases as the clinic opens them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from linglou.domains.cases import actions
from linglou.domains.cases.actions import NewFindings, Specimen
from linglou.domains.cases.models import Case
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock
from tests.factories.people import actor, holder

# What makes a suspected case of measles, and then a confirmed one.
SUSPECTED = {"fever": True, "rash-maculopapular": True, "catarrh": True}
CONFIRMED = SUSPECTED | {"symptoms": True, "igm-positive": True}


def clinic(school: Unit) -> Actor:
    return actor(holder(Role.CLINIC, school))


def case(person: Person, unit: Unit, *, by: Actor, at: datetime | None = None, **changes: Any) -> Case:
    """A suspected case of measles, its definition met."""
    at = at or clock.now()
    given: dict[str, Any] = {
        "disease": "measles", "event": "suspect", "diagnosed_at": at, "findings": NewFindings(said=SUSPECTED),
    }  # fmt: skip
    return actions.open_case(person=person, unit=unit, by=by, at=at, **(given | changes))


def confirmed(
    person: Person, unit: Unit, *, by: Actor, at: datetime | None = None, laboratory: str = "", **changes: Any
) -> Case:  # fmt: skip
    """A suspected case of measles that a laboratory confirmed: it can be taken back, and owes two reports."""
    at = at or clock.now()
    opened = case(person, unit, by=by, at=at, **changes)
    specimens = {"igm-positive": Specimen("血清", laboratory, at)}
    actions.record_findings(case=opened, findings=NewFindings(said=CONFIRMED, specimens=specimens), by=by, at=at)
    return actions.decide(case=opened, event="confirm", diagnosed_at=at, by=by, at=at)
