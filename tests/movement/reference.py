"""Who was together with whom, in plain Python over all pairs of stays: what ``tracing`` must answer, without its SQL.

Time is cut into slots of ``SLOT`` minutes and every interval is the set of its slots, so that overlaps are intersections and what
counts once is a union.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from linglou.domains.movement.models import Place, Stay
from linglou.domains.movement.tracing import Together
from linglou.foundation.rulebook.rules.diseases import Setting

SLOT = 5


def first_degree(
    persons: Iterable[int], from_at: datetime, until_at: datetime, settings: Sequence[Setting], *, without: Iterable[int] = (), only_close: bool = False
) -> list[Together]:  # fmt: skip
    persons = set(persons)
    rows = _rows(dict.fromkeys(persons, from_at), until_at, settings, {*persons, *without})
    return _sorted(row for row in rows if row.close or not only_close)


def second_degree(
    persons: Iterable[int], from_at: datetime, until_at: datetime, settings: Sequence[Setting], *, without: Iterable[int] = (), only_close: bool = True
) -> list[Together]:  # fmt: skip
    left_out = {*persons, *without}
    begin: dict[int, datetime] = {}
    for row in first_degree(persons, from_at, until_at, settings, without=without, only_close=True):
        begin[row.person_id] = min(row.first_at, begin.get(row.person_id, row.first_at))
    rows = [row for row in _rows(begin, until_at, settings, left_out | set(begin)) if row.close or not only_close]
    found: dict[tuple[int, str], list[Together]] = defaultdict(list)
    for row in rows:
        found[row.person_id, row.kind].append(row)
    answer = []
    for alike in found.values():
        best = min(alike, key=lambda row: (not row.close, -row.minutes, row.source_id))
        sources = sum(row.close == best.close for row in alike)
        answer.append(Together(**{name: getattr(best, name) for name in Together.__slots__} | {"sources": sources}))
    return _sorted(answer)


def _sorted(rows: Iterable[Together]) -> list[Together]:
    return sorted(rows, key=lambda row: (not row.close, -row.minutes, row.person_id, row.source_id, row.kind))


def _rows(begin: dict[int, datetime], until_at: datetime, settings: Sequence[Setting], left_out: set[int]) -> list[Together]:
    stays, kinds = list(Stay.objects.all()), dict(Place.objects.values_list("pk", "kind"))
    origin = min((stay.starts_at for stay in stays), default=until_at) - timedelta(days=1)

    def slots(start: datetime, end: datetime) -> set[int]:
        first, last = ((moment - origin) // timedelta(minutes=SLOT) for moment in (start, end))
        return set(range(first, last))

    met: dict[Any, list[tuple[set[int], int, tuple[int, int, int] | None]]] = defaultdict(list)
    for source, from_at in begin.items():
        window = slots(from_at, until_at)
        for mine in stays:
            for other in stays:
                if mine.person_id != source or other.person_id in {source, *left_out} or mine.place_id != other.place_id:
                    continue
                together = slots(mine.starts_at, mine.ends_at) & slots(other.starts_at, other.ends_at) & window
                if not together:
                    continue
                rows = None if None in (mine.seat_row, other.seat_row) else abs(mine.seat_row - other.seat_row)
                cols = None if None in (mine.seat_col, other.seat_col) else abs(mine.seat_col - other.seat_col)
                near = None if rows is None or cols is None else (max(rows, cols), rows, cols)
                for n, setting in enumerate(settings):
                    if setting.where == kinds[mine.place_id]:
                        key = (source, other.person_id, setting.where, n, _far(setting, rows, cols))
                        met[key].append((together, mine.place_id, near))
    return _judged(met, settings, origin)


def _far(setting: Setting, rows: int | None, cols: int | None) -> int:
    """0: near enough, 1: not known, 2: too far."""
    limits = [(setting.seats, cols), (setting.seats if setting.rows is None else setting.rows, rows)]
    asked = [(limit, distance) for limit, distance in limits if limit is not None]
    if any(distance is None for _limit, distance in asked):
        return 1
    return 0 if all(distance <= limit for limit, distance in asked) else 2  # type: ignore[operator]


def _judged(met: Any, settings: Sequence[Setting], origin: datetime) -> list[Together]:
    candidates: dict[Any, list[tuple[Any, Together]]] = defaultdict(list)
    for (source, person, kind, n, far), meetings in met.items():
        every = set().union(*(together for together, _place, _near in meetings))
        minutes = SLOT * len(every)
        missed = "" if far == 0 and minutes >= settings[n].minutes else ("minutes", "seats-unknown", "seats")[far]
        last = max(meetings, key=lambda one: (min(one[0]), max(one[0]), one[1]))
        near = min((near for _together, _place, near in meetings if near), default=(None, None, None))
        row = Together(
            source_id=source, person_id=person, kind=kind, setting=n, close=missed == "", missed=missed, minutes=minutes,
            meetings=sum(slot - 1 not in every for slot in every),
            first_at=origin + timedelta(minutes=SLOT * min(every)), last_at=origin + timedelta(minutes=SLOT * (max(every) + 1)),
            place_id=last[1], rows=near[1], seats=near[2],
        )  # fmt: skip
        candidates[source, person, kind].append(((missed != "", far, n), row))
    return [min(of, key=lambda one: one[0])[1] for of in candidates.values()]
