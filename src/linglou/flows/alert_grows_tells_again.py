"""An open alert to which twice as many people count as when it was last told on is told on again: to whoever holds the posts, and to
whoever owns its tasks by now. Once for each doubling.

When it reaches another row (a higher tier, the row beside the school's own rule), that row opens an alert of its own, which tells.
Messages name the place and how many, nobody and no symptom.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.surveillance import actions as surveillance
from linglou.domains.surveillance import rules
from linglou.domains.surveillance.models import Alert, State
from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks.models import State as TaskState
from linglou.engines.tasks.models import Task
from linglou.flows.batches import drain
from linglou.flows.threshold_reached_opens_task import duties_of
from linglou.foundation.people import queries as people

BATCH = 100

SUBJECT = _("预警人数翻倍：{place}")
BODY = _("{place}的预警已由 {before} 人增加到 {n} 人，请打开预警重新研判处置。")


def run(*, at: datetime) -> int:
    """Every alert that has doubled since it was last told on; how many."""
    return drain(_tell_batch, at)


@transaction.atomic
def _tell_batch(at: datetime) -> int:
    open_ones = Alert.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state__in=(State.NEW, State.HANDLING), flowed_at__isnull=False, n__gte=2 * F("told_n")
    )
    alerts = list(open_ones.select_related("unit").order_by("-rank", "pk")[:BATCH])
    places = people.labels_of({alert.unit for alert in alerts})
    told = _told(alerts, at)
    messages: dict[int, list[notifications.Message]] = defaultdict(list)
    for alert in alerts:
        place = places[alert.unit_id]
        messages[alert.school_id] += [
            notifications.Message(
                key=f"alert:{alert.pk}:{alert.opening}:grew-{alert.n}:{person_id}",
                person_id=person_id,
                subject=format_lazy(SUBJECT, place=place),
                body=format_lazy(BODY, place=place, before=alert.told_n, n=alert.n),
                link=rules.page_of(rules.tasks_of(alert.pk)),
            )
            for person_id in sorted(told[alert.pk])
        ]
        surveillance.tell_growth(alert=alert, at=at)
    for school_id, of_school in messages.items():
        notifications.notify_many(school_id=school_id, topic="alert", messages=of_school, at=at)
    return len(alerts)


def _told(alerts: list[Alert], at: datetime) -> dict[int, set[int]]:
    """Alert -> whom it concerns now: who would be told of it if it were new, and the owners of its open tasks."""
    told: dict[int, set[int]] = defaultdict(set)
    for duty in duties_of(alerts, at):
        told[duty.alert.pk] |= set(duty.told)
    for alert in alerts:
        tasks = Task.objects.filter(
            school_id=alert.school_id, key__startswith=f"{rules.tasks_of(alert.pk)}{alert.opening}:", state=TaskState.OPEN,
            owner__isnull=False,
        )  # fmt: skip
        told[alert.pk] |= {owner for owner in tasks.values_list("owner_id", flat=True) if owner}
    return told
