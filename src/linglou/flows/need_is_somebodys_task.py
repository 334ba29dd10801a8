"""What somebody under care asks for becomes a task of whoever can help: logistics, the clinic, the tutor, the psychological supporter,
else the responsible person. Answered on its page, the task is done."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.care import rules
from linglou.domains.care.models import Need
from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.engines.tasks.models import State, Task
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post

BATCH = 200

KIND = task_rules.declare(
    task_rules.Kind(
        rules.NEED_KIND,
        _("答复隔离观察人员的需求"),
        {"answered": _("已答复")},
        page=rules.need_page_of,
        page_label=_("打开需求"),
        is_done_there=True,
    )
)
SUBJECT = _("隔离观察人员的需求待答复：{unit}")
BODY = _("{unit}有人提出需求，请在 {hours} 小时内答复。")


def run(*, at: datetime) -> int:
    """Needs that became tasks, and tasks whose need was answered; how many."""
    return _open(at) + _close(at)


@transaction.atomic
def _open(at: datetime) -> int:
    waiting = Need.objects.select_for_update(skip_locked=True, of=("self",)).filter(flowed_at=None)
    needs = list(waiting.select_related("plan__unit").order_by("raised_at", "pk")[:BATCH])
    by_school: dict[int, list[Need]] = defaultdict(list)
    for need in needs:
        by_school[need.plan.school_id].append(need)
    for school_id, rows in by_school.items():
        owners = {need.pk: _owner(need, at) for need in rows}
        due = {
            need.pk: at + timedelta(minutes=rules.NEED_MINUTES.get(need.kind, rules.NEED_MINUTES_OTHERWISE)) for need in rows
        }
        tasks.open_many(
            school_id=school_id, kind=KIND.key, at=at,
            tasks=[
                tasks.NewTask(
                    key=rules.need_key(need.pk), title=f"答复需求（{need.plan.unit.name}）", due_at=due[need.pk],
                    owner_id=owners[need.pk], unit_id=need.plan.unit_id, about_id=need.plan.person_id,
                )
                for need in rows
            ],
        )  # fmt: skip
        notifications.notify_many(
            school_id=school_id, topic="care", at=at,
            messages=[
                notifications.Message(
                    key=rules.need_key(need.pk), person_id=owners[need.pk],
                    subject=format_lazy(SUBJECT, unit=need.plan.unit.name),
                    body=format_lazy(BODY, unit=need.plan.unit.name, hours=int((due[need.pk] - at).total_seconds() // 3600)),
                    link=rules.need_page_of(rules.need_key(need.pk)),
                )
                for need in rows
            ],
        )  # fmt: skip
    Need.objects.filter(pk__in=[need.pk for need in needs]).update(flowed_at=at)
    return len(needs)


def _owner(need: Need, at: datetime) -> int:
    plan = need.plan
    named = getattr(plan, f"{rules.NEED_PEOPLE.get(need.kind, 'responsible')}_id")
    role = rules.NEED_ROLES.get(need.kind)
    if role:
        posts = people.in_force(Post.objects.filter(school_id=plan.school_id, role=role), at).order_by("pk")
        named = rules.even(list(posts.values_list("person_id", flat=True)), plan.person_id)
    return int(named or plan.responsible_id)


def _close(at: datetime) -> int:
    asked = Task.objects.filter(kind=KIND.key, state=State.OPEN).values_list("school_id", "key")
    by_need = {int(key.split(":")[1]): (school_id, key) for school_id, key in asked}
    answered = Need.objects.filter(pk__in=by_need, answered_at__isnull=False).values_list("pk", flat=True)
    keys: dict[int, list[str]] = defaultdict(list)
    for need_id in answered:
        school_id, key = by_need[need_id]
        keys[school_id].append(key)
    return sum(
        tasks.end_many(school_id=school_id, keys=done, event="settle", note="", at=at) for school_id, done in keys.items()
    )
