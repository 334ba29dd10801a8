"""A change of the list of risk areas, or the beginning of a day, screens everybody of the school again, with a reason for each change."""

from __future__ import annotations

from datetime import datetime

from linglou.domains.movement import rescreening
from linglou.foundation.rulebook import queries as rulebook


def run(*, at: datetime) -> int:
    """How many people were added, changed or lifted. Another process that comes at the same moment finds it done."""
    moved = 0
    for school_id in rulebook.schools_with_risk_regions():
        if rescreening.is_due(school_id, at=at):
            outcome = rescreening.everybody(school_id, at=at)
            moved += outcome.added + outcome.changed + outcome.lifted if outcome else 0
    return moved
