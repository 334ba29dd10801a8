"""A signal that somebody settled as suspected, without a case, becomes a task of the clinic: examine, and open the case.

Who opens the case from the signal's page settles the signal by it; a counsellor who settles it as suspected cannot, and must not
be the last who knew.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.cases import rules
from linglou.domains.cases.models import Case
from linglou.domains.signals.models import Signal, State
from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.engines.tasks.models import State as TaskState
from linglou.engines.tasks.models import Task
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post
from linglou.kernel.language import moment

BATCH = 100
MINUTES = 60
LOOKS_BACK = timedelta(days=3)

KIND = task_rules.declare(
    task_rules.Kind(
        rules.OPEN_KIND,
        _("诊察并建立疑似病例"),
        {"opened": _("已建立病例"), "not-a-case": _("诊察后不是疑似病例")},
        page=lambda key: f"/cases/new/?signal={key.split(':')[1]}",
        page_label=_("建立病例"),
    )
)
SUBJECT = _("待诊察的疑似情况：{unit}")
BODY = _("{unit}有一条异常信号已转疑似，请在 {until} 前诊察并建立病例。")


@transaction.atomic
def run(*, at: datetime) -> int:
    """Every signal settled as suspected in the last days that no case came from; how many were asked for."""
    _settle_answered(at)
    asked = Task.objects.filter(kind=KIND.key, school_id=OuterRef("school_id"), about_id=OuterRef("person_id"))
    cases = Case.objects.filter(signal_id=OuterRef("pk"))
    waiting = Signal.objects.filter(
        ~Exists(asked.filter(opened_at__gte=OuterRef("settled_at"))), ~Exists(cases), state=State.SETTLED, outcome="suspected",
        settled_at__gt=at - LOOKS_BACK,
    )  # fmt: skip
    done = 0
    for signal in waiting.select_related("unit").order_by("settled_at", "pk")[:BATCH]:
        done += _ask(signal, at)
    return done


def _ask(signal: Signal, at: datetime) -> int:
    due_at = at + timedelta(minutes=MINUTES)
    posts = Post.objects.filter(role__in=[Role.CLINIC, Role.PREVENTION_OFFICE], school_id=signal.school_id)
    holders = [
        (role, person_id)
        for role, person_id, path in people.in_force(posts, at)
        .order_by("role", "pk")
        .values_list("role", "person_id", "unit__path")
        if signal.unit.path.startswith(path)
    ]
    if not holders:
        return 0
    role, owner_id = holders[0]  # the clinic before the office, in the order of their names
    opened = tasks.open_many(
        school_id=signal.school_id, kind=KIND.key, at=at,
        tasks=[
            tasks.NewTask(
                key=f"{KIND.key}:{signal.pk}:{signal.revision}", title=f"诊察并建立疑似病例（{signal.unit.name}）",
                due_at=due_at, owner_id=owner_id, owner_role=role, unit_id=signal.unit_id, about_id=signal.person_id,
                climbs_every_minutes=MINUTES,
            )
        ],
    )  # fmt: skip
    notifications.notify_many(
        school_id=signal.school_id, topic="case", at=at,
        messages=[
            notifications.Message(
                key=f"case-open:{signal.pk}:{signal.revision}:{person_id}", person_id=person_id,
                subject=format_lazy(SUBJECT, unit=signal.unit.name),
                body=format_lazy(BODY, unit=signal.unit.name, until=moment(due_at)), link=f"/cases/new/?signal={signal.pk}",
            )
            for held, person_id in holders if held == role
        ],
    )  # fmt: skip
    return len(opened)


def _settle_answered(at: datetime) -> None:
    """A case that was opened for the person since answers the task."""
    opened = Case.objects.filter(person_id=OuterRef("about_id"), opened_at__gte=OuterRef("opened_at"))
    for task in Task.objects.filter(Exists(opened), kind=KIND.key, state=TaskState.OPEN):
        tasks.settle(task=task, outcome="opened", note="", by=None, at=at)
