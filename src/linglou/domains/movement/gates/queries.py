"""Who is on campus now, since when; who left and is not back; and when one person came and went. By the gate logs alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from linglou.domains.movement.gates import rules
from linglou.domains.movement.models import Place, Stay, StaySource
from linglou.foundation.people.models import Person, Unit
from linglou.foundation.people.queries import IN_FORCE_SQL, subtree
from linglou.kernel import clock

LOOK_BACK = timedelta(days=120)  # a term: whoever has not tapped since says nothing of today
DAYS = 14


@dataclass(frozen=True)
class Standing:
    """One person of a roster by their last tap: ``state`` in, out, unknown, none; ``since`` that tap, at the gate ``gate``."""

    person_id: int
    name: str
    number: str
    path: str
    state: str
    since: datetime | None
    gate: str


# One probe of ``stay_by_gate`` a person and month, whatever the size of the table.
LAST_SQL = f"""
    SELECT r.person_id, w.name, w.number, r.path, t.direction, t.starts_at, p.name
    FROM (
        SELECT DISTINCT ON (m.person_id) m.person_id, u.path
        FROM people_membership m JOIN people_unit u ON u.id = m.unit_id
        WHERE m.school_id = %(school)s AND m.tree = 'administration' AND u.path >= %(path)s AND u.path < %(path_end)s
          AND {IN_FORCE_SQL.format(f="m")}
        ORDER BY m.person_id, u.path
    ) r
    JOIN people_person w ON w.id = r.person_id
    LEFT JOIN LATERAL (
        SELECT s.direction, s.starts_at, s.place_id FROM movement_stay s
        WHERE s.school_id = %(school)s AND s.person_id = r.person_id AND s.source = 'gate'
          AND s.starts_at > %(since)s AND s.starts_at <= %(at)s AND s.day BETWEEN %(first)s AND %(today)s
        ORDER BY s.starts_at DESC, s.place_id DESC LIMIT 1
    ) t ON true
    LEFT JOIN movement_place p ON p.id = t.place_id
    ORDER BY t.starts_at, w.number
"""


def standings(unit: Unit, *, at: datetime) -> list[Standing]:
    """Everybody of a unit by their last tap, whoever tapped longest ago first; nobody is left out."""
    values: dict[str, Any] = {
        "school": unit.school_id or unit.pk, "at": at, "since": at - LOOK_BACK, "first": clock.day_of(at - LOOK_BACK),
        "today": clock.day_of(at), **subtree(unit.path),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LAST_SQL, values)
        rows = cursor.fetchall()
    return [
        Standing(
            person_id, name, number, path, "none" if since is None else direction or "unknown",
            clock.local(since) if since else None, gate or "",
        )
        for person_id, name, number, path, direction, since, gate in rows
    ]  # fmt: skip


@dataclass(frozen=True)
class Presence:
    """The people of a unit: how many stand how, and those in the state that was asked for."""

    counts: dict[str, int]
    listed: list[Standing]


def presence(unit: Unit, *, state: str, at: datetime) -> Presence:
    every = standings(unit, at=at)
    counts = Counter(one.state for one in every)
    return Presence({name: counts[name] for name in rules.STATES}, [one for one in every if one.state == state])


@dataclass(frozen=True)
class Passage:
    at: datetime
    gate: str


@dataclass(frozen=True)
class Coming:
    """One visit: when and where somebody came in and went out; None where no tap says so. ``is_on``: they are there now."""

    came: Passage | None
    left: Passage | None
    is_on: bool


@dataclass(frozen=True)
class Gates:
    """One person at the gates. ``last``: the latest tap, ``is_today`` whether it was today; ``visits`` of the last fourteen days, the latest first."""

    state: str
    last: Passage | None
    is_today: bool
    visits: list[Coming]

    @property
    def label(self) -> str:
        return str(rules.STATES[self.state])


def of_person(person: Person, *, at: datetime) -> Gates:
    """What the gates know of a person. The caller records the look."""
    taps = Stay.objects.filter(
        school_id=person.school_id, person_id=person.pk, source=StaySource.GATE, starts_at__gt=at - LOOK_BACK, starts_at__lte=at,
        day__gte=clock.day_of(at - LOOK_BACK), day__lte=clock.day_of(at),
    )  # fmt: skip
    rows = [rules.Tap(*row) for row in taps.order_by("starts_at", "place_id").values_list("starts_at", "place_id", "direction")]
    names = dict(Place.objects.filter(pk__in={row.place_id for row in rows}).values_list("pk", "name"))

    def passage(tap: rules.Tap | None) -> Passage | None:
        return Passage(clock.local(tap.at), names[tap.place_id]) if tap else None

    last = rows[-1] if rows else None
    lately = [
        Coming(passage(visit.came), passage(visit.left), visit.left is None and visit.came == last)
        for visit in rules.pair(rows)
        if max(tap.at for tap in (visit.came, visit.left) if tap) > at - timedelta(days=DAYS)
    ]
    return Gates(rules.state(last), passage(last), last is not None and clock.day_of(last.at) == clock.day_of(at), lately[::-1])
