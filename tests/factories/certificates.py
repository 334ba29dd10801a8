"""Certificates as the clinic issues them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from linglou.domains.care.certificates import actions
from linglou.domains.care.models import Certificate
from linglou.foundation.access.actor import Actor
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock


def certificate(person: Person, unit: Unit, *, by: Actor, at: datetime | None = None, **changes: Any) -> Certificate:
    """A return certificate that rests on a rule."""
    given: dict[str, Any] = {
        "kind": "return", "content": {"缺课起始": "2026-11-16", "复课日期": "2026-11-23"}, "rule_id": "MEAS-RETURN", "rule_edition": "2",
    }  # fmt: skip
    return actions.issue(person=person, unit=unit, by=by, at=at or clock.now(), **(given | changes))
