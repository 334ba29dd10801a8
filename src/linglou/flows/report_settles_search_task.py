"""A late report settles the search task that the close opened, and so does reaching the person; other attempts are noted on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from linglou.engines.rounds.models import Attempt
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import Task
from linglou.flows.close_opens_search_tasks import PERSON_KIND, UNIT_KIND
from linglou.kernel.problems import Problem

BATCH = 500

# Open search tasks whose person has reported after all.
LATE_SQL = """
    SELECT t.id FROM tasks_task t
    JOIN rounds_round r ON r.id = split_part(t.key, ':', 2)::bigint
    JOIN rounds_response p ON p.school_id = t.school_id AND p.day = r.day AND p.round_id = r.id
         AND p.respondent_id = split_part(t.key, ':', 3)::bigint
    WHERE t.state = 'open' AND t.kind = ANY(%(kinds)s)
    ORDER BY t.id LIMIT %(batch)s
"""

# Attempts of after the close that are not noted on the open task yet.
ATTEMPTS_SQL = """
    SELECT t.id, a.at, a.result, a.note, a.by_id FROM tasks_task t
    JOIN rounds_contactattempt a ON a.round_id = split_part(t.key, ':', 2)::bigint AND a.person_id = t.about_id
         AND a.at >= t.opened_at
    WHERE t.state = 'open' AND t.kind = ANY(%(kinds)s) AND NOT EXISTS (
        SELECT FROM tasks_taskevent e WHERE e.task_id = t.id AND e.kind = 'noted' AND e.at = a.at)
    ORDER BY t.id, a.at LIMIT %(batch)s
"""


def run(*, at: datetime) -> int:
    return _settle_reported(at) + _note_attempts(at)


def _settle_reported(at: datetime) -> int:
    done = 0
    for (task_id,) in _rows(LATE_SQL):
        done += _settle(task_id, "reported", "本人已补报", at)
    return done


@transaction.atomic
def _note_attempts(at: datetime) -> int:
    rows = _rows(ATTEMPTS_SQL)
    locked = Task.objects.select_for_update(skip_locked=True, of=("self",)).in_bulk({row[0] for row in rows})
    done = 0
    for task_id, tried_at, result, note, by_id in rows:
        task = locked.get(task_id)
        if task is None or task.events.filter(kind="noted", at=tried_at).exists():
            continue
        label = str(Attempt(result).label)
        tasks.annotate(task=task, note=f"{label} {note}".strip(), at=tried_at, by_id=by_id)
        if result == Attempt.REACHED:
            _settle(task_id, "reached", note or label, at)
        done += 1
    return done


def _rows(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"kinds": [PERSON_KIND.key, UNIT_KIND.key], "batch": BATCH})
        return list(cursor.fetchall())


def _settle(task_id: int, outcome: str, note: str, at: datetime) -> int:
    """0 when somebody else was quicker."""
    try:
        tasks.settle(task=Task(pk=task_id), outcome=outcome, note=note, by=None, at=at)
    except Problem:
        return 0
    return 1
