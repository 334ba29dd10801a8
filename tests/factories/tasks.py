"""Tasks to climb and to settle."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from linglou.engines.tasks import actions
from linglou.engines.tasks.models import Task
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock

_keys = count(1)


def task(unit: Unit, *, owner: Person | None, due_at: datetime | None = None, kind: str = "test", **changes: object) -> Task:
    """An open task about a unit's people; overdue by a minute unless told otherwise."""
    at = clock.now()
    fields: dict[str, object] = {
        "key": f"{kind}:{next(_keys)}", "title": "任务", "due_at": due_at or at - timedelta(minutes=1),
        "owner_id": owner.pk if owner else None, "unit_id": unit.pk,
    }  # fmt: skip
    new = actions.NewTask(**(fields | changes))  # type: ignore[arg-type]
    return actions.open_task(school_id=unit.school_id, kind=kind, task=new, at=at - timedelta(hours=1))
