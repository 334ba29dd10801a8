"""When an alert is settled its tasks are done; when corrections brought it below the threshold they are cancelled."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from linglou.domains.surveillance.models import Alert, State
from linglou.domains.surveillance.rules import OUTCOMES
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import Task
from linglou.flows.threshold_reached_opens_task import KIND

BATCH = 500

# A task of an earlier opening is over, too, when the alert was opened anew before this ran.
SQL = """
    SELECT t.id, a.id FROM tasks_task t JOIN surveillance_alert a ON a.id = split_part(t.key, ':', 2)::bigint
    WHERE t.state = 'open' AND t.kind = %(kind)s
      AND (a.state IN ('settled', 'withdrawn') OR split_part(t.key, ':', 3)::int < a.opening)
    ORDER BY t.id LIMIT %(batch)s FOR UPDATE OF t SKIP LOCKED
"""


@transaction.atomic
def run(*, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"kind": KIND.key, "batch": BATCH})
        pairs = cursor.fetchall()
    alerts = Alert.objects.in_bulk({alert_id for _task_id, alert_id in pairs})
    for task_id, alert_id in pairs:
        alert = alerts[alert_id]
        if alert.state == State.SETTLED:
            note = f"预警已处置：{OUTCOMES.get(alert.outcome, alert.outcome)}"
            tasks.settle(task=Task(pk=task_id), outcome="alert-settled", note=note, by=None, at=at)
        else:
            tasks.cancel(task=Task(pk=task_id), note="填报更正后不再达到阈值，或预警已重新发出", by=None, at=at)
    return len(pairs)
