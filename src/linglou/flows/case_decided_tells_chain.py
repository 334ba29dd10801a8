"""A case that was decided is told at once to clinic, counsellor, college, office and command, each of whom acknowledges it; and the
report that it asks for becomes a task with the clock of the law.

What is taken back cancels the report that it had asked for. Titles and messages name no person and no disease: those stand on
the case's page, where every look is audited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.cases import rules
from linglou.domains.cases.models import Decision, Report
from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.engines.tasks.models import State, Task
from linglou.flows.batches import drain
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post
from linglou.kernel.language import moment

BATCH = 100
CLIMBS_EVERY_MINUTES = 30
AT_ONCE_MINUTES = 15

TELL = task_rules.declare(
    task_rules.Kind(
        rules.TELL_KIND,
        _("签收病例通报"),
        {"acknowledged": _("已签收")},
        page=rules.page_of,
        page_label=_("打开病例"),
        is_done_there=True,
    )
)
REPORT = task_rules.declare(
    task_rules.Kind(
        rules.REPORT_KIND,
        _("病例上报"),
        {"reported": _("已报出")},
        page=rules.page_of,
        page_label=_("打开病例"),
        is_done_there=True,
    )
)

SUBJECT = _("病例通报待签收：{unit}")
BODY = _("{unit}有一例病例的判定有变化，请在 {until} 前打开病例查看并签收。")
REPORT_SUBJECT = _("病例待上报：{unit}")
REPORT_BODY = _("{unit}有一例病例须在 {until} 前报出，请打开病例核对报告卡。")


def run(*, at: datetime) -> int:
    """Every decision that has not flowed yet; how many."""
    return drain(_flow_batch, at)


@transaction.atomic
def _flow_batch(at: datetime) -> int:
    waiting = Decision.objects.select_for_update(skip_locked=True, of=("self",)).filter(flowed_at=None)
    decisions = list(waiting.select_related("case__unit").order_by("at", "pk")[:BATCH])
    for decision in decisions:
        _cancel_void(decision, at)
        holders = _holders(decision, at)
        if decision.event not in ("merge", "unmerge"):
            _ask_to_acknowledge(decision, holders, at)
        _ask_to_report(decision, holders, at)
    Decision.objects.filter(pk__in=[decision.pk for decision in decisions]).update(flowed_at=at)
    return len(decisions)


def _holders(decision: Decision, at: datetime) -> dict[Role, list[int]]:
    """Who holds each post that is told, nearest link first; the clinic wherever its scope covers the unit."""
    unit = decision.case.unit
    holders: dict[Role, list[int]] = defaultdict(list)
    for link in people.chains_by_unit([unit.pk], at=at)[unit.pk]:
        for role, person_id in link:
            holders[role].append(person_id)
    clinics = people.in_force(Post.objects.filter(role=Role.CLINIC, school_id=unit.in_school), at).order_by("pk")
    holders[Role.CLINIC] = [
        person_id for person_id, path in clinics.values_list("person_id", "unit__path") if unit.path.startswith(path)
    ]
    return holders


def _ask_to_acknowledge(decision: Decision, holders: dict[Role, list[int]], at: datetime) -> None:
    case, due_at = decision.case, at + timedelta(minutes=rules.ACKNOWLEDGE_MINUTES)
    told = {role: holders[role] for role in rules.TOLD if holders[role]}
    tasks.open_many(
        school_id=case.school_id,
        kind=TELL.key,
        at=at,
        tasks=[
            tasks.NewTask(
                key=rules.tell_key(case.pk, decision.pk, role),
                title=f"签收病例通报（{case.unit.name}）",
                due_at=due_at,
                owner_id=held[case.pk % len(held)],
                owner_role=role,
                unit_id=case.unit_id,
                about_id=case.person_id,
                climbs_every_minutes=CLIMBS_EVERY_MINUTES,
            )
            for role, held in told.items()
        ],
    )
    everybody = sorted({person_id for held in told.values() for person_id in held})
    _tell(decision, "told", everybody, SUBJECT, BODY, due_at, at)


def _ask_to_report(decision: Decision, holders: dict[Role, list[int]], at: datetime) -> None:
    case = decision.case
    for report in Report.objects.filter(case=case, sent_at=None, void_at=None, due_at__isnull=False):
        held = holders[Role.CLINIC] or holders[Role.PREVENTION_OFFICE]
        due_at = report.due_at or at
        opened = tasks.open_many(
            school_id=case.school_id,
            kind=REPORT.key,
            at=at,
            tasks=[
                tasks.NewTask(
                    key=rules.report_key(case.pk, report.pk),
                    title=f"上报病例（{case.unit.name}）",
                    due_at=max(due_at, at + timedelta(minutes=AT_ONCE_MINUTES)) if due_at <= at else due_at,
                    owner_id=held[case.pk % len(held)] if held else None,
                    owner_role=Role.CLINIC if holders[Role.CLINIC] else Role.PREVENTION_OFFICE if held else "",
                    unit_id=case.unit_id,
                    about_id=case.person_id,
                    climbs_every_minutes=CLIMBS_EVERY_MINUTES,
                )
            ],
        )
        if opened:
            reporters = sorted({*holders[Role.CLINIC], *holders[Role.PREVENTION_OFFICE]})
            _tell(decision, f"report-{report.pk}", reporters, REPORT_SUBJECT, REPORT_BODY, due_at, at)


def _cancel_void(decision: Decision, at: datetime) -> None:
    """What the case no longer owes is no longer asked for."""
    void = Report.objects.filter(case=decision.case, void_at__isnull=False)
    keys = [rules.report_key(decision.case_id, report.pk) for report in void]
    for task in Task.objects.filter(school_id=decision.case.school_id, key__in=keys, state=State.OPEN):
        tasks.cancel(task=task, note="判定已撤销", by=None, at=at)


def _tell(
    decision: Decision, what: str, person_ids: Iterable[int], subject: Any, body: Any, until: datetime, at: datetime
) -> None:  # fmt: skip
    case = decision.case
    words = {"unit": case.unit.name, "until": moment(until)}
    notifications.notify_many(
        school_id=case.school_id,
        topic="case",
        at=at,
        messages=[
            notifications.Message(
                key=f"case:{case.pk}:{decision.pk}:{what}:{person_id}",
                person_id=person_id,
                subject=format_lazy(subject, **words),
                body=format_lazy(body, **words),
                link=f"/cases/{case.pk}/",
            )
            for person_id in person_ids
        ],
    )
