"""An observation whose last day is over is decided by the clinic in the morning: let go, or extended. Decided, the task is done."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linglou.domains.care import rules
from linglou.domains.care.models import Observation, ObservationState
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.engines.tasks.models import State, Task
from linglou.foundation.access.roles import Role
from linglou.kernel import clock

ASKED_FROM, DUE_BY = time(7, 0), time(11, 0)

KIND = task_rules.declare(
    task_rules.Kind(
        rules.RELEASE_KIND,
        _("办理解除观察"),
        {"decided": _("已办理")},
        page=rules.page_of,
        page_label=_("打开一人一策"),
        is_done_there=True,
    )
)


@transaction.atomic
def run(*, at: datetime) -> int:
    """How many releases were asked for, or decided since."""
    day = clock.day_of(at)
    if at < clock.moment(day, ASKED_FROM):
        return 0
    over = Observation.objects.filter(state=ObservationState.WATCHING, last_day__lt=day).select_related("plan__unit")
    new: dict[int, list[tasks.NewTask]] = defaultdict(list)
    wanted = set()
    for one in over:
        assert one.last_day is not None
        key = rules.release_key(one.plan_id, one.pk, one.last_day)
        wanted.add((one.school_id, key))
        new[one.school_id].append(
            tasks.NewTask(
                key=key, title=f"办理解除观察（{one.plan.unit.name}）", due_at=max(clock.moment(day, DUE_BY), at),
                owner_id=one.plan.clinician_id or one.plan.responsible_id,
                owner_role=Role.CLINIC if one.plan.clinician_id else "", unit_id=one.plan.unit_id, about_id=one.person_id,
            )
        )  # fmt: skip
    opened = sum(
        len(tasks.open_many(school_id=school_id, kind=KIND.key, tasks=asked, at=at)) for school_id, asked in new.items()
    )
    decided: dict[int, list[str]] = defaultdict(list)
    for task in Task.objects.filter(kind=KIND.key, state=State.OPEN):
        if (task.school_id, task.key) not in wanted:
            decided[task.school_id].append(task.key)
    closed = (
        tasks.end_many(school_id=school_id, keys=keys, event="settle", note="", at=at) for school_id, keys in decided.items()
    )
    return opened + sum(closed)
