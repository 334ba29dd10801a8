"""When nobody of the counselling centre has called within an hour (or nobody holds that post), the prevention office and the command
group hear that the centre does not answer: not about whom, nor why. They call the centre, or send somebody there."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.counselling import escalation, rules
from linglou.domains.care.models import Assessment
from linglou.engines.notifications import actions as notifications
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people

BATCH = 100
TOLD = (Role.PREVENTION_OFFICE, Role.COMMAND_GROUP)


@transaction.atomic
def run(*, at: datetime) -> int:
    """Every urgent assessment that nobody answers; how many."""
    waiting = Assessment.objects.select_for_update(skip_locked=True).filter(is_urgent=True, answered_at=None, called_at=None)
    called = [one for one in waiting.order_by("taken_at", "pk")[:BATCH] if _is_left_alone(one, at)]
    for one in called:
        notifications.notify_many(
            school_id=one.school_id,
            topic=escalation.TOPIC,
            at=at,
            messages=[
                notifications.Message(
                    key=f"counselling-late:{one.pk}:{person_id}",
                    person_id=person_id,
                    subject=_("心理咨询中心有紧急事项无人处理"),
                    body=_("一件紧急事项已超时没有人接手。请立即联系中心负责人，安排人员处理；详情只有中心能看到。"),
                )
                for role in TOLD
                for person_id in people.holders_of(role, school_id=one.school_id, at=at)
            ],
        )
    Assessment.objects.filter(pk__in=[one.pk for one in called]).update(called_at=at)
    return len(called)


def _is_left_alone(one: Assessment, at: datetime) -> bool:
    if at - one.taken_at >= rules.UNANSWERED:
        return True
    return not people.holders_of(Role.COUNSELLING, school_id=one.school_id, at=at)
