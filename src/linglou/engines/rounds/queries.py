"""Reads about rounds: which are open for whom, and where an answer counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from linglou.engines.rounds import roster
from linglou.engines.rounds.models import Round, State
from linglou.foundation.people.models import Membership, Tree, Unit, UnitKind
from linglou.foundation.people.queries import in_force

# Units whose people are few are drawn from their rows; the curve is kept above them. Rooms keep no counter at all.
NO_CURVE = {UnitKind.CLASS, UnitKind.FLOOR}
NO_COUNT = {UnitKind.ROOM, UnitKind.AUTHORITY}


@dataclass(frozen=True)
class Place:
    """Where a respondent's answer counts: the administrative leaf, the units whose counters it moves, and those of them that
    keep a curve."""

    unit_id: int
    lines: tuple[int, ...]
    curved: tuple[int, ...]


def place_of(round_: Round, respondent_id: int) -> Place | None:
    """Where the respondent stood when the round opened; None when they are not on its roster."""
    return places_of(round_, [respondent_id]).get(respondent_id)


def places_of(round_: Round, respondent_ids: Sequence[int]) -> dict[int, Place]:
    """The same for many respondents; whoever is not on the roster is not in the answer."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT respondent_id, unit_id FROM ({roster.sql(round_)}) r WHERE respondent_id = ANY(%(respondent_ids)s)",
            roster.parameters(round_) | {"respondent_ids": list(respondent_ids)},
        )
        home: dict[int, int] = dict(cursor.fetchall())
    leaves = {respondent_id: [unit_id] for respondent_id, unit_id in home.items()}
    if round_.asks == "people":
        rooms = in_force(Membership.objects.filter(person_id__in=home, tree=Tree.RESIDENCE), round_.roster_at)
        for person_id, room_id in rooms.values_list("person_id", "unit_id"):
            leaves[person_id].append(room_id)
    units = Unit.objects.in_bulk({unit_id for ids in leaves.values() for unit_id in ids})
    above = {unit_id for unit in units.values() for unit_id in unit.ancestor_ids}
    kinds = dict(Unit.objects.filter(pk__in=above).values_list("pk", "kind"))
    places = {}
    for respondent_id, ids in leaves.items():
        ancestors = dict.fromkeys(unit_id for leaf in ids for unit_id in units[leaf].ancestor_ids)
        lines = tuple(unit_id for unit_id in ancestors if kinds[unit_id] not in NO_COUNT)
        curved = tuple(unit_id for unit_id in lines if kinds[unit_id] not in NO_CURVE)
        places[respondent_id] = Place(home[respondent_id], lines, curved)
    return places


def due_to_close(at: datetime) -> list[int]:
    return list(Round.objects.filter(state=State.OPEN, closes_at__lte=at).values_list("pk", flat=True))
