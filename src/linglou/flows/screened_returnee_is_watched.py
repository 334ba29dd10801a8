"""Whoever a screening sends into observation is watched until the last day of the screening's window."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from linglou.domains.care import rules
from linglou.domains.care.models import Ground, Observation
from linglou.domains.care.observation import actions as observation
from linglou.domains.care.observation.actions import NewObservation
from linglou.domains.movement.models import Screening
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

AFTER = timedelta(days=45)
OUTCOME = "observed"


def run(*, at: datetime) -> int:
    """How many people came under observation."""
    settled = Screening.objects.filter(outcome=OUTCOME, ended_at__gt=at - AFTER).exclude(category="contact").order_by("pk")
    keys = {f"screening:{one.pk}" for one in settled}
    known = set(Observation.objects.filter(source_key__in=keys).values_list("source_key", flat=True))
    beginning: dict[int, list[NewObservation]] = defaultdict(list)
    for one in settled:
        if (key := f"screening:{one.pk}") in known or one.ended_at is None:
            continue
        day = clock.day_of(one.ended_at)
        window = rulebook.screening(day)
        last_day = one.until_day or day + timedelta(days=window.window_days if window else 0)
        if window is None or last_day < clock.day_of(at):
            continue
        beginning[one.school_id].append(
            NewObservation(
                source_key=key, person_id=one.person_id, unit_id=one.unit_id, ground=Ground.RETURNEE, disease="",
                since=last_day - timedelta(days=window.window_days), last_day=last_day, checks_per_day=_checks_on(day),
                places=("dorm", "isolation-room", "home"), rule_id=one.rule_id, rule_edition=one.rule_edition,
            )
        )  # fmt: skip
    return sum(observation.begin(school_id=school_id, observations=new, by=None, at=at) for school_id, new in beginning.items())


def _checks_on(day: date) -> int:
    """How often a day, by whichever disease of the day asks it of people who come back."""
    asked = (rulebook.observation(disease.slug, Ground.RETURNEE, day) for disease in rulebook.diseases())
    return max((rule.checks_per_day for rule in asked if rule), default=rules.RETURNEE_CHECKS)
