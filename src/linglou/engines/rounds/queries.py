"""Reads about rounds: which are open for whom, and where an answer counts."""

from __future__ import annotations

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
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT unit_id FROM ({roster.sql(round_)}) r WHERE respondent_id = %(respondent_id)s",
            roster.parameters(round_) | {"respondent_id": respondent_id},
        )
        row = cursor.fetchone()
    if row is None:
        return None
    leaves = [row[0]]
    if round_.asks == "people":
        leaves += in_force(
            Membership.objects.filter(person_id=respondent_id, tree=Tree.RESIDENCE), round_.roster_at
        ).values_list("unit_id", flat=True)
    ancestors: list[int] = []
    for leaf in Unit.objects.filter(pk__in=leaves):
        ancestors += [unit_id for unit_id in leaf.ancestor_ids if unit_id not in ancestors]
    kinds = dict(Unit.objects.filter(pk__in=ancestors).values_list("pk", "kind"))
    lines = tuple(unit_id for unit_id in ancestors if kinds[unit_id] not in NO_COUNT)
    return Place(row[0], lines, tuple(unit_id for unit_id in lines if kinds[unit_id] not in NO_CURVE))


def open_rounds(school_id: int, *, purpose: str | None = None) -> list[Round]:
    rounds = Round.objects.filter(school_id=school_id, state=State.OPEN).select_related("form", "audience")
    return list(rounds.filter(purpose=purpose) if purpose else rounds)


def due_to_close(at: datetime) -> list[int]:
    return list(Round.objects.filter(state=State.OPEN, closes_at__lte=at).values_list("pk", flat=True))
