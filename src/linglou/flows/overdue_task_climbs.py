"""An overdue task climbs to the next link of the responsible chain; the new owner and the one before are told."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks

BATCH = 2000  # in one tick; what is left climbs in the next one, so that a bad day does not hold up the other flows


@transaction.atomic
def run(*, at: datetime) -> int:
    climbed = tasks.climb(at=at, limit=BATCH)
    by_school: dict[int, list[tasks.Climbed]] = defaultdict(list)
    for one in climbed:
        by_school[one.task.school_id].append(one)
    for school_id, ones in by_school.items():
        notifications.notify_many(school_id=school_id, topic="climb", messages=_messages(ones), at=at)
    return len(climbed)


def _messages(climbed: list[tasks.Climbed]) -> list[notifications.Message]:
    """One message per person and kind of news, however many tasks moved at once."""
    to: dict[int, list[tasks.Climbed]] = defaultdict(list)
    away: dict[int, list[tasks.Climbed]] = defaultdict(list)
    stayed: dict[int, list[tasks.Climbed]] = defaultdict(list)
    for one in climbed:
        if one.task.owner_id:
            (to if one.moved else stayed)[one.task.owner_id].append(one)
        if one.moved and one.previous_owner_id:
            away[one.previous_owner_id].append(one)
    return [
        *(
            _message("to", owner, ones, _("{n} 项任务逾期，已转由您办理"), _("请立即处理并记录结果。"))
            for owner, ones in to.items()
        ),
        *(
            _message("away", owner, ones, _("{n} 项任务逾期，已上报上一级"), _("请配合接手人，把已掌握的情况告诉对方。"))
            for owner, ones in away.items()
        ),
        *(
            _message("stay", owner, ones, _("{n} 项任务仍未办结"), _("已到责任链顶端，请督促办结并记录结果。"))
            for owner, ones in stayed.items()
        ),
    ]


def _message(what: str, owner_id: int, ones: list[tasks.Climbed], subject: Any, body: Any) -> notifications.Message:
    # A task climbs or is recalled at most once per clock, and the clock is in the key: two batches never share one.
    last = max(ones, key=lambda one: one.task.pk).task
    return notifications.Message(
        key=f"climb:{what}:{owner_id}:{last.pk}:{last.due_at.timestamp():.0f}",
        person_id=owner_id,
        subject=format_lazy(subject, n=len(ones)),
        body=body,
        link="/tasks/",
    )
