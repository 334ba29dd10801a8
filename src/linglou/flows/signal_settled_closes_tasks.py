"""When a signal is settled its tasks are done; when the person corrected it away they are cancelled."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from linglou.domains.signals.models import Signal, State
from linglou.domains.signals.rules import OUTCOMES
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import Task
from linglou.flows.symptom_report_opens_signal import KIND

BATCH = 500

SQL = """
    SELECT t.id, s.id FROM tasks_task t JOIN signals_signal s ON s.id = split_part(t.key, ':', 2)::bigint
    WHERE t.state = 'open' AND t.kind = %(kind)s AND s.state IN ('settled', 'revised')
    ORDER BY t.id LIMIT %(batch)s FOR UPDATE OF t SKIP LOCKED
"""


@transaction.atomic
def run(*, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"kind": KIND.key, "batch": BATCH})
        pairs = cursor.fetchall()
    signals = Signal.objects.in_bulk({signal_id for _task_id, signal_id in pairs})
    for task_id, signal_id in pairs:
        signal = signals[signal_id]
        if signal.state == State.SETTLED:
            note = f"信号已处置：{OUTCOMES.get(signal.outcome, signal.outcome)}"
            tasks.settle(task=Task(pk=task_id), outcome="signal-settled", note=note, by=None, at=at)
        else:
            tasks.cancel(task=Task(pk=task_id), note="本人已更正填报，信号不再成立", by=None, at=at)
    return len(pairs)
