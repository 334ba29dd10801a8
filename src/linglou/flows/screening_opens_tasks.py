"""Everybody on the screening list has a task with an owner: the counsellor along the responsible chain, for the symptomatic the
clinic; it ends with the screening. Owners hear how many, each person hears that there is something to read, both without names
or reasons. (A contact of a case is told by ``contact_confirmed_is_told``, and not twice.)"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.movement.models import Category, Screening, State
from linglou.domains.movement.rules import OUTCOMES, TASK_KIND, page_of, task_key
from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.flows.batches import drain
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

BATCH = 2000
CLIMBS_EVERY_MINUTES = 240
CHAIN = "chain"  # in a task's key: whoever the responsible chain names

KIND = task_rules.declare(
    task_rules.Kind(
        TASK_KIND,
        _("排查核实"),
        dict(OUTCOMES),
        page=page_of,
        page_label=_("打开排查"),
        is_done_there=True,
    )
)


def run(*, at: datetime) -> int:
    """Every screening that opened, became more urgent or ended since it last flowed; how many."""
    return drain(_flow_batch, at)


@transaction.atomic
def _flow_batch(at: datetime) -> int:
    waiting = Screening.objects.select_for_update(skip_locked=True, of=("self",)).filter(flowed_at=None)
    found = list(waiting.select_related("unit").order_by("changed_at", "pk")[:BATCH])
    by_school: dict[int, list[Screening]] = defaultdict(list)
    for one in found:
        by_school[one.school_id].append(one)
    for school_id, screenings in by_school.items():
        _open(school_id, [one for one in screenings if one.state == State.OPEN], at)
        _close(school_id, [one for one in screenings if one.state != State.OPEN], at)
    Screening.objects.filter(pk__in=[one.pk for one in found]).update(flowed_at=at)
    return len(found)


def _open(school_id: int, screenings: list[Screening], at: datetime) -> None:
    if not screenings:
        return
    owners = dict(_owners(school_id, screenings, at))
    minutes = rulebook.screening_clocks(clock.day_of(at))
    new = [
        tasks.NewTask(
            key=task_key(one.pk, Role.CLINIC if one.category == Category.SYMPTOMATIC else CHAIN),
            title=f"排查核实（{one.unit.name}）",
            due_at=at + timedelta(minutes=minutes[one.category]),
            owner_id=owners[one.pk][0],
            owner_role=owners[one.pk][1],
            unit_id=one.unit_id,
            about_id=one.person_id,
            climbs_every_minutes=CLIMBS_EVERY_MINUTES,
        )
        for one in screenings
    ]
    opened = tasks.open_many(school_id=school_id, kind=KIND.key, tasks=new, at=at)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "school": school_id,
            "screening": [one.pk for one in screenings],
            "key": [task.key for task in new],
        }
        cursor.execute(TASK_SQL, values)
    _tell(school_id, screenings, [task.owner_id for task in opened if task.owner_id], at)


# The latest task is the one that counts: whoever fell ill is the clinic's.
TASK_SQL = """
    UPDATE movement_screening s SET task_id = t.id
    FROM unnest(%(screening)s::bigint[], %(key)s::text[]) AS n(id, key)
    JOIN tasks_task t ON t.school_id = %(school)s AND t.key = n.key
    WHERE s.id = n.id
"""


def _owners(school_id: int, screenings: list[Screening], at: datetime) -> Iterable[tuple[int, tuple[int | None, str]]]:
    """Screening -> its owner and the role by which it is theirs. The clinic's staff share the symptomatic evenly."""
    chain = people.owners_by_unit(school_id, at=at, unit_ids={one.unit_id for one in screenings})
    posts = Post.objects.filter(role=Role.CLINIC, school_id=school_id)
    clinics = sorted(people.in_force(posts, at).values_list("person_id", "unit__path"))
    for one in screenings:
        near = [person_id for person_id, path in clinics if one.unit.path.startswith(path)]
        if one.category == Category.SYMPTOMATIC and near:
            yield one.pk, (near[one.pk % len(near)], Role.CLINIC.value)
        else:
            yield one.pk, (chain.get(one.unit_id), "")


def _tell(school_id: int, screenings: list[Screening], owner_ids: list[int], at: datetime) -> None:
    stamp = f"{screenings[0].pk}:{at.timestamp():.0f}"
    messages = [
        notifications.Message(
            key=f"screening:{stamp}:{owner_id}",
            person_id=owner_id,
            subject=format_lazy(_("{n} 人需要排查核实"), n=count),
            body=_("请打开排查名单，逐人联系核实并记录结果，逾期将上报责任链的上一级。"),
            link="/movement/screening/",
        )
        for owner_id, count in Counter(owner_ids).items()
    ]
    messages += [
        notifications.Message(
            key=f"screened:{one.pk}",
            person_id=one.person_id,
            subject=_("请查看“我的去向”"),
            body=_("学校正在核实您的去向。原因和接下来做什么，都写在“我的去向”页上。"),
            link="/movement/mine/",
        )
        for one in screenings
        if one.category != Category.CONTACT
    ]
    notifications.notify_many(school_id=school_id, topic="screening", messages=messages, at=at)


def _close(school_id: int, screenings: list[Screening], at: datetime) -> None:
    for state, event, note in (
        (State.SETTLED, "settle", "排查已办结"), (State.LIFTED, "cancel", "排查已解除"),
    ):  # fmt: skip
        ended = [one.pk for one in screenings if one.state == state]
        keys = [task_key(pk, role) for pk in ended for role in (CHAIN, Role.CLINIC)]
        tasks.end_many(school_id=school_id, keys=keys, event=event, note=note, at=at)
