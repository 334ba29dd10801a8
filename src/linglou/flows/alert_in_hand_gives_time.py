"""Whoever begins to handle an alert stops the first clocks: its tasks then run until the rule's own deadline, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import Task
from linglou.flows.threshold_reached_opens_task import KIND

# Where the rule names no time, and where its time is nearly over.
WITHOUT_A_NUMBER = timedelta(hours=4)
AT_LEAST = timedelta(minutes=30)
BATCH = 500

SQL = """
    SELECT t.id, greatest(coalesce(a.act_by, %(later)s), %(soon)s)
    FROM tasks_task t JOIN surveillance_alert a ON a.id = split_part(t.key, ':', 2)::bigint
    WHERE t.state = 'open' AND t.kind = %(kind)s AND a.state = 'handling'
      AND t.due_at < greatest(coalesce(a.act_by, %(later)s), %(soon)s)
      AND NOT EXISTS (SELECT FROM tasks_taskevent e WHERE e.task_id = t.id AND e.kind = 'extended')
    ORDER BY t.id LIMIT %(batch)s FOR UPDATE OF t SKIP LOCKED
"""


@transaction.atomic
def run(*, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"kind": KIND.key, "later": at + WITHOUT_A_NUMBER, "soon": at + AT_LEAST, "batch": BATCH})
        found = cursor.fetchall()
    return sum(tasks.extend(task=Task(pk=task_id), due_at=until, note="已开始处置", at=at) for task_id, until in found)
