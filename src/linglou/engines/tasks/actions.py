"""Writes of the tasks engine: open, settle, cancel, hand on, climb, note. Every one leaves an event, and is safe to repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from linglou.engines.tasks import queries, rules
from linglou.engines.tasks.models import State, Task, TaskEvent
from linglou.engines.tasks.problems import CANNOT_OWN, TASK_NOT_OPEN
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

KEY_LENGTH = 80


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to open. ``key`` names the duty, not the attempt: opening it again does nothing."""

    key: str
    title: str
    due_at: datetime
    owner_id: int | None
    unit_id: int | None = None
    about_id: int | None = None
    owner_role: str = ""
    climbs_every_minutes: int = 60


@dataclass(frozen=True, slots=True)
class Opened:
    task_id: int
    key: str
    owner_id: int | None


@transaction.atomic
def open_many(*, school_id: int, kind: str, tasks: Sequence[NewTask], at: datetime) -> list[Opened]:
    """Open those that are not there yet (open or settled), in one statement; what was opened now."""
    if not tasks:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN_SQL,
            {
                "school_id": school_id,
                "kind": kind,
                "at": at,
                "key": [task.key for task in tasks],
                "title": [task.title[:160] for task in tasks],
                "unit_id": [task.unit_id for task in tasks],
                "about_id": [task.about_id for task in tasks],
                "owner_id": [task.owner_id for task in tasks],
                "owner_role": [task.owner_role for task in tasks],
                "due_at": [task.due_at for task in tasks],
                "every": [task.climbs_every_minutes for task in tasks],
            },
        )
        opened = [Opened(*row) for row in cursor.fetchall()]
    if opened:
        audit.record(
            by=None, school_id=school_id, at=at, action="task.open", subject_type="task", kind=kind, count=len(opened),
            first_id=opened[0].task_id,
        )  # fmt: skip
    return opened


OPEN_SQL = """
    WITH opened AS (
        INSERT INTO tasks_task (school_id, kind, key, title, unit_id, about_id, owner_id, owner_role, opened_at, due_at,
            climbs_every_minutes, step, state, outcome, note)
        SELECT %(school_id)s, %(kind)s, key, title, unit_id, about_id, owner_id, owner_role, %(at)s, due_at, every, 0, 'open',
            '', ''
        FROM unnest(%(key)s::text[], %(title)s::text[], %(unit_id)s::bigint[], %(about_id)s::bigint[], %(owner_id)s::bigint[],
            %(owner_role)s::text[], %(due_at)s::timestamptz[], %(every)s::int[])
            AS t(key, title, unit_id, about_id, owner_id, owner_role, due_at, every)
        ON CONFLICT (school_id, key) DO NOTHING
        RETURNING id, key, owner_id
    ), noted AS (
        INSERT INTO tasks_taskevent (task_id, at, kind, owner_id, note) SELECT id, %(at)s, 'opened', owner_id, '' FROM opened
    )
    SELECT id, key, owner_id FROM opened ORDER BY id
"""


def open_task(*, school_id: int, kind: str, task: NewTask, at: datetime) -> Task:
    """One task; the one that is there when its key was opened before."""
    open_many(school_id=school_id, kind=kind, tasks=[task], at=at)
    return Task.objects.get(school_id=school_id, key=task.key)


@transaction.atomic
def settle(*, task: Task, outcome: str, note: str, by: Actor | None, at: datetime) -> Task:
    """The one outcome. Raises ``Problem`` (TASK_NOT_OPEN, INVALID_INPUT)."""
    kind = rules.KINDS.get(task.kind)
    if by and kind and outcome not in kind.outcomes:
        raise Problem(INVALID_INPUT, (FieldError("outcome", "unknown-outcome", "", outcome),))
    return _end(task, "settle", outcome, note, by, at)


@transaction.atomic
def cancel(*, task: Task, note: str, by: Actor | None, at: datetime) -> Task:
    """What was to be done is void. Raises ``Problem(TASK_NOT_OPEN)``."""
    return _end(task, "cancel", "", note, by, at)


def _end(task: Task, event: str, outcome: str, note: str, by: Actor | None, at: datetime) -> Task:
    locked = _locked(task)
    locked.state = _follow(locked, event)
    locked.outcome, locked.note = outcome, note.strip()[:400]
    locked.settled_at, locked.settled_by = at, by.person_id if by else None
    locked.save(update_fields=["state", "outcome", "note", "settled_at", "settled_by"])
    _note(locked, locked.state, by, at, locked.note)
    _audit(locked, by, at, f"task.{event}")
    return locked


@transaction.atomic
def end_many(*, school_id: int, keys: Sequence[str], event: str, note: str, at: datetime) -> int:
    """Settle or cancel (``event``) those of many tasks that are open, by their keys, in one statement: what they were about has
    ended by itself. How many."""
    if not keys:
        return 0
    values: dict[str, Any] = {
        "school_id": school_id, "keys": list(keys), "state": rules.TRANSITIONS["open", event], "note": note[:400], "at": at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(END_SQL, values)
        (count,) = cursor.fetchone()
    if count:
        audit.record(by=None, school_id=school_id, at=at, action=f"task.{event}", subject_type="task", count=count)
    return int(count)


END_SQL = """
    WITH ended AS (
        UPDATE tasks_task SET state = %(state)s, note = %(note)s, settled_at = %(at)s
        WHERE school_id = %(school_id)s AND key = ANY(%(keys)s) AND state = 'open'
        RETURNING id, owner_id
    ), noted AS (
        INSERT INTO tasks_taskevent (task_id, at, kind, owner_id, note)
        SELECT id, %(at)s, %(state)s, owner_id, %(note)s FROM ended
    )
    SELECT count(*) FROM ended
"""


@transaction.atomic
def reassign(*, task: Task, to: Person, by: Actor, at: datetime, note: str = "") -> Task:
    """Hand an open task to somebody on its responsible chain; the clock stays. Raises ``Problem`` (TASK_NOT_OPEN,
    CANNOT_OWN)."""
    locked = _locked(task)
    if locked.state != State.OPEN:
        raise Problem(TASK_NOT_OPEN, state=State(locked.state).label)
    candidate = next((one for one in queries.candidates_for(locked, at=at) if one.person_id == to.pk), None)
    if candidate is None:
        raise Problem(CANNOT_OWN, name=to.name)
    locked.owner, locked.owner_role = to, candidate.role
    locked.save(update_fields=["owner", "owner_role"])
    _note(locked, "reassigned", by, at, note)
    _audit(locked, by, at, "task.reassign", owner_id=to.pk)
    return locked


@transaction.atomic
def extend(*, task: Task, due_at: datetime, note: str, at: datetime) -> bool:
    """Give an open task more time, because somebody has begun; never less. Whether the clock moved."""
    locked = _locked(task)
    if locked.state != State.OPEN or locked.due_at >= due_at:
        return False
    locked.due_at = due_at
    locked.save(update_fields=["due_at"])
    _note(locked, "extended", None, at, note)
    return True


@transaction.atomic
def annotate(*, task: Task, note: str, at: datetime, by_id: int | None = None) -> None:
    """Something that its owner should know happened; the task stays as it is."""
    TaskEvent.objects.create(task=task, at=at, kind="noted", by_id=by_id, owner_id=task.owner_id, note=note[:400])


@dataclass(frozen=True, slots=True)
class Climbed:
    """What became of an overdue task: a new owner, or (``moved`` false) nobody above, so that its owner is reminded."""

    task: Task
    previous_owner_id: int | None
    moved: bool


@transaction.atomic
def climb(*, at: datetime, limit: int = 200) -> list[Climbed]:
    """Move up to ``limit`` overdue open tasks one step up. Rows that another process holds are passed over, and one that has
    climbed has a new clock: run twice at the same moment, or in two processes, a task climbs once."""
    overdue = list(
        Task.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=State.OPEN, due_at__lte=at)
        .order_by("due_at", "pk")[:limit]
    )
    if not overdue:
        return []
    chains = people.chains_by_unit((task.unit_id or task.school_id for task in overdue), at=at)
    had: dict[int, set[int]] = defaultdict(set)
    for task_id, owner_id in TaskEvent.objects.filter(task__in=overdue, owner_id__isnull=False).values_list(
        "task_id", "owner_id"
    ):
        if owner_id:
            had[task_id].add(owner_id)
    climbed, events = [], []
    for task in overdue:
        previous, within = task.owner_id, rules.within(task.kind)
        if within:
            holders = people.holders_of(within, school_id=task.school_id, at=at)
            step = rules.next_within(holders, role=within, owner_id=previous, had=had[task.pk])
        else:
            chain = chains.get(task.unit_id or task.school_id, [])
            step = rules.next_step(chain, owner_role=task.owner_role, owner_id=previous, had=had[task.pk])
        if step:
            task.owner_id, task.owner_role, task.step = step.person_id, step.role, task.step + 1
            task.due_at = at + timedelta(minutes=task.climbs_every_minutes)
        else:
            again = task.climbs_every_minutes if within else rules.TOP_REMINDS_EVERY_MINUTES
            task.due_at = at + timedelta(minutes=again)
        events.append(TaskEvent(task=task, at=at, kind="climbed" if step else "stayed", owner_id=task.owner_id))
        climbed.append(Climbed(task, previous, moved=step is not None))
    with connection.cursor() as cursor:
        cursor.execute(CLIMB_SQL, {
            "id": [task.pk for task in overdue], "owner_id": [task.owner_id for task in overdue],
            "owner_role": [task.owner_role for task in overdue], "step": [task.step for task in overdue],
            "due_at": [task.due_at for task in overdue],
        })  # fmt: skip
    TaskEvent.objects.bulk_create(events, batch_size=1000)
    for school_id in {task.school_id for task in overdue}:
        ids = [task.pk for task in overdue if task.school_id == school_id]
        audit.record(by=None, school_id=school_id, at=at, action="task.climb", subject_type="task", ids=ids)
    return climbed


CLIMB_SQL = """
    UPDATE tasks_task t SET owner_id = n.owner_id, owner_role = n.owner_role, step = n.step, due_at = n.due_at
    FROM unnest(%(id)s::bigint[], %(owner_id)s::bigint[], %(owner_role)s::text[], %(step)s::int[], %(due_at)s::timestamptz[])
        AS n(id, owner_id, owner_role, step, due_at)
    WHERE t.id = n.id
"""


def _locked(task: Task) -> Task:
    return Task.objects.select_for_update(of=("self",)).select_related("about", "unit", "owner").get(pk=task.pk)


def _follow(task: Task, event: str) -> str:
    state = rules.follow(task.state, event)
    if state is None:
        raise Problem(TASK_NOT_OPEN, state=State(task.state).label)
    return state


def _note(task: Task, kind: str, by: Actor | None, at: datetime, note: str = "") -> None:
    TaskEvent.objects.create(
        task=task, at=at, kind=kind, by_id=by.person_id if by else None, owner_id=task.owner_id, note=note[:400]
    )


def _audit(task: Task, by: Actor | None, at: datetime, action: str, **detail: Any) -> None:
    audit.record(
        by=by, school_id=task.school_id, at=at, action=action, subject_type="task", subject_id=task.pk,
        person_id=task.about_id, **detail,
    )  # fmt: skip
