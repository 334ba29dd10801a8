"""Whoever is absent through illness is asked after every day: one task per absence and campus day for the person's counsellor (the
nearest owner along the responsible chain), due in the evening; the day's entry settles it. A counsellor hears of an absence
that somebody else registered. Titles and messages name no person and no symptom."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, time
from typing import Any

from django.db import connection, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.absences import rules
from linglou.domains.care.models import Absence, AbsenceState
from linglou.engines.notifications import actions as notifications
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.flows.batches import drain
from linglou.foundation.people import queries as people
from linglou.kernel import clock

BATCH = 500

KIND = task_rules.declare(
    task_rules.Kind(
        rules.TASK_KIND,
        _("跟进因病缺课"),
        {"followed": _("已跟进"), "returned": _("已复课")},
        page=rules.page_of,
        page_label=_("打开缺课登记"),
        is_done_there=True,
    )
)

# Open absences, registered before a day began, that nobody was asked about that day and nobody has looked after.
SQL = """
    SELECT a.id FROM care_absence a
    WHERE a.state = 'open' AND a.registered_at < %(begins)s
      AND NOT EXISTS (SELECT FROM tasks_task t WHERE t.school_id = a.school_id AND t.key = %(kind)s || ':' || a.id || ':' || %(day)s)
      AND NOT EXISTS (SELECT FROM care_followup f WHERE f.absence_id = a.id AND f.day = %(day)s::date)
    ORDER BY a.id LIMIT %(batch)s FOR UPDATE OF a SKIP LOCKED
"""


def run(*, at: datetime) -> int:
    """Every absence that is due to be asked after today, and each that was registered since the last look; how many."""
    return drain(_tell_batch, at) + drain(_ask_batch, at)


@transaction.atomic
def _ask_batch(at: datetime) -> int:
    if not rules.is_time_to_ask(at):
        return 0
    today = clock.day_of(at)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "begins": clock.moment(today, time(0)), "kind": rules.TASK_KIND, "day": f"{today:%Y-%m-%d}", "batch": BATCH,
        }  # fmt: skip
        cursor.execute(SQL, values)
        found = [pk for (pk,) in cursor.fetchall()]
    by_school: dict[int, list[Absence]] = defaultdict(list)
    for absence in Absence.objects.filter(pk__in=found).select_related("unit").order_by("pk"):
        by_school[absence.school_id].append(absence)
    for school_id, absences in by_school.items():
        _ask(school_id, absences, today, at)
    return len(found)


def _ask(school_id: int, absences: list[Absence], today: date, at: datetime) -> None:
    owners = people.owners_by_unit(school_id, at=at, unit_ids={absence.unit_id for absence in absences})
    opened = tasks.open_many(
        school_id=school_id,
        kind=KIND.key,
        at=at,
        tasks=[
            tasks.NewTask(
                key=rules.task_key(absence.pk, today),
                title=f"跟进因病缺课（{absence.unit.name}）",
                due_at=rules.due_at(at),
                owner_id=owners.get(absence.unit_id),
                unit_id=absence.unit_id,
                about_id=absence.person_id,
                climbs_every_minutes=rules.CLIMBS_EVERY_MINUTES,
            )
            for absence in absences
        ],
    )
    counted = Counter(task.owner_id for task in opened if task.owner_id)
    messages = [
        notifications.Message(
            key=f"absence-day:{owner_id}:{today:%Y-%m-%d}:{at.timestamp():.0f}",
            person_id=owner_id,
            subject=format_lazy(_("今天有 {n} 名因病缺课人员待跟进"), n=n),
            body=_("请在 18 点前逐人联系并记录，逾期将上报责任链的上一级。"),
            link="/care/absences/?tab=waiting",
        )
        for owner_id, n in counted.items()
        if owner_id
    ]
    notifications.notify_many(school_id=school_id, topic="absence", messages=messages, at=at)


@transaction.atomic
def _tell_batch(at: datetime) -> int:
    """The owner of an absence that somebody else registered."""
    waiting = Absence.objects.select_for_update(skip_locked=True, of=("self",)).filter(flowed_at=None)
    found = list(waiting.select_related("unit").order_by("registered_at", "pk")[:BATCH])
    for absence in found:
        owner = people.owners_by_unit(absence.school_id, at=at, unit_ids={absence.unit_id}).get(absence.unit_id)
        if owner and owner != absence.registered_by_id and absence.state == AbsenceState.OPEN:
            notifications.notify(
                school_id=absence.school_id, topic="absence", at=at, key=f"absence:{absence.pk}", person_id=owner,
                subject=format_lazy(_("新登记的因病缺课：{unit}"), unit=absence.unit.name),
                body=_("请查看登记内容；从明天起每天跟进一次，直到复课。"), link=f"/care/absences/{absence.pk}/",
            )  # fmt: skip
    Absence.objects.filter(pk__in=[absence.pk for absence in found]).update(flowed_at=at)
    return len(found)
