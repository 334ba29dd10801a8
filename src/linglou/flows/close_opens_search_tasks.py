"""Closing a round opens a search task for everyone still missing, with an owner and a clock, in the same transaction."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.engines.notifications import actions as notifications
from linglou.engines.rounds import closing as closings
from linglou.engines.rounds.models import Asks, Closing, Round
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.foundation.access.actor import Actor
from linglou.foundation.people.models import Person, Unit

FIRST_CLOCK = timedelta(hours=2)
BATCH = 5000

PERSON_KIND = task_rules.declare(
    task_rules.Kind(
        "missing",
        _("查找未报人员"),
        {
            "reached": _("已联系上，平安"),
            "reported": _("已补报"),
            "on-leave": _("请假离校，已核实去向"),
            "hospital": _("在医院，已核实"),
            "unaccounted": _("多方联系不上，已上报"),
        },
        page=lambda key: f"/people/{key.split(':')[2]}/",
        page_label=_("查看联系方式"),
    )
)

# In a round of units: the unit has not answered.
UNIT_KIND = task_rules.declare(
    task_rules.Kind(
        "missing-unit",
        _("催办未报单位"),
        {"reported": _("已补报"), "explained": _("已说明原因")},
        page=lambda key: f"/board/{key.split(':')[2]}/",
        page_label=_("打开单位看板"),
    )
)


@transaction.atomic
def close(*, round_: Round, at: datetime, by: Actor | None) -> Closing:
    """Close, and open what follows. Raises what ``closing.close`` raises; then nothing has happened at all."""
    closing = closings.close(round_=round_, at=at, by=by)
    kind = PERSON_KIND if round_.asks == Asks.PEOPLE else UNIT_KIND
    owed: Counter[int] = Counter()
    rows = closings.missing_rows(closing)
    while batch := list(islice(rows, BATCH)):
        new = _tasks(round_, kind, batch, at)
        tasks.open_many(school_id=round_.school_id, kind=kind.key, tasks=new, at=at)
        owed.update(task.owner_id for task in new if task.owner_id)
    notifications.notify_many(
        school_id=round_.school_id,
        topic="missing",
        at=at,
        messages=[
            notifications.Message(
                key=f"missing:{round_.pk}:{owner_id}",
                person_id=owner_id,
                subject=format_lazy(_("{title}已结账：{n} 项未报待查找"), title=round_.title, n=count),
                body=format_lazy(
                    _("请在 {hours} 小时内逐一查明并记录结果，逾期将上报责任链的上一级。"), hours=FIRST_CLOCK.seconds // 3600
                ),
                link="/tasks/",
            )
            for owner_id, count in owed.items()
        ],
    )
    return closing


def _tasks(round_: Round, kind: task_rules.Kind, missing: list[closings.Missing], at: datetime) -> list[tasks.NewTask]:
    of_people = kind is PERSON_KIND
    ids = [row.respondent_id for row in missing]
    named = Person.objects if of_people else Unit.objects
    names = dict(named.filter(pk__in=ids).values_list("pk", "name"))
    word = "查找未报人员" if of_people else "催办未报单位"
    return [
        tasks.NewTask(
            key=f"missing:{round_.pk}:{row.respondent_id}",
            title=f"{word}：{names[row.respondent_id]}",
            due_at=at + FIRST_CLOCK,
            owner_id=row.owner_id,
            unit_id=row.unit_id,
            about_id=row.respondent_id if of_people else None,
        )
        for row in missing
    ]
