"""Pure decisions about the command group: where its division of responsibility has gaps and overlaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    NO_LEADER = "no-leader"
    SEVERAL_LEADERS = "several-leaders"
    GAP = "gap"  # a field of work or a unit that nobody is responsible for
    OVERLAP = "overlap"  # ... that more than one is
    LEFT = "left"  # a member, or a deputy, who belongs to the school no more
    NO_POST = "no-post"  # a member who cannot see what the command group sees
    NO_DEPUTY = "no-deputy"
    IDLE = "idle"  # a member without any responsibility


# What must be mended; the others should be.
SERIOUS = frozenset({Fault.NO_LEADER, Fault.SEVERAL_LEADERS, Fault.GAP, Fault.OVERLAP, Fault.LEFT})


@dataclass(frozen=True)
class Seat:
    """A member, as the audit needs it."""

    person_id: int
    is_leader: bool
    deputy_id: int | None


@dataclass(frozen=True)
class Duty:
    """Somebody is responsible for a field of work (``area``) or a unit."""

    person_id: int
    area: str = ""
    unit_id: int | None = None


@dataclass(frozen=True)
class Finding:
    """What is wrong: about a field of work, a unit or members (``persons``)."""

    fault: Fault
    area: str = ""
    unit_id: int | None = None
    persons: tuple[int, ...] = ()

    @property
    def is_serious(self) -> bool:
        return self.fault in SERIOUS


def audit(
    *, areas: Sequence[str], units: Sequence[int], seats: Sequence[Seat], duties: Iterable[Duty], belong: Collection[int],
    hold_post: Collection[int],
) -> list[Finding]:  # fmt: skip
    """Everything wrong with the division of responsibility, serious things first. ``belong``: persons of the school today; ``hold_post``: who
    holds the post of the command group. Nobody at all in the group is one finding: no leader."""
    if not seats:
        return [Finding(Fault.NO_LEADER)]
    by_area, by_unit = _shared(duties)
    leaders = tuple(seat.person_id for seat in seats if seat.is_leader)
    busy = {person for persons in (*by_area.values(), *by_unit.values()) for person in persons}
    gone = [one for seat in seats for one in (seat.person_id, seat.deputy_id) if one and one not in belong]
    found = [] if leaders else [Finding(Fault.NO_LEADER)]
    found += [Finding(Fault.SEVERAL_LEADERS, persons=leaders)] if len(leaders) > 1 else []
    found += [Finding(Fault.LEFT, persons=(one,)) for one in dict.fromkeys(gone)]
    found += [Finding(Fault.GAP, area=one) for one in areas if not by_area[one]]
    found += [Finding(Fault.GAP, unit_id=one) for one in units if not by_unit[one]]
    found += [Finding(Fault.OVERLAP, area=one, persons=tuple(by_area[one])) for one in areas if len(by_area[one]) > 1]
    found += [Finding(Fault.OVERLAP, unit_id=one, persons=tuple(by_unit[one])) for one in units if len(by_unit[one]) > 1]
    for seat in seats:
        person = (seat.person_id,)
        found += [Finding(Fault.NO_POST, persons=person)] if seat.person_id not in hold_post else []
        found += [Finding(Fault.NO_DEPUTY, persons=person)] if seat.deputy_id is None else []
        found += [Finding(Fault.IDLE, persons=person)] if seat.person_id not in busy and not seat.is_leader else []
    return found


def _shared(duties: Iterable[Duty]) -> tuple[dict[str, list[int]], dict[int, list[int]]]:
    """Who is responsible for each field of work, and for each unit."""
    by_area: dict[str, list[int]] = defaultdict(list)
    by_unit: dict[int, list[int]] = defaultdict(list)
    for one in duties:
        if one.unit_id is None:
            by_area[one.area].append(one.person_id)
        else:
            by_unit[one.unit_id].append(one.person_id)
    return by_area, by_unit
