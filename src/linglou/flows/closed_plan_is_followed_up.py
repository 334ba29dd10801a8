"""A closed care plan is looked at once more: on the follow-up date its responsible person is asked how the person is."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linglou.domains.care import rules
from linglou.domains.care.models import Plan, PlanState
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.kernel import clock

ASKED_FROM, DUE_BY = time(8, 0), time(18, 0)
AFTER = timedelta(days=30)  # a follow-up that was slept through is still asked for so long

KIND = task_rules.declare(
    task_rules.Kind(
        rules.FOLLOW_UP_KIND,
        _("一人一策回访"),
        {
            "well": _("已回访，情况良好"),
            "needs-care": _("需要继续关心，已另行安排"),
            "not-reached": _("没有联系上"),
        },
        page=rules.page_of,
        page_label=_("打开一人一策"),
    )
)


@transaction.atomic
def run(*, at: datetime) -> int:
    """How many follow-ups were asked for."""
    day = clock.day_of(at)
    if at < clock.moment(day, ASKED_FROM):
        return 0
    due = Plan.objects.filter(state=PlanState.CLOSED, follow_up_on__lte=day, follow_up_on__gt=day - AFTER).select_related(
        "unit"
    )
    opened = 0
    for plan in due:
        assert plan.follow_up_on is not None
        task = tasks.NewTask(
            key=rules.follow_up_key(plan.pk, plan.follow_up_on), title=f"一人一策回访（{plan.unit.name}）",
            due_at=max(clock.moment(day, DUE_BY), at), owner_id=plan.responsible_id, unit_id=plan.unit_id, about_id=plan.person_id,
        )  # fmt: skip
        opened += len(tasks.open_many(school_id=plan.school_id, kind=KIND.key, tasks=[task], at=at))
    return opened
