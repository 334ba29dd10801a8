"""Who comes under observation after the check of the day has opened is asked at once, not tomorrow."""

from __future__ import annotations

from datetime import datetime

from linglou.domains.care import late_checks


def run(*, at: datetime) -> int:
    """How many people were asked; after the checks that are due have opened by themselves."""
    return sum(late_checks.ask(school_id=school_id, at=at) for school_id in late_checks.unasked(at=at))
