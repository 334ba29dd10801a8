"""Somebody under observation whom nobody has checked by the evening, neither by a check that they answered nor by a visit in the log, is
the responsible person's task at once, and climbs. Once they are checked the task is done."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.care import checks, rules
from linglou.domains.care.models import Observation, ObservationState, Plan
from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.engines.tasks.models import State, Task
from linglou.kernel import clock

FIRST_CLOCK = timedelta(minutes=60)
CLIMBS_EVERY_MINUTES = 30

KIND = task_rules.declare(
    task_rules.Kind(
        rules.UNCHECKED_KIND,
        _("今天没有人查看"),
        {
            "checked": _("已查看，记入日志"),
            "reached": _("已联系上，平安"),
            "hospital": _("在医院，已核实"),
            "unaccounted": _("联系不上，已上报"),
        },
        page=rules.page_of,
        page_label=_("打开一人一策"),
    )
)
SUBJECT = _("今天还没有人查看：{unit}")
BODY = _("{unit}有一位观察人员今天没有任何体温记录，请马上联系或上门查看，并记入日志。")


@transaction.atomic
def run(*, at: datetime) -> int:
    """How many were raised or settled."""
    day = clock.day_of(at)
    asked = [(task.key, task) for task in Task.objects.filter(kind=KIND.key, state=State.OPEN)]
    evening = clock.moment(day, rules.NOBODY_CHECKED_AT)
    if at < evening and not asked:
        return 0
    by_school: dict[int, dict[int, Plan]] = defaultdict(dict)
    there_by = clock.moment(day, rules.MUST_HAVE_BEEN_THERE_BY)
    if at >= evening:
        watching = Observation.objects.filter(state=ObservationState.WATCHING, opened_at__lte=there_by)
        for one in watching.select_related("plan__unit"):
            by_school[one.school_id][one.person_id] = one.plan
    done = sum(_raise(school_id, plans, at) for school_id, plans in by_school.items())
    return done + _settle([task for _key, task in asked], at)


def _raise(school_id: int, plans: dict[int, Plan], at: datetime) -> int:
    day = clock.day_of(at)
    today = checks.checks_of(school_id, list(plans), first=day, last=day)
    unchecked = [plans[person_id] for person_id, theirs in today.items() if not any(check.at for check in theirs)]
    opened = tasks.open_many(
        school_id=school_id, kind=KIND.key, at=at,
        tasks=[
            tasks.NewTask(
                key=rules.unchecked_key(plan.pk, day), title=f"今天没有人查看（{plan.unit.name}）", due_at=at + FIRST_CLOCK,
                owner_id=plan.responsible_id, unit_id=plan.unit_id, about_id=plan.person_id,
                climbs_every_minutes=CLIMBS_EVERY_MINUTES,
            )
            for plan in unchecked
        ],
    )  # fmt: skip
    keys = {one.key for one in opened}
    notifications.notify_many(
        school_id=school_id, topic="care", at=at,
        messages=[
            notifications.Message(
                key=rules.unchecked_key(plan.pk, day), person_id=plan.responsible_id,
                subject=format_lazy(SUBJECT, unit=plan.unit.name), body=format_lazy(BODY, unit=plan.unit.name),
                link=f"/care/{plan.pk}/",
            )
            for plan in unchecked
            if rules.unchecked_key(plan.pk, day) in keys
        ],
    )  # fmt: skip
    return len(opened)


def _settle(asked: list[Task], at: datetime) -> int:
    """The tasks of people who have been checked since, on the day of the task or later."""
    done: dict[int, list[str]] = defaultdict(list)
    for task in asked:
        first = clock.day_of(task.opened_at)
        if task.about_id is None:
            continue
        found = checks.checks_of(task.school_id, [task.about_id], first=first, last=clock.day_of(at))
        if any(check.at for check in found[task.about_id]):
            done[task.school_id].append(task.key)
    return sum(
        tasks.end_many(school_id=school_id, keys=keys, event="settle", note="", at=at) for school_id, keys in done.items()
    )
