"""What is brought to the school's isolation rooms today: for how many which meal, what they eat, and whether there is medicine.

For the kitchen and for logistics: by building and room, no name, no diagnosis. A medicine can name a disease, so that what it is stands
there only for those who may know what somebody has; the others read that there is some.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from linglou.domains.care import rules
from linglou.domains.care.models import PlaceKind, Placement, Site
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.kernel import clock


@dataclass(frozen=True)
class Delivery:
    """One person's, at a room. ``diet`` '': nothing special. ``medicine`` None: there is some, and the reader may not know which."""

    room: str
    meals: tuple[str, ...]
    diet: str
    medicine: str | None


@dataclass
class Building:
    site: Site
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def meals(self) -> dict[str, int]:
        """How many of each meal."""
        counts = Counter(meal for one in self.deliveries for meal in one.meals)
        return {meal: counts[meal] for meal in rules.MEALS}

    @property
    def diets(self) -> list[tuple[str, int]]:
        """How many eat what, of those who eat something special; the most frequent first."""
        return Counter(one.diet for one in self.deliveries if one.diet).most_common()


@dataclass(frozen=True)
class Today:
    day: date
    buildings: list[Building]

    @property
    def people(self) -> int:
        return sum(len(building.deliveries) for building in self.buildings)

    @property
    def meals(self) -> dict[str, int]:
        return {meal: sum(building.meals[meal] for building in self.buildings) for meal in rules.MEALS}


@transaction.atomic
def today(actor: Actor, *, at: datetime) -> Today:
    """Today's deliveries in the actor's school. What somebody eats tells of them: each one whose row is shown is on the trail."""
    day = clock.day_of(at)
    dawn = clock.moment(day, time.min)
    placed = (
        Placement.objects.filter(Q(to_at=None) | Q(to_at__gt=dawn), from_at__lt=dawn + timedelta(days=1))
        .filter(room__site__school_id=actor.school_id, room__site__kind=PlaceKind.ISOLATION_ROOM)
        .select_related("room__site", "plan__unit").order_by("room__site__name", "room__name", "from_at")
    )  # fmt: skip
    buildings: dict[int, Building] = {}
    seen = []
    for one in placed:
        room, meals = one.room, rules.meals_of(day, from_at=one.from_at, to_at=one.to_at)
        if room is None or not meals:
            continue
        plan = one.plan
        knows = actor.may(Verb.SEE_WHAT, at=[plan.unit.path])
        building = buildings.setdefault(room.site_id, Building(room.site))
        medicine = plan.medicines.strip()
        building.deliveries.append(Delivery(room.name, meals, plan.meals.strip(), medicine if knows or not medicine else None))
        seen.append(plan.person_id)
    audit.record_reads(by=actor, school_id=actor.school_id, at=at, action="plan.deliveries", person_ids=sorted(set(seen)))
    return Today(day, list(buildings.values()))
