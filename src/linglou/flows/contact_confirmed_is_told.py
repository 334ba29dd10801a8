"""A confirmed contact learns that, and when the last contact was, never of whom. One who was told and is then found to be none is
told that too.

Whoever is watched for it (``contact_confirmed_is_watched`` goes before) learns both by one message, that of the observation, which names
the last contact (``observation_is_told``). Who has to arrange for a contact is asked by the screening that the contact joins (``contact_confirmed_joins_screening``).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.models import Observation, ObservationState
from linglou.domains.cases.models import Contact, ContactState
from linglou.engines.notifications import actions as notifications
from linglou.engines.notifications.models import Notification
from linglou.flows.batches import drain
from linglou.kernel.language import day

BATCH = 500

YOU = (
    _("您被列为密切接触者"),
    _("末次接触日期：{last}。请暂不参加集体活动，等候辅导员或校医院联系；如有发热等症状请立即报告。"),
)
YOU_ARE_NOT = (_("经核实，您不是密切接触者"), _("之前的通知已撤销，请按平时要求每日填报。"))


def run(*, at: datetime) -> int:
    """Every decision about a contact that was not told yet; how many."""
    return drain(_flow_batch, at)


@transaction.atomic
def _flow_batch(at: datetime) -> int:
    waiting = Contact.objects.select_for_update(skip_locked=True, of=("self",)).filter(flowed_at=None, decided_at__isnull=False)
    contacts = list(waiting.select_related("unit").order_by("decided_at", "pk")[:BATCH])
    by_school: dict[int, list[Contact]] = defaultdict(list)
    for contact in contacts:
        by_school[contact.school_id].append(contact)
    for school_id, rows in by_school.items():
        _tell_contacts(school_id, rows, at)
    Contact.objects.filter(pk__in=[contact.pk for contact in contacts]).update(flowed_at=at)
    return len(contacts)


def _tell_contacts(school_id: int, rows: list[Contact], at: datetime) -> None:
    told = set(
        Notification.objects.filter(
            school_id=school_id, topic="contact", person_id__in=[row.person_id for row in rows], link=""
        ).values_list("person_id", flat=True)
    )
    watched = _watched(rows)
    messages = []
    for row in rows:
        is_contact = row.state == ContactState.CONFIRMED
        if row.pk in watched if is_contact else row.person_id not in told:
            continue
        subject, body = YOU if is_contact else YOU_ARE_NOT
        messages.append(
            notifications.Message(
                key=f"contact:{row.pk}:{row.state}:{row.decided_at:%Y%m%d%H%M%S%f}", person_id=row.person_id, subject=subject,
                body=format_lazy(body, last=day(row.last_at)),
            )
        )  # fmt: skip
    notifications.notify_many(school_id=school_id, topic="contact", messages=messages, at=at)


def _watched(rows: list[Contact]) -> set[int]:
    """Those of some contacts for whom somebody is under observation."""
    keys = {f"contact:{row.pk}": row.pk for row in rows}
    found = Observation.objects.filter(school_id=rows[0].school_id, source_key__in=list(keys), state=ObservationState.WATCHING)
    return {keys[key] for key in found.values_list("source_key", flat=True)}
