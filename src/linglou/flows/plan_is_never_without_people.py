"""A plan whose responsible person or psychological supporter has left the post goes to whoever holds it now, and they are told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.text import format_lazy

from linglou.domains.care.models import Plan, PlanState
from linglou.domains.care.plans import actions as plans
from linglou.engines.notifications import actions as notifications
from linglou.flows.observation_is_told import YOURS
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post


@transaction.atomic
def run(*, at: datetime) -> int:
    """How many plans were handed on."""
    held = people.in_force(Post.objects.filter(unit__isnull=False), at)
    orphaned = Plan.objects.filter(
        Q(~Exists(held.filter(person_id=OuterRef("responsible_id"))))
        | Q(~Exists(held.filter(person_id=OuterRef("supporter_id")))),
        state=PlanState.OPEN,
    )
    done = 0
    for plan in orphaned.select_related("unit").order_by("pk"):
        for person_id in plans.restaff(plan=plan, at=at):
            done += 1
            notifications.notify_many(
                school_id=plan.school_id, topic="care", at=at,
                messages=[
                    notifications.Message(
                        key=f"plan:{plan.pk}:{person_id}:{at:%Y%m%d}", person_id=person_id,
                        subject=format_lazy(YOURS[0], unit=plan.unit.name), body=format_lazy(YOURS[1], unit=plan.unit.name),
                        link=f"/care/{plan.pk}/",
                    )
                ],
            )  # fmt: skip
    return done
