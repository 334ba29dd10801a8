"""Who travelled in the same vehicle on the same day where one of the two did not say in which carriage: they may have sat together, and
may not. Tracing compares places, and a vehicle without a carriage is another place than its carriages; so they are asked for here, and
never close: what is missing is the carriage, for somebody to find out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from linglou.domains.movement.models import PlaceKind
from linglou.domains.movement.tracing import Together
from linglou.kernel import clock

# A place is "day/vehicle" or "day/vehicle/carriage" (see ``stays.trips``); of two different ones of a vehicle, one must be the former.
SQL = """
    SELECT DISTINCT ON (mine.person_id, theirs.person_id) mine.person_id, theirs.person_id,
           greatest(mine.starts_at, theirs.starts_at), least(mine.ends_at, theirs.ends_at), q.id
    FROM movement_stay mine
    JOIN movement_place p ON p.id = mine.place_id AND p.kind = %(kind)s
    JOIN movement_place q ON q.school_id = mine.school_id AND q.kind = %(kind)s
         AND (q.code = split_part(p.code, '/', 1) || '/' || split_part(p.code, '/', 2) OR starts_with(q.code, p.code || '/')) AND q.id <> p.id
    JOIN movement_stay theirs ON theirs.school_id = mine.school_id AND theirs.day = mine.day AND theirs.place_id = q.id
         AND theirs.person_id <> ALL(%(without)s::bigint[])
    WHERE mine.school_id = %(school)s AND mine.person_id = ANY(%(persons)s::bigint[])
      AND mine.day BETWEEN %(from_day)s AND %(until_day)s AND mine.starts_at < %(until)s AND mine.ends_at > %(from)s
    ORDER BY mine.person_id, theirs.person_id, theirs.starts_at DESC, q.id
"""


def carriage_unknown(
    *, school_id: int, person_ids: Iterable[int], from_at: datetime, until_at: datetime, setting: int
) -> list[Together]:  # fmt: skip
    """A row per (source, person) as ``tracing.together`` has them, missing ``carriage``; ``setting`` is the index of the setting for
    vehicles. Nobody knows for how long: the trip lasts the day."""
    persons = sorted(set(person_ids))
    values: dict[str, Any] = {
        "school": school_id, "persons": persons, "without": persons, "from": from_at, "until": until_at,
        "from_day": clock.day_of(from_at), "until_day": clock.day_of(until_at), "kind": PlaceKind.VEHICLE.value,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SQL, values)
        return [
            Together(
                source_id=source, person_id=person, kind=PlaceKind.VEHICLE.value, setting=setting, close=False, missed="carriage",
                minutes=int((last - first).total_seconds()) // 60, meetings=1, first_at=first, last_at=last, place_id=place,
                rows=None, seats=None,
            )
            for source, person, first, last, place in cursor.fetchall()
        ]  # fmt: skip
