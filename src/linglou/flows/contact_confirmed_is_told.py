"""A confirmed contact learns that, and when the last contact was, never of whom; the counsellor learns how many of the unit are.

One who was told and is then found to be none is told that too.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.cases.models import Contact, ContactState
from linglou.engines.notifications import actions as notifications
from linglou.engines.notifications.models import Notification
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.foundation.access.roles import Role
from linglou.foundation.people import queries as people
from linglou.kernel.language import day

BATCH = 500
MINUTES = 120
LIST = "/cases/contacts/"

KIND = task_rules.declare(
    task_rules.Kind(
        "contact",
        _("通知并安排密接"),
        {"arranged": _("已通知并安排"), "not-reached": _("未联系上，已转学院")},
        page=lambda _key: LIST,
        page_label=_("打开密接名单"),
    )
)
YOU = (
    _("您被列为密切接触者"),
    _("末次接触日期：{last}。请暂不参加集体活动，等候辅导员或校医院联系；如有发热等症状请立即报告。"),
)
YOU_ARE_NOT = (_("经核实，您不是密切接触者"), _("之前的通知已撤销，请按平时要求每日填报。"))
YOURS = (_("密接待安排：{unit}"), _("{unit}新确认 {n} 名密接，请逐一联系并安排，名单见系统。"))


def run(*, at: datetime) -> int:
    """Every decision about a contact that was not told yet; how many."""
    done = 0
    while batch := _flow_batch(at):
        done += batch
    return done


@transaction.atomic
def _flow_batch(at: datetime) -> int:
    waiting = Contact.objects.select_for_update(skip_locked=True, of=("self",)).filter(flowed_at=None, decided_at__isnull=False)
    contacts = list(waiting.select_related("unit").order_by("decided_at", "pk")[:BATCH])
    by_school: dict[int, list[Contact]] = defaultdict(list)
    for contact in contacts:
        by_school[contact.school_id].append(contact)
    for school_id, rows in by_school.items():
        _tell_contacts(school_id, rows, at)
        _ask_counsellors(school_id, [row for row in rows if row.state == ContactState.CONFIRMED], at)
    Contact.objects.filter(pk__in=[contact.pk for contact in contacts]).update(flowed_at=at)
    return len(contacts)


def _tell_contacts(school_id: int, rows: list[Contact], at: datetime) -> None:
    told = set(
        Notification.objects.filter(
            school_id=school_id, topic="contact", person_id__in=[row.person_id for row in rows], link=""
        ).values_list("person_id", flat=True)
    )
    messages = []
    for row in rows:
        is_contact = row.state == ContactState.CONFIRMED
        if not is_contact and row.person_id not in told:
            continue
        subject, body = YOU if is_contact else YOU_ARE_NOT
        messages.append(
            notifications.Message(
                key=f"contact:{row.pk}:{row.state}:{row.decided_at:%Y%m%d%H%M%S%f}", person_id=row.person_id, subject=subject,
                body=format_lazy(body, last=day(row.last_at)),
            )
        )  # fmt: skip
    notifications.notify_many(school_id=school_id, topic="contact", messages=messages, at=at)


def _ask_counsellors(school_id: int, rows: list[Contact], at: datetime) -> None:
    """One task per unit and moment, for whoever owns tasks about its people."""
    units: dict[int, list[Contact]] = defaultdict(list)
    for row in rows:
        if row.unit_id:
            units[row.unit_id].append(row)
    owners = people.owners_by_unit(school_id, at=at, unit_ids=units)
    due_at = at + timedelta(minutes=MINUTES)
    asked, messages = [], []
    for unit_id, contacts in units.items():
        unit, owner_id = contacts[0].unit, owners.get(unit_id)
        assert unit is not None
        key = f"{KIND.key}:{unit_id}:{max(contact.pk for contact in contacts)}:{at:%Y%m%d%H%M%S}"
        asked.append(
            tasks.NewTask(
                key=key, title=f"通知并安排密接（{unit.name}，{len(contacts)} 人）", due_at=due_at, owner_id=owner_id,
                owner_role=Role.COUNSELLOR if owner_id and unit.kind == "class" else "", unit_id=unit_id,
            )
        )  # fmt: skip
        if owner_id:
            subject, body = YOURS
            messages.append(
                notifications.Message(
                    key=key, person_id=owner_id, subject=format_lazy(subject, unit=unit.name),
                    body=format_lazy(body, unit=unit.name, n=len(contacts)), link=LIST,
                )
            )  # fmt: skip
    tasks.open_many(school_id=school_id, kind=KIND.key, tasks=asked, at=at)
    notifications.notify_many(school_id=school_id, topic="contact", messages=messages, at=at)
