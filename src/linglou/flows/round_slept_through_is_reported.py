"""A round that nobody could answer, because the system was down, is written down as not asked, and the prevention office decides what
becomes of the day. Nobody is missing from it: see docs/adr/0008.

Not asked is a slot whose window passed, or all but passed, without its round. Every schedule keeps up to when its slots are accounted
for, so that it does not matter how long the system slept.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.engines.notifications import actions as notifications
from linglou.engines.rounds import actions as rounds
from linglou.engines.rounds import groups, schedules
from linglou.engines.rounds.models import NotAsked, Schedule
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.flows.round_opens_on_schedule import asks_on, is_too_late
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post
from linglou.kernel import clock
from linglou.kernel.language import moment

FIRST_CLOCK = timedelta(hours=4)
MOST_DAYS = 400

KIND = task_rules.declare(
    task_rules.Kind(
        "not-asked",
        _("处理未能填报的轮次"),
        {
            "asked-again": _("已另开一轮补报"),
            "checked-otherwise": _("已用其他方式逐一核实"),
            "left": _("已说明原因，不再补报"),
        },
        page=lambda _key: "/rounds/",
        page_label=_("打开轮次安排"),
    )
)


def run(*, at: datetime) -> int:
    """How many slots were found that nobody was asked."""
    return sum(_account(schedule, at) for schedule in Schedule.objects.filter(is_active=True).select_related("audience"))


@transaction.atomic
def _account(schedule: Schedule, at: datetime) -> int:
    if schedule.accounted_until is None:  # never looked at before: nothing of the past is dug up
        schedules.account(schedule=schedule, until=at)
        return 0
    passed = list(_passed(schedule, schedule.accounted_until, at))
    if not passed:
        return 0
    found = [schedules.record_not_asked(schedule=schedule, day=day, at=at) for day in passed]
    schedules.account(schedule=schedule, until=rounds.window(schedule, passed[-1])[1])
    absent = [one for one in found if one]
    if absent:
        _report(schedule, absent, at)
    return len(absent)


def _passed(schedule: Schedule, since: datetime, at: datetime) -> Iterator[date]:
    """The days whose slot closed after ``since`` and by ``at``, or is so nearly over that it will not be opened."""
    today = clock.day_of(at)
    day = max(clock.day_of(since) - timedelta(days=1), today - timedelta(days=MOST_DAYS))
    while day <= today:
        opens_at, closes_at = rounds.window(schedule, day)
        is_over = closes_at > since and (closes_at <= at or is_too_late(schedule, day, at))
        if is_over and asks_on(schedule, day) and groups.has_anybody(schedule, at=opens_at):
            yield day
        day += timedelta(days=1)


def _report(schedule: Schedule, absent: list[NotAsked], at: datetime) -> None:
    first, last = absent[0], absent[-1]
    owner = people.owners_by_unit(
        schedule.school_id, at=at, roles=[Role.PREVENTION_OFFICE], unit_ids=[schedule.audience_id]
    ).get(schedule.audience_id)
    days = f"{first.day:%m月%d日}" if len(absent) == 1 else f"{first.day:%m月%d日}至{last.day:%m月%d日}共 {len(absent)} 次"
    tasks.open_task(
        school_id=schedule.school_id,
        kind=KIND.key,
        at=at,
        task=tasks.NewTask(
            key=f"not-asked:{first.pk}",
            title=f"未能填报的轮次：{schedule.title}（{days}）",
            due_at=at + FIRST_CLOCK,
            owner_id=owner,
            owner_role=Role.PREVENTION_OFFICE if owner else "",
            unit_id=schedule.audience_id,
        ),
    )
    told = Post.objects.filter(school_id=schedule.school_id, role__in=(Role.PREVENTION_OFFICE, Role.ADMINISTRATOR))
    notifications.notify_many(
        school_id=schedule.school_id,
        topic="not-asked",
        at=at,
        messages=[
            notifications.Message(
                key=f"not-asked:{first.pk}:{person_id}",
                person_id=person_id,
                subject=format_lazy(_("轮次未能填报：{title}"), title=schedule.title),
                body=format_lazy(
                    _(
                        "{since} 至 {until} 之间有 {n} 轮没有开始：系统没有运行，或无法开启。没有人因此被记为未报。"
                        "请防控办决定是否另开一轮，并在任务中记录结果。"
                    ),
                    since=moment(first.opens_at),
                    until=moment(last.closes_at),
                    n=len(absent),
                ),
                link="/tasks/",
            )
            for person_id in sorted(set(people.in_force(told, at).values_list("person_id", flat=True)))
        ],
    )
