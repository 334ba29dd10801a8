"""Pure decisions about transmission: who counts, who may have infected whom, attack rates and secondary attack rates.

Attack rate 罹患率: people who fell ill in the period / people at risk when it began (they belonged to the unit then and were not
ill already). Secondary attack rate 续发率: confirmed contacts of the first degree who became cases within their observation
period / confirmed contacts who could. A rate is always told with both numbers, and over nobody there is none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

# What an attack rate counts. A suspicion is shown and not counted.
COUNTED = frozenset({"probable", "confirmed", "asymptomatic", "recovered", "died"})
LONGEST_DAYS = 366
WEEKLY_FROM_DAYS = 62
Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True)
class Rate:
    """So many of so many."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """0 to 1; None over nobody."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of Wilson, 0 to 1; None over nobody."""
        p, n = self.value, self.denominator
        if p is None:
            return None
        centre, spread = p + Z * Z / (2 * n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        return max(0.0, (centre - spread) / (1 + Z * Z / n)), min(1.0, (centre + spread) / (1 + Z * Z / n))


def is_period(since: date, until: date) -> bool:
    """Whether a period, both days included, can be shown: it goes forward, for a year at most."""
    return 0 <= (until - since).days < LONGEST_DAYS


def day_of_illness(onset: date | None, diagnosed: date) -> date:
    """The day by which a case is placed: the onset, or the diagnosis where nobody knows it or there is none."""
    return onset or diagnosed


def attack_rates(
    members: Mapping[int, int], *, ill: Set[int], ill_before: Set[int], belongs: Mapping[int, int]
) -> dict[int, Rate]:  # fmt: skip
    """Unit -> attack rate. ``members``: how many belonged to it when the period began; ``belongs``: person -> unit at that moment;
    ``ill``: who fell ill in the period; ``ill_before``: who still was ill when it began, and is not at risk."""
    fell = Counter(belongs[person] for person in ill - ill_before if person in belongs)
    were = Counter(belongs[person] for person in ill_before if person in belongs)
    return {unit: Rate(fell[unit], max(0, count - were[unit])) for unit, count in members.items()}


@dataclass(frozen=True)
class Exposure:
    """A confirmed contact of a case: from the first to the last day of it, watched so many days after (None: no rule says). ``ill``
    is the day on which the person fell ill, if at all; ``group`` is what the exposure is counted under."""

    person_id: int
    group: str
    first: date
    last: date
    watched_days: int | None
    ill: date | None

    @property
    def until(self) -> date | None:
        """The last day of watching; the day after the last contact is the first."""
        return None if self.watched_days is None else self.last + timedelta(days=self.watched_days)


def outcome(exposure: Exposure, *, today: date) -> str:
    """``secondary``: ill after the first contact and within the observation; ``earlier``: ill already at the first contact, so the
    contact infected nobody; ``watched``: well, and not yet through; ``well``: through, or ill only later; ``no-rule``."""
    until = exposure.until
    if until is None:
        return "no-rule"
    if exposure.ill is not None and exposure.ill <= exposure.first:
        return "earlier"
    if exposure.ill is not None and exposure.ill <= until:
        return "secondary"
    return "watched" if today <= until else "well"


# Of a person met more than once, the one that counts.
WEIGHT = {"no-rule": 0, "earlier": 1, "well": 2, "watched": 3, "secondary": 4}


def outcomes(exposures: Iterable[Exposure], *, today: date) -> dict[str, dict[int, str]]:
    """Group -> person -> what the exposures of the person in that group came to."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for exposure in exposures:
        came_to, stood = outcome(exposure, today=today), found[exposure.group].get(exposure.person_id, "no-rule")
        found[exposure.group][exposure.person_id] = max(stood, came_to, key=WEIGHT.__getitem__)
    return dict(found)


def secondary_rate(came_to: Iterable[str]) -> Rate:
    """Of people's outcomes: whoever was ill already, or is watched by no rule, is in neither number."""
    counted = Counter(came_to)
    return Rate(counted["secondary"], counted["secondary"] + counted["watched"] + counted["well"])


def bins(since: date, until: date) -> list[date]:
    """The first days of the bars of a timeline: every day, or every week of a long period."""
    days = (until - since).days + 1
    return [since + timedelta(days=n) for n in range(0, days, 7 if days > WEEKLY_FROM_DAYS else 1)]


def lanes(days: Mapping[int, date], sources: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Case -> the line it is drawn on: each below the earliest it may come from, so that a chain is read downwards."""
    order = sorted(days, key=lambda case: (days[case], case))
    below: dict[int | None, list[int]] = defaultdict(list)
    for case in order:
        known = [source for source in sources.get(case, ()) if source in days and (days[source], source) < (days[case], case)]
        below[min(known, key=lambda source: (days[source], source)) if known else None].append(case)
    drawn: list[int] = []
    waiting = list(reversed(below[None]))
    while waiting:
        case = waiting.pop()
        drawn.append(case)
        waiting += reversed(below[case])
    return {case: n for n, case in enumerate(drawn)}
