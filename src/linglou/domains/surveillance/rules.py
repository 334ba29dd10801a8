"""Pure decisions: when a threshold is reached, which state of an alert follows which, how an alert may end.

Windows roll and include both ends. A person counts once in a window, however often they were recorded. Every sub-count stands by
itself: each group of symptoms, each disease unless the rule counts them together, each event where the rule speaks of one event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from linglou.domains.surveillance.links import by_kind, linked
from linglou.foundation.rulebook.rules.school import Counted, Threshold
from linglou.foundation.rulebook.rules.terms import TermDays, term_of

# -- the states of an alert ----------------------------------------------------------------------------------------------

# (state, event) -> state. What is not in the table cannot happen.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("new", "grow"): "new",
    ("new", "handle"): "handling",
    ("new", "withdraw"): "withdrawn",  # corrections brought it below the threshold, and nobody had acted yet
    ("handling", "grow"): "handling",
    ("handling", "settle"): "settled",
    ("settled", "grow"): "settled",
    ("settled", "reach"): "new",  # those who joined since it was settled reach the threshold by themselves
    ("withdrawn", "reach"): "new",
}

# How an alert that was handled ended.
OUTCOMES = {
    "reported": _("已报告疾控机构"),
    "not-outbreak": _("核实后不构成聚集性疫情"),
    "merged": _("并入另一条预警"),
}

MEANS = {
    "phone": _("电话"),
    "fax": _("传真"),
    "system": _("网络直报"),
    "form": _("书面或电子表单"),
    "in-person": _("当面"),
}

# What a page lets somebody record, and what it is called.
EVENTS = {
    "shared-source": _("共同用餐、饮水后发病"),
    "food-poisoning": _("食物中毒"),
    "unexplained-group": _("群体性不明原因疾病"),
    "unexplained-severe": _("个人不明原因高热、呼吸急促或剧烈吐泻"),
}
ACQUIRED = {"local": _("本地感染"), "imported": _("输入病例"), "": _("感染来源未填")}
PERSON_OUTCOMES = {"": _("患病"), "hospitalised": _("住院"), "dead": _("死亡")}

SCOPES = ("person", "room", "class", "school")

# The worst first. Whatever must be reported at once or within two hours stands with the events.
TIER_RANK = {"novel": 5, "event": 4, "closure": 3, "cluster": 2, "report": 1}
SOON_MINUTES = 120


def follow(state: str, event: str) -> str | None:
    """The state after ``event``, or None when the state does not permit it."""
    return TRANSITIONS.get((state, event))


def rank(threshold: Threshold) -> int:
    soon = threshold.act_minutes is not None and threshold.act_minutes <= SOON_MINUTES
    return max(TIER_RANK[threshold.tier], TIER_RANK["event"] if soon else 0)


# -- clocks --------------------------------------------------------------------------------------------------------------

AT_ONCE_MINUTES = 15  # "at once" needs an hour on the clock, too
PROMPTLY_MINUTES = 240  # "promptly", without a number: the product's default


def task_minutes(act_minutes: int | None) -> int:
    """Minutes until the task of an alert climbs: half of what the rule gives, so that the other half is left to whoever gets it
    then; 15 where it says at once, 240 where it says promptly."""
    if act_minutes is None:
        return PROMPTLY_MINUTES
    return max(AT_ONCE_MINUTES, act_minutes // 2)


def climbs_every(act_minutes: int | None) -> int:
    """Minutes between one step of the responsible chain and the next."""
    return max(AT_ONCE_MINUTES, task_minutes(act_minutes) // 2)


# The tasks that an alert opens: their kind, and a key that names alert, opening and role.
TASK_KIND = "alert"


def task_key(alert_id: int, opening: int, role: str) -> str:
    return f"{TASK_KIND}:{alert_id}:{opening}:{role}"


def tasks_of(alert_id: int) -> str:
    """What the key of every task of an alert begins with."""
    return f"{TASK_KIND}:{alert_id}:"


def page_of(task_key_: str) -> str:
    """The page of the alert that a task's key names."""
    return f"/alerts/{task_key_.split(':')[1]}/"


# -- what is counted -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """One occurrence, as the decision needs it. ``until``: the last day on which the person was ill; None: still ill. ``ties``: what
    they may share with others (``links.py``). ``acquired``: where they were infected (``ACQUIRED``), '' when nobody knows."""

    person_id: int
    day: date
    symptoms: frozenset[str] = frozenset()
    rule_ids: frozenset[str] = frozenset()
    disease: str = ""
    event: str = ""
    event_id: int | None = None
    outcome: str = ""
    until: date | None = None
    acquired: str = ""
    ties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reached:
    """A threshold that was reached: by which count (``counted``, a key), in windows that follow one another from ``first`` to
    ``last``, by whom (each with the first day on which they count). ``count``: the rule's own."""

    counted: str
    needed: int
    first: date
    last: date
    persons: dict[int, date]
    count: Counted


@dataclass(frozen=True, slots=True)
class Series:
    """The occurrences of one sub-count of a threshold."""

    counted: str
    count: Counted
    seen: tuple[Seen, ...]


def basis_of(count: Counted, seen: Iterable[Seen]) -> dict[str, int]:
    """How many of those who count are linked by what, or were infected where ("unknown": nobody knows)."""
    seen = list(seen)
    if count.linked:
        return by_kind((one.person_id, one.ties) for one in seen)
    if count.local:
        origins = {one.person_id: one.acquired or "unknown" for one in seen}
        return dict(sorted(Counter(origins.values()).items()))
    return {}


def counts_it(count: Counted, seen: Seen) -> bool:
    """Whether an occurrence is of the kind that a count speaks of."""
    if count.outcome and seen.outcome != count.outcome:
        return False
    if count.local and seen.acquired == "imported":
        return False  # not known counts: better an alert too many than one that waits for an answer
    if count.symptoms:
        return any(not seen.symptoms.isdisjoint(group) for group in count.symptoms)
    if count.rule:
        return count.rule in seen.rule_ids
    if count.diseases:
        return seen.disease in count.diseases
    return seen.event == count.event


def concerns(threshold: Threshold, seen: Seen) -> bool:
    return any(counts_it(count, seen) for count in threshold.counts)


def decide(threshold: Threshold, seen: Iterable[Seen], *, people: int = 0, terms: Sequence[TermDays] = ()) -> list[Reached]:
    """Every chain of windows in which a threshold is reached by the occurrences of one scope (one room, class, school, person).

    ``people`` is how many belong to the scope, for a share; ``terms`` the school's calendar. Windows of the same sub-count that overlap or follow on the next day
    are one chain."""
    seen = list(seen)
    return [reached for series in series_of(threshold, seen) for reached in _chains(threshold, series, people, terms)]


def series_of(threshold: Threshold, seen: Sequence[Seen]) -> Iterator[Series]:
    """A threshold's sub-counts that have any occurrences. Their keys name them for good: ``symptoms=fever``,
    ``rule=TRIAGE-ILI;currently``, ``disease=measles;dead``, ``event=food-poisoning#7``."""
    for count in threshold.counts:
        tail = "".join(f";{part}" for part in ("currently" if count.currently else "", count.outcome) if part)
        by_key: dict[str, list[Seen]] = {}
        for one in seen:
            if counts_it(count, one):
                for key in _keys(threshold, count, one):
                    by_key.setdefault(key + tail, []).append(one)
        for key, of_it in by_key.items():
            yield Series(key, count, tuple(of_it))


def _keys(threshold: Threshold, count: Counted, seen: Seen) -> list[str]:
    if count.symptoms:
        return [f"symptoms={group[0]}" for group in count.symptoms if not seen.symptoms.isdisjoint(group)]
    if count.rule:
        return [f"rule={count.rule}"]
    if count.diseases:
        return [f"disease={'+'.join(count.diseases) if count.together else seen.disease}"]
    return [f"event={count.event}#{seen.event_id}" if threshold.window == "event" else f"event={count.event}"]


def needed(count: Counted, people: int) -> int | None:
    """How many make it, inclusive; None when it cannot be said, a share of nobody."""
    if count.n is not None:
        return count.n
    share = Fraction(str(count.share)) * people
    return -(-share.numerator // share.denominator) or None


def _chains(threshold: Threshold, series: Series, people: int, terms: Sequence[TermDays]) -> Iterator[Reached]:
    enough = needed(series.count, people)
    if enough is None:
        return
    chain: Reached | None = None
    for first, last, persons in _windows(threshold, series, enough, terms):
        if chain and first <= chain.last + gap_of(threshold):
            chain = Reached(series.counted, enough, chain.first, last, _earliest(chain.persons, persons), series.count)
        else:
            if chain:
                yield chain
            chain = Reached(series.counted, enough, first, last, persons, series.count)
    if chain:
        yield chain


def gap_of(threshold: Threshold) -> timedelta:
    """Windows that begin so long after one another's end are still one chain: on the next day; a new term begins anew."""
    return timedelta(days=0 if threshold.window == "term" else 1)


def _earliest(one: dict[int, date], other: dict[int, date]) -> dict[int, date]:
    return {**other, **{person: min(day, other.get(person, day)) for person, day in one.items()}}


Window = tuple[date, date, dict[int, date]]


def _windows(threshold: Threshold, series: Series, enough: int, terms: Sequence[TermDays]) -> Iterator[Window]:
    """The windows that hold enough people, in the order of their ends. It is enough to end one on every day on which something
    was counted: a later end with nothing new counts nobody more."""
    if threshold.window == "event":
        days = [one.day for one in series.seen]
        whole = (min(days), max(days), _first_days(series.seen))
        return iter([whole] if len(whole[2]) >= enough else [])
    if threshold.window == "term":
        return _by_term(series, terms, enough)
    if series.count.currently:
        return _ill_at_once(series.seen, enough)
    return _rolling(series.seen, threshold.window_days or 1, enough)


def _first_days(seen: Iterable[Seen]) -> dict[int, date]:
    days: dict[int, date] = {}
    for one in seen:
        days[one.person_id] = min(one.day, days.get(one.person_id, one.day))
    return days


def _rolling(seen: Sequence[Seen], window_days: int, enough: int) -> Iterator[Window]:
    by_day: dict[date, list[Seen]] = {}
    for one in seen:
        by_day.setdefault(one.day, []).append(one)
    days = sorted(by_day)
    inside: Counter[int] = Counter()
    oldest = 0
    for last in days:
        inside.update(one.person_id for one in by_day[last])
        first = last - timedelta(days=window_days - 1)
        while days[oldest] < first:
            for one in by_day[days[oldest]]:
                inside[one.person_id] -= 1
                if not inside[one.person_id]:
                    del inside[one.person_id]
            oldest += 1
        if len(inside) >= enough:
            yield first, last, _first_days(one for day in days if first <= day <= last for one in by_day[day])


def _ill_at_once(seen: Sequence[Seen], enough: int) -> Iterator[Window]:
    for day in sorted({one.day for one in seen}):
        ill = [one for one in seen if one.day <= day and (one.until is None or one.until >= day)]
        persons = _first_days(ill)
        if len(persons) >= enough:
            yield day, day, persons


def _by_term(series: Series, terms: Sequence[TermDays], enough: int) -> Iterator[Window]:
    by_term: dict[tuple[date, date], list[Seen]] = {}
    for one in series.seen:
        by_term.setdefault(term_of(one.day, terms), []).append(one)
    for (first, last), of_it in sorted(by_term.items()):
        persons = _first_days(linked(of_it, enough) if series.count.linked else of_it)
        if len(persons) >= enough:
            yield first, last, persons


def reach(thresholds: Collection[Threshold]) -> int:
    """Days to read on either side of a day, so that every rolling window that holds it is whole."""
    return max((threshold.window_days or 1 for threshold in thresholds), default=1) - 1
