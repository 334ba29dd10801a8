"""Rounds with the standard health form, and answers to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from linglou.domains.daily.rules import STANDARD_FORM
from linglou.engines.rounds import actions, publishing
from linglou.engines.rounds.models import Round
from linglou.foundation.people.models import Unit
from linglou.kernel import clock
from tests.factories.people import long_ago
from tests.factories.rounds import schedule

CAMPUS = {"kind": "campus", "place": "东校区 3号楼 201"}


def publish(audience: Unit, *questions: dict[str, Any], title: str = "每日健康填报", key: str = "daily-health") -> None:
    """The standard questions, and after them some of the school's own."""
    publishing.publish_form(
        school_id=audience.school_id or audience.pk, key=key, title=title, questions=[*STANDARD_FORM, *questions], by=None,
        at=long_ago(),
    )  # fmt: skip


def health_round(audience: Unit, *questions: dict[str, Any], at: datetime | None = None, **changes: object) -> Round:
    at = at or clock.now()
    publish(audience, *questions)
    return actions.open_round(schedule=schedule(audience, **changes), day=clock.day_of(at), at=at)


def answers(**changes: Any) -> dict[str, Any]:
    """A normal report, as an API client sends it."""
    return {"temperature": 36.5, "symptoms": [], "where": CAMPUS, "exposure": []} | changes


def typed(**changes: Any) -> dict[str, Any]:
    """A normal report, as the form posts it."""
    return {
        "key": "typed-by-hand-1", "temperature": "36.5", "symptoms": ["none"], "where.kind": "campus",
        "where.place": "东校区 3号楼 201", "exposure": ["none"], "note": "",
    } | changes  # fmt: skip
