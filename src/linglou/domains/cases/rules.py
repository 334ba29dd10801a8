"""Pure decisions about cases: which status follows which, what a decision asks for, who is told, what a report is.

The definitions themselves are rows of the rulebook; nothing here knows a disease.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.roles import Role

# (status, event) -> status. What is not in the table cannot happen; "" is a case that is only now being opened.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("", "suspect"): "suspected",
    ("", "diagnose"): "probable",
    ("", "confirm"): "confirmed",
    ("", "find-asymptomatic"): "asymptomatic",
    ("suspected", "diagnose"): "probable",
    ("suspected", "confirm"): "confirmed",
    ("suspected", "find-asymptomatic"): "asymptomatic",
    ("suspected", "exclude"): "excluded",
    ("suspected", "die"): "died",
    ("probable", "confirm"): "confirmed",
    ("probable", "exclude"): "excluded",
    ("probable", "recover"): "recovered",
    ("probable", "die"): "died",
    ("confirmed", "exclude"): "excluded",
    ("confirmed", "recover"): "recovered",
    ("confirmed", "die"): "died",
    ("asymptomatic", "confirm"): "confirmed",  # symptoms appeared
    ("asymptomatic", "exclude"): "excluded",
    ("asymptomatic", "recover"): "recovered",
}

OPENINGS = tuple(event for (status, event) in TRANSITIONS if not status)
# What must be reported at once may be opened by whoever learns of it; what it turns out to be is the clinic's.
SUSPICIONS = ("suspect",)
# Statuses that a definition of the rulebook describes; the others are outcomes.
DEFINED = frozenset({"suspected", "probable", "confirmed", "asymptomatic"})
ENDED = frozenset({"recovered", "died", "excluded"})

EVENT_NAMES = {
    "suspect": _("列为疑似"),
    "diagnose": _("临床诊断"),
    "confirm": _("确诊"),
    "find-asymptomatic": _("判定无症状感染者"),
    "exclude": _("排除"),
    "recover": _("痊愈"),
    "die": _("死亡"),
    "undo": _("撤销上一次判定"),
    "merge": _("并入另一病例"),
    "unmerge": _("撤销合并"),
}


def follow(status: str, event: str) -> str | None:
    """The status after ``event``, or None when it does not follow."""
    return TRANSITIONS.get((status, event))


def events_from(status: str) -> list[str]:
    """What may be decided of a case of a status, in the order of the table."""
    return [event for (before, event) in TRANSITIONS if before == status]


def needs_reason(event: str, answer: str) -> bool:
    """Whether the clinician has to say why: the definition in force is not met (or not known to be), or an earlier decision is
    taken back. ``answer`` is met, not-met, unknown, or "" where no definition speaks."""
    return event in ("exclude", "undo", "merge", "unmerge") or answer in ("not-met", "unknown")


# -- telling -------------------------------------------------------------------------------------------------------------

# Who is told of a decision at once, each with an acknowledgement. The clinic is asked too: another doctor may be on duty.
TOLD = (Role.CLINIC, Role.COUNSELLOR, Role.COLLEGE_SECRETARY, Role.PREVENTION_OFFICE, Role.COMMAND_GROUP)
ACKNOWLEDGE_MINUTES = 30
TELL_KIND, REPORT_KIND, OPEN_KIND = "case-told", "case-report", "case-open"


def tell_key(case_id: int, decision_id: int, role: str) -> str:
    return f"{TELL_KIND}:{case_id}:{decision_id}:{role}"


def told_of(case_id: int) -> str:
    """What the key of every acknowledgement of a case begins with."""
    return f"{TELL_KIND}:{case_id}:"


def report_key(case_id: int, report_id: int) -> str:
    return f"{REPORT_KIND}:{case_id}:{report_id}"


def page_of(task_key: str) -> str:
    """The page of the case that a task's key names."""
    return f"/cases/{task_key.split(':')[1]}/"


# -- reporting -----------------------------------------------------------------------------------------------------------

STAGES = {"initial": _("初报"), "progress": _("续报"), "final": _("终报")}
MEANS = {"network": _("网络直报"), "phone": _("电话"), "fax": _("传真"), "mail": _("电子邮件"), "paper": _("书面送达")}


def stage_of(to_status: str, *, earlier: int) -> str | None:
    """Which report a decision asks for, after ``earlier`` reports of the case; None for none: what was never reported is not
    taken back."""
    if to_status in ENDED:
        return "final" if earlier else None
    return "progress" if earlier else "initial"


@dataclass(frozen=True)
class Clock:
    """A report clock of the rulebook: ``on`` is a management class. ``own_rule_id``: the school's own rule that gives fewer minutes
    than the row."""

    on: str
    minutes: int
    rule_id: str
    edition: str
    own_rule_id: int | None = None


def clock_of(managed_as: str, clocks: Sequence[Clock]) -> Clock | None:
    """The clock for a disease managed as A, B or C; None where it need not be notified."""
    return next((clock for clock in clocks if clock.on == managed_as), None)


def due_at(clock: Clock, diagnosed_at: datetime) -> datetime:
    """Reports are due so many minutes from the diagnosis on (hour-counted periods start at once)."""
    return diagnosed_at + timedelta(minutes=clock.minutes)


# -- what is known -------------------------------------------------------------------------------------------------------

SAID = {"yes": True, "no": False, "unknown": None}


def changed(before: Mapping[str, bool | None], said: Mapping[str, bool | None]) -> dict[str, bool | None]:
    """The facts that were said otherwise than they stood (an absent one is unknown)."""
    return {code: value for code, value in said.items() if before.get(code) is not value}


# -- the same case twice -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Identity:
    """By what two records of one person are known. Empty values tell nothing."""

    person_id: int
    id_number: str = ""
    phone: str = ""
    name: str = ""
    birth_date: str = ""


def same_by(one: Identity, other: Identity) -> str:
    """Why two cases look like one person's: person, id-number, phone, name-and-birth, or "" when nothing says so."""
    if one.person_id == other.person_id:
        return "person"
    if one.id_number and one.id_number == other.id_number:
        return "id-number"
    if one.phone and one.phone == other.phone:
        return "phone"
    if one.birth_date and (one.name, one.birth_date) == (other.name, other.birth_date):
        return "name-and-birth"
    return ""


SAME_BY = {
    "person": _("同一人"),
    "id-number": _("证件号码相同"),
    "phone": _("电话相同"),
    "name-and-birth": _("姓名和出生日期相同"),
}
