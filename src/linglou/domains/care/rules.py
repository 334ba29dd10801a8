"""Pure decisions of care: what becomes of an observation, which day it is, when somebody is let go, who answers a need.

How long and how often is in the rulebook; nothing here knows a disease.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol, TypeVar

from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.roles import Role
from linglou.foundation.rulebook.rules.criteria import Criterion
from linglou.kernel import clock

# (state, event) -> state. What is not in the table cannot happen; "" is an observation that is only now being begun.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("", "start"): "watching",
    ("watching", "correct"): "watching",  # the evidence changed: another last contact, another status of the case
    ("watching", "extend"): "watching",
    ("watching", "release"): "released",
    ("watching", "convert"): "converted",  # fell ill: goes on as a case
    ("watching", "withdraw"): "withdrawn",  # was no contact after all
    ("watching", "end"): "ended",  # died
    ("released", "resume"): "watching",
    ("converted", "resume"): "watching",
    ("withdrawn", "resume"): "watching",
}

EVENT_NAMES = {
    "start": _("开始观察"),
    "correct": _("依据有变化"),
    "extend": _("延长观察"),
    "release": _("解除观察"),
    "convert": _("转为病例"),
    "withdraw": _("撤销观察"),
    "end": _("终止观察"),
    "resume": _("恢复观察"),
}

# Ground -> the release rows that may speak for it, the most specific first.
RELEASED_BY = {
    "close-contact": ("close-contact",),
    "contact-of-contact": ("close-contact",),
    "returnee": (),
    "suspected": ("case", "return"),
    "case": ("case", "return"),
    "asymptomatic": ("asymptomatic", "return"),
}
PATIENTS = frozenset({"suspected", "case", "asymptomatic"})
WELL = "no-symptoms"  # the fact of the vocabulary that every release of a well person rests on


def follow(state: str, event: str) -> str | None:
    """The state after ``event``, or None when it does not follow."""
    return TRANSITIONS.get((state, event))


# -- days ----------------------------------------------------------------------------------------------------------------


class Watched(Protocol):
    """As ``models.Observation``: ``since`` is day 0; ``last_day`` None: until the release criteria are met."""

    @property
    def since(self) -> date: ...
    @property
    def last_day(self) -> date | None: ...


@dataclass(frozen=True)
class Standing:
    """Day ``day`` of ``of`` (None: open-ended). Day 1 is the day after ``since``; 0 is that day itself."""

    day: int
    of: int | None

    @property
    def is_over(self) -> bool:
        """Whether the last day lies behind."""
        return self.of is not None and self.day > self.of


def standing(one: Watched, *, on: date) -> Standing:
    """Which day of an observation a campus day is (rules: day 1 is the day after the event, the last is day N)."""
    return Standing((on - one.since).days, (one.last_day - one.since).days if one.last_day else None)


AnyWatched = TypeVar("AnyWatched", bound=Watched)


def leading(watched: Iterable[AnyWatched]) -> AnyWatched | None:
    """Of several observations of a person the one that ends last: open-ended ones first. It tells which day it is."""
    return max(watched, key=lambda one: (one.last_day is None, one.last_day or date.max, one.since), default=None)


def complete_at(day: date) -> datetime:
    """The moment a campus day is over: from here on full days after it are counted."""
    return clock.moment(day + timedelta(days=1), time.min)


def release_criterion(one: Watched, row: Criterion | None) -> Criterion:
    """What has to be met to let somebody go: the days of their own observation (extended or not), and what the release row of the
    rulebook says; without such a row, to be well."""
    parts = []
    if one.last_day:
        parts.append(Criterion("elapsed", code="last-contact", span=one.last_day - one.since))
    parts.append(row or Criterion("has", code=WELL))
    return parts[0] if len(parts) == 1 else Criterion("all", parts=tuple(parts))


def needs_reason(event: str, answer: str) -> bool:
    """Whether the decision has to say why. ``answer`` is what the release criteria say (met, not-met, unknown)."""
    return event in ("extend", "withdraw", "resume") or (event == "release" and answer != "met")


# Product defaults, not law, where the rulebook says nothing of a patient or of somebody who came back: morning and evening.
PATIENT_CHECKS = 2
RETURNEE_CHECKS = 2

# -- checks --------------------------------------------------------------------------------------------------------------

# When the first, second ... check of a day is asked. A rule that wants more gets these.
CHECK_WINDOWS: tuple[tuple[time, time], ...] = (
    (time(6, 0), time(12, 0)),
    (time(14, 0), time(20, 0)),
    (time(20, 0), time(23, 30)),
    (time(12, 0), time(14, 0)),
)
# A check asked out of turn, of somebody whose observation began when the check of the day was open already. Product defaults.
LATE_CHECK_STAYS = timedelta(hours=2)
LATE_CHECK_ENDS = time(23, 30)
LEAST_TO_ANSWER = timedelta(minutes=30)


def late_check_closes(at: datetime) -> datetime | None:
    """When a check closes that is asked at ``at``; None: too little is left of the campus day."""
    end = clock.moment(clock.day_of(at), LATE_CHECK_ENDS)
    return min(at + LATE_CHECK_STAYS, end) if end - at >= LEAST_TO_ANSWER else None


NOBODY_CHECKED_AT = time(20, 0)  # whoever has not been checked by then has not been checked today
MUST_HAVE_BEEN_THERE_BY = time(12, 0)


def checks_asked(checks_per_day: Iterable[int]) -> int:
    """How many checks a day are asked of somebody watched on several grounds."""
    return min(max(checks_per_day, default=0), len(CHECK_WINDOWS))


# -- meals ---------------------------------------------------------------------------------------------------------------

# When a meal is brought to an isolation room: who is there then gets it. Product defaults.
MEALS: dict[str, tuple[Any, time]] = {
    "breakfast": (_("早餐"), time(7, 30)),
    "lunch": (_("午餐"), time(12, 0)),
    "dinner": (_("晚餐"), time(18, 0)),
}


def meals_of(day: date, *, from_at: datetime, to_at: datetime | None) -> tuple[str, ...]:
    """The meals of a campus day that somebody gets who is in a room from one moment to another (None: until further notice)."""
    brought = {name: clock.moment(day, when) for name, (_label, when) in MEALS.items()}
    return tuple(name for name, at in brought.items() if from_at <= at and (to_at is None or to_at > at))


# -- needs ---------------------------------------------------------------------------------------------------------------

# Kind of need -> whose it is: a post of the school, or one of the people of the plan.
NEED_ROLES = {"meal": Role.LOGISTICS, "supply": Role.LOGISTICS, "medicine": Role.CLINIC}
NEED_PEOPLE = {"study": "tutor", "mind": "supporter"}
NEED_MINUTES = {"medicine": 60, "mind": 60, "meal": 120}
NEED_MINUTES_OTHERWISE = 24 * 60

# The tasks about care: their kinds, and keys that name what they are about.
NEED_KIND, UNCHECKED_KIND, RELEASE_KIND, FOLLOW_UP_KIND = "care-need", "care-unchecked", "care-release", "care-follow-up"


def need_key(need_id: int) -> str:
    return f"{NEED_KIND}:{need_id}"


def unchecked_key(plan_id: int, day: date) -> str:
    return f"{UNCHECKED_KIND}:{plan_id}:{day}"


def release_key(plan_id: int, observation_id: int, last_day: date) -> str:
    return f"{RELEASE_KIND}:{plan_id}:{observation_id}:{last_day}"


def follow_up_key(plan_id: int, day: date) -> str:
    return f"{FOLLOW_UP_KIND}:{plan_id}:{day}"


def page_of(key: str) -> str:
    """The page on which a task about a plan is done."""
    return f"/care/{key.split(':')[1]}/"


def need_page_of(key: str) -> str:
    return f"/care/needs/{key.split(':')[1]}/"


FIRST_FOLLOW_UP = timedelta(days=7)  # when a closed plan is looked at again, unless its closer says otherwise


def even(holders: Sequence[int], person_id: int) -> int | None:
    """Which of those who hold a post takes care of a person: shared evenly, always the same."""
    return holders[person_id % len(holders)] if holders else None


# -- lost to follow-up -----------------------------------------------------------------------------------------------------

LOST_AFTER_DAYS = (
    3  # whole campus days without any check; WHO's contact tracing guidance sets no number, this is the product's own
)


def last_days(opened: date, last_day: date | None, ended: date | None, *, today: date) -> tuple[date, date] | None:
    """The last days of being watched, first and last, in which a check shows that somebody was reached; None where there were not
    ``LOST_AFTER_DAYS`` of them. Of a watch that goes on: the days that are over, and today."""
    until = min(day for day in (last_day, ended) if day) if ended else today
    over = until if ended else until - timedelta(days=1)
    since = over - timedelta(days=LOST_AFTER_DAYS - 1)
    return (since, until) if since >= opened else None
