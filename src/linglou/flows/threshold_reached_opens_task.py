"""A threshold that is reached opens a clocked task for the clinic and the prevention office, and for the counsellors of a class or
room, and tells them.

Whatever counts and has not been taken account of is evaluated first. The task's clock is half of the rule's (``rules.task_minutes``): when
it climbs, there is still time to report. Titles and messages name the place only; what was counted stands on the alert's page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.surveillance import actions as surveillance
from linglou.domains.surveillance import rules
from linglou.domains.surveillance.models import Alert, AlertPerson, State
from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.flows.batches import drain
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post
from linglou.kernel.language import moment

BATCH = 100

KIND = task_rules.declare(
    task_rules.Kind(
        rules.TASK_KIND,
        _("处置预警"),
        {
            "checked": _("已核实情况"),
            "reported": _("已报告疾控机构"),
            "no-action": _("核实后无需处置"),
        },
        page=rules.page_of,
        page_label=_("打开预警"),
        is_done_there=True,
    )
)

SUBJECT = _("预警待处置：{place}")
WORDS_BY_TIME = _("{place}达到一条预警规则，请立即核实，并在 {until} 前处置完毕。")
WORDS_AT_ONCE = _("{place}达到一条须立即报告的预警规则，请马上打开核实、报告。")


@dataclass(frozen=True)
class Duty:
    """Somebody has to see to an alert. ``unit_id``: whose responsible chain the task climbs. ``told``: all who hold the post."""

    alert: Alert
    who: str
    role: Role
    unit_id: int
    owner_id: int | None
    told: tuple[int, ...]


def run(*, at: datetime) -> int:
    """Evaluate what is due, and hand out every alert that has not flowed yet; how many of both."""
    return surveillance.evaluate(at=at) + drain(_flow_batch, at)


@transaction.atomic
def _flow_batch(at: datetime) -> int:
    waiting = Alert.objects.select_for_update(skip_locked=True, of=("self",)).filter(flowed_at=None)
    alerts = list(waiting.select_related("unit").order_by("-rank", "opened_at", "pk")[:BATCH])
    live = [alert for alert in alerts if alert.state == State.NEW]
    places = people.labels_of({alert.unit for alert in live})
    by_school: dict[int, list[Duty]] = defaultdict(list)
    for duty in duties_of(live, at):
        by_school[duty.alert.school_id].append(duty)
    for school_id, duties in by_school.items():
        _open_tasks(school_id, duties, places, at)
        _tell(school_id, duties, places, at)
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(flowed_at=at, told_n=F("n"))
    return len(alerts)


def duties_of(alerts: Sequence[Alert], at: datetime) -> Iterable[Duty]:
    """Who has to see to each alert, by the posts that are held now."""
    classes = _classes(alerts)
    chains = people.chains_by_unit({unit for alert in alerts for unit in (alert.unit_id, *classes[alert.pk])}, at=at)
    posts = Post.objects.filter(
        role__in=(Role.CLINIC, Role.PREVENTION_OFFICE), school_id__in={alert.school_id for alert in alerts}
    )
    held = sorted(people.in_force(posts, at).values_list("role", "person_id", "unit__path"))
    for alert in alerts:
        for role in (Role.CLINIC, Role.PREVENTION_OFFICE):
            holders = [person for of, person, path in held if of == role and alert.unit.path.startswith(path)]
            # Those of one post share the alerts evenly; any of them may act on any.
            owner = holders[alert.pk % len(holders)] if holders else _first_above(chains[alert.unit_id])
            yield Duty(alert, role, role, alert.unit_id, owner, tuple(holders) or ((owner,) if owner else ()))
        counsellors: dict[int, int] = {}
        for unit_id in classes[alert.pk]:
            for link in chains[unit_id]:
                for role, person_id in link:
                    if role is Role.COUNSELLOR:
                        counsellors.setdefault(person_id, unit_id)
        for person_id, unit_id in sorted(counsellors.items()):
            yield Duty(alert, f"{Role.COUNSELLOR}-{person_id}", Role.COUNSELLOR, unit_id, person_id, (person_id,))


def _classes(alerts: Sequence[Alert]) -> dict[int, list[int]]:
    """Alert -> the units whose counsellors are concerned: the class itself; those of a room's people, or of the person."""
    found: dict[int, list[int]] = {alert.pk: [alert.unit_id] if alert.scope in ("class", "person") else [] for alert in alerts}
    rooms = [alert.pk for alert in alerts if alert.scope == "room"]
    counted = AlertPerson.objects.filter(alert_id__in=rooms, left_at=None, unit__isnull=False)
    for alert_id, unit_id in counted.order_by("alert_id", "unit_id").values_list("alert_id", "unit_id").distinct():
        if unit_id:
            found[alert_id].append(unit_id)
    return found


def _first_above(chain: list[list[tuple[Role, int]]]) -> int | None:
    """The post is vacant: the nearest link of the chain that owns tasks."""
    step = task_rules.next_step(chain, owner_role="", owner_id=None)
    return step.person_id if step else None


def _minutes(alert: Alert) -> int | None:
    """What the rule in force gave when the alert was opened; None: promptly."""
    return None if alert.act_by is None else int((alert.act_by - alert.opened_at).total_seconds() // 60)


def _open_tasks(school_id: int, duties: Sequence[Duty], places: dict[int, str], at: datetime) -> None:
    tasks.open_many(
        school_id=school_id,
        kind=KIND.key,
        at=at,
        tasks=[
            tasks.NewTask(
                key=rules.task_key(duty.alert.pk, duty.alert.opening, duty.who),
                title=f"处置预警（{places[duty.alert.unit_id]}）",
                due_at=at + timedelta(minutes=rules.task_minutes(_minutes(duty.alert))),
                owner_id=duty.owner_id,
                owner_role=duty.role if duty.owner_id else "",
                unit_id=duty.unit_id,
                climbs_every_minutes=rules.climbs_every(_minutes(duty.alert)),
            )
            for duty in duties
        ],
    )


def _tell(school_id: int, duties: Sequence[Duty], places: dict[int, str], at: datetime) -> None:
    messages: dict[str, notifications.Message] = {}
    for duty in duties:
        alert, place = duty.alert, places[duty.alert.unit_id]
        words: Any = WORDS_BY_TIME
        until = alert.act_by or at + timedelta(minutes=rules.PROMPTLY_MINUTES)
        if until <= at:
            words = WORDS_AT_ONCE
        for person_id in duty.told:
            key = f"alert:{alert.pk}:{alert.opening}:{person_id}"
            messages[key] = notifications.Message(
                key=key,
                person_id=person_id,
                subject=format_lazy(SUBJECT, place=place),
                body=format_lazy(words, place=place, until=moment(until)),
                link=rules.page_of(f"{rules.tasks_of(alert.pk)}"),
            )
    notifications.notify_many(school_id=school_id, topic="alert", messages=list(messages.values()), at=at)
