"""Pure decisions about absences: which state follows which, when a day's follow-up is asked, what a return needs.

The criteria of a return are rows of the rulebook; nothing here knows a disease.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext_lazy as _

from linglou.kernel import clock

# (state, event) -> state. What is not in the table cannot happen; "" is an absence that is only now being registered.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("", "register"): "open",
    ("open", "follow-up"): "open",
    ("open", "accept-certificate"): "returned",  # a hospital's was seen
    ("open", "certify"): "returned",  # the clinic's own
    ("open", "void"): "void",
}
EVENT_NAMES = {
    "register": _("登记因病缺课"),
    "follow-up": _("跟进"),
    "accept-certificate": _("凭医院证明复课"),
    "certify": _("校医院核实复课"),
    "void": _("登记有误，作废"),
}


def follow(state: str, event: str) -> str | None:
    """The state after ``event``, or None when it does not follow."""
    return TRANSITIONS.get((state, event))


def needs_reason(event: str, answer: str) -> bool:
    """Whether it has to be said why. ``answer`` is what the criteria of the return say: met, not-met, unknown, or '' where none
    speak."""
    return event == "void" or (event == "certify" and answer in ("not-met", "unknown"))


# -- the day's follow-up ---------------------------------------------------------------------------------------------------

TASK_KIND = "absence"
ASKED_FROM, DUE = time(7, 0), time(18, 0)
SHORTEST = timedelta(hours=1)  # for whoever is asked only in the evening
CLIMBS_EVERY_MINUTES = 120


def is_time_to_ask(at: datetime) -> bool:
    """Not in the night. The day of the registration is not asked for: registering was that day's look."""
    return clock.local(at).time() >= ASKED_FROM


def due_at(at: datetime) -> datetime:
    """By when the day's follow-up is owed that is asked for at ``at``."""
    return max(clock.moment(clock.day_of(at), DUE), at + SHORTEST)


def task_key(absence_id: int, day: date) -> str:
    return f"{TASK_KIND}:{absence_id}:{day:%Y-%m-%d}"


def tasks_of(absence_id: int) -> str:
    """What the key of every task of an absence begins with."""
    return f"{TASK_KIND}:{absence_id}:"


def page_of(key: str) -> str:
    return f"/care/absences/{key.split(':')[1]}/"


def days_missed(from_day: date, until: date) -> int:
    """Day N of an absence on a day; and, of the last day missed, how many it took."""
    return (until - from_day).days + 1
