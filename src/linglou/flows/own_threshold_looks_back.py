"""A threshold of the school's own looks, once it holds, at what was already counted: two who fell ill this morning are not missed
because the rule was registered at noon.

Whatever lies within its window is evaluated again by every threshold; what the other rules made of it stays as it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from linglou.domains.surveillance import actions as surveillance
from linglou.foundation.rulebook import actions as rulebook_actions
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

EVENT_DAYS = 31  # an event or a term has no window of days: what became known lately


@transaction.atomic
def run(*, at: datetime) -> int:
    """Every rule of a school's own that began to hold; how many."""
    today = clock.day_of(at)
    found = rulebook.own_rules_to_look_at(today)
    for own in found:
        days = [
            one.row.window_days or EVENT_DAYS for one in rulebook.thresholds_in_force(own.school_id, today) if one.own == own
        ]
        if days:
            surveillance.look_again(school_id=own.school_id, since=today - timedelta(days=max(days) - 1))
        rulebook_actions.look(own, at=at)
    return len(found)
