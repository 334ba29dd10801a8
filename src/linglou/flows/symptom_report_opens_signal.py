"""A report that triage found abnormal opens a clocked task for the counsellor and for the clinic, and tells both within seconds.

The intake has written the signal in the transaction of the response; here it gets its owners. The clocks are those of the rule
that fired, in the edition by which it fired. Messages and titles name no person and no symptom: those stand on the signal's
page, where every look is audited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.signals.models import Severity, Signal, State
from linglou.domains.signals.rules import TASK_KIND, clock_minutes, page_of, task_key
from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.flows.batches import drain
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

BATCH = 200
WITHOUT_A_RULE = (Role.COUNSELLOR, Role.CLINIC)
CLIMBS_EVERY_MINUTES = 30

KIND = task_rules.declare(
    task_rules.Kind(
        TASK_KIND,
        _("处置异常信号"),
        {
            "reached": _("已联系本人，情况已核实"),
            "referred": _("已送校医院或就医"),
            "examined": _("校医已诊察"),
            "no-action": _("核实后无需处置"),
        },
        page=page_of,
        page_label=_("打开异常信号"),
        is_done_there=True,
    )
)


URGENT_WORDS = (
    _("紧急信号待处置：{unit}"),
    _("{unit}有一条紧急信号，请在 {until} 前联系本人并处置。"),
)
ABNORMAL_WORDS = (
    _("异常信号待处置：{unit}"),
    _("{unit}有一条异常信号，请在 {until} 前联系本人并处置。"),
)


@dataclass(frozen=True)
class Duty:
    """Somebody has to act on a signal by a moment. ``told`` are all who hold the post: whoever is nearest acts."""

    signal: Signal
    role: Role
    due_at: datetime
    owner_id: int | None
    told: tuple[int, ...]


def run(*, at: datetime) -> int:
    """Every signal that has not flowed yet; how many."""
    return drain(_flow_batch, at)


@transaction.atomic
def _flow_batch(at: datetime) -> int:
    waiting = Signal.objects.select_for_update(skip_locked=True, of=("self",)).filter(flowed_at=None)
    signals = list(waiting.select_related("unit").order_by("raised_at", "pk")[:BATCH])
    by_school: dict[int, list[Duty]] = defaultdict(list)
    for duty in _duties([signal for signal in signals if signal.state == State.NEW], at):
        by_school[duty.signal.school_id].append(duty)
    for school_id, duties in by_school.items():
        _open_tasks(school_id, duties, at)
        _tell(school_id, duties, at)
    Signal.objects.filter(pk__in=[signal.pk for signal in signals]).update(flowed_at=at)
    return len(signals)


def _duties(signals: list[Signal], at: datetime) -> Iterable[Duty]:
    chains = people.chains_by_unit((signal.unit_id for signal in signals), at=at)
    posts = Post.objects.filter(role=Role.CLINIC, school_id__in={signal.school_id for signal in signals})
    clinics = sorted(people.in_force(posts, at).values_list("person_id", "unit__path"))
    for signal in signals:
        holders: dict[Role, list[int]] = defaultdict(list)
        for link in chains[signal.unit_id]:
            for role, person_id in link:
                holders[role].append(person_id)
        holders[Role.CLINIC] = [person_id for person_id, path in clinics if signal.unit.path.startswith(path)]
        for role, minutes in _clocks(signal):
            held = holders[role]
            # The clinic's staff share its signals evenly; any of them may act on any.
            owner_id = held[signal.pk % len(held)] if held else _first_above(chains[signal.unit_id])
            told = tuple(held) or ((owner_id,) if owner_id else ())
            yield Duty(signal, role, at + timedelta(minutes=minutes), owner_id, told)


def _clocks(signal: Signal) -> list[tuple[Role, int]]:
    """Who acts within how many minutes: by the rule's own clocks, else by severity."""
    rule = rulebook.triage_rule(signal.rule_id, signal.rule_edition)
    if rule:
        return [(Role(task.role), task.minutes) for task in rule.tasks]
    minutes = clock_minutes(signal.severity, None)
    return [(role, minutes) for role in WITHOUT_A_RULE] if minutes else []


def _first_above(chain: list[list[tuple[Role, int]]]) -> int | None:
    """The post is vacant: the nearest link of the chain that owns tasks."""
    step = task_rules.next_step(chain, owner_role="", owner_id=None)
    return step.person_id if step else None


def _open_tasks(school_id: int, duties: list[Duty], at: datetime) -> None:
    tasks.open_many(
        school_id=school_id,
        kind=KIND.key,
        at=at,
        tasks=[
            tasks.NewTask(
                key=task_key(duty.signal.pk, duty.signal.revision, duty.role),
                title=f"处置异常信号（{duty.signal.unit.name}）",
                due_at=duty.due_at,
                owner_id=duty.owner_id,
                owner_role=duty.role if duty.owner_id else "",
                unit_id=duty.signal.unit_id,
                about_id=duty.signal.person_id,
                climbs_every_minutes=CLIMBS_EVERY_MINUTES,
            )
            for duty in duties
        ],
    )


def _tell(school_id: int, duties: list[Duty], at: datetime) -> None:
    messages: dict[str, notifications.Message] = {}
    for duty in duties:
        words = URGENT_WORDS if duty.signal.severity == Severity.URGENT else ABNORMAL_WORDS
        subject = format_lazy(words[0], unit=duty.signal.unit.name)
        body = format_lazy(words[1], unit=duty.signal.unit.name, until=f"{clock.local(duty.due_at):%H:%M}")
        for person_id in duty.told:
            key = f"signal:{duty.signal.pk}:{duty.signal.revision}:{person_id}"
            messages[key] = notifications.Message(
                key=key,
                person_id=person_id,
                subject=subject,
                body=body,
                link=f"/signals/{duty.signal.pk}/",
            )
    notifications.notify_many(school_id=school_id, topic="signal", messages=list(messages.values()), at=at)
