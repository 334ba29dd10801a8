"""An answer that speaks of self-harm, or the highest band: the centre is called at once, in the transaction of the answer.

The task stays in the centre: it climbs from one counsellor to the next and never along the chain of the person, and it is about
nobody, so that no list of tasks names them. Messages say that somebody has to be called, and nothing of whom or why.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from linglou.domains.care.counselling import queries, rules
from linglou.domains.care.models import Assessment
from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.engines.tasks.models import State, Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role

KIND = task_rules.declare(
    task_rules.Kind(
        rules.TASK_KIND,
        _("紧急心理关怀"),
        {"contacted": _("已联系")},
        page=rules.page_of,
        page_label=_("打开并联系"),
        is_done_there=True,
        within=Role.COUNSELLING,
    )
)
TOPIC = "counselling"


def call(assessment: Assessment, *, at: datetime) -> None:
    """One task for a counsellor of the centre, and a message to each."""
    held = queries.supporters(assessment.school_id, at)
    tasks.open_many(
        school_id=assessment.school_id,
        kind=KIND.key,
        at=at,
        tasks=[
            tasks.NewTask(
                key=rules.task_key(assessment.pk),
                title="紧急心理关怀：请立即联系",
                due_at=at + timedelta(minutes=rules.AT_ONCE_MINUTES),
                owner_id=held[assessment.pk % len(held)] if held else None,
                owner_role=Role.COUNSELLING,
                climbs_every_minutes=rules.AT_ONCE_MINUTES,
            )
        ],
    )
    notifications.notify_many(
        school_id=assessment.school_id,
        topic=TOPIC,
        at=at,
        messages=[
            notifications.Message(
                key=f"{rules.task_key(assessment.pk)}:{person_id}",
                person_id=person_id,
                subject=_("有一件紧急的心理关怀事项"),
                body=_("有人需要马上联系。请立即打开名单，排在最前面的就是。"),
                link="/care/counselling/",
            )
            for person_id in held
        ],
    )


def settle(assessments: list[Assessment], *, by: Actor, at: datetime) -> None:
    """Somebody called: the tasks end, without a word of what was said."""
    keys = [rules.task_key(one.pk) for one in assessments]
    for task in Task.objects.filter(school_id=by.school_id, key__in=keys, state=State.OPEN):
        tasks.settle(task=task, outcome="contacted", note="", by=by, at=at)
