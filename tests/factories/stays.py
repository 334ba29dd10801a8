"""Places and stays to trace by."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from linglou.domains.movement.models import Place, PlaceKind, StaySource
from linglou.domains.movement.stays import writing
from linglou.foundation.people.models import Person, Unit

_serial = count(1)


def place(school: Unit, kind: str = PlaceKind.CLASS_SESSION, code: str = "", name: str = "") -> Place:
    code = code or f"P{next(_serial)}"
    return Place.objects.create(school=school, kind=kind, code=code, name=name or f"教室{code}")


def stay(
    person: Person | int, at: Place, starts_at: datetime, *, minutes: int = 45, source: str = StaySource.TIMETABLE,
    seat: tuple[int, int] | None = None,
) -> None:  # fmt: skip
    """A person at a place from ``starts_at`` for so many minutes."""
    row, col = seat or (None, None)
    known = writing.Known(
        person if isinstance(person, int) else person.pk,
        at.pk,
        starts_at,
        starts_at + timedelta(minutes=minutes),
        source,
        row,
        col,
    )
    writing.write(school_id=at.school_id, stays=[known])
