"""Where people belong and live, as ties (``links.py``): read for the few thresholds that count linked people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from linglou.foundation.people.models import Unit, UnitKind


@dataclass(frozen=True)
class Homes:
    """Which units are classes, and in which building a room is."""

    classes: frozenset[int]
    buildings: dict[int, int]

    def ties(self, unit_id: int | None, room_id: int | None) -> set[str]:
        found = {f"class:{unit_id}"} if unit_id in self.classes else set()
        if room_id:
            found.add(f"room:{room_id}")
            if building := self.buildings.get(room_id):
                found.add(f"building:{building}")
        return found


def homes_of(stood: Iterable[tuple[int | None, int | None]]) -> Homes:
    """Of the units and rooms where people stood; in two statements, none for nobody."""
    stood = list(stood)
    if not stood:
        return Homes(frozenset(), {})
    paths = dict(Unit.objects.filter(pk__in={room for _unit, room in stood if room}).values_list("pk", "path"))
    above = {room: [int(pk) for pk in path.strip("/").split("/")] for room, path in paths.items()}
    asked = {unit for unit, _room in stood if unit}.union(*above.values())
    kinds = dict(Unit.objects.filter(pk__in=asked, kind__in=(UnitKind.CLASS, UnitKind.BUILDING)).values_list("pk", "kind"))
    return Homes(
        frozenset(pk for pk, kind in kinds.items() if kind == UnitKind.CLASS),
        {room: pk for room, path in above.items() for pk in path if kinds.get(pk) == UnitKind.BUILDING},
    )
