"""Whoever begins to handle a signal stops its first clocks: its tasks get time to be finished, once, before they climb again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import Task
from linglou.flows.symptom_report_opens_signal import KIND

TIME_TO_FINISH = timedelta(hours=4)
BATCH = 500

SQL = """
    SELECT t.id FROM tasks_task t JOIN signals_signal s ON s.id = split_part(t.key, ':', 2)::bigint
    WHERE t.state = 'open' AND t.kind = %(kind)s AND s.state = 'handling' AND t.due_at < %(until)s
      AND NOT EXISTS (SELECT FROM tasks_taskevent e WHERE e.task_id = t.id AND e.kind = 'extended')
    ORDER BY t.id LIMIT %(batch)s FOR UPDATE OF t SKIP LOCKED
"""


@transaction.atomic
def run(*, at: datetime) -> int:
    until = at + TIME_TO_FINISH
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"kind": KIND.key, "until": until, "batch": BATCH})
        ids = [task_id for (task_id,) in cursor.fetchall()]
    return sum(tasks.extend(task=Task(pk=task_id), due_at=until, note="已开始处置", at=at) for task_id in ids)
