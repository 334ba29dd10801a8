"""Pure decisions of movement: what a row of a list of risk areas comes to, how a new stay lies over what was told before, how well
somebody's whereabouts are known, and how a screening goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

# How a risk area is graded.
LEVELS = {"high": _("高风险"), "medium": _("中风险"), "watch": _("重点关注")}
# What lists write in their column of levels.
LEVEL_SYNONYMS = {
    "high": "高 高风险 高风险区 高风险地区 封控区 high highrisk",
    "medium": "中 中风险 中风险区 中风险地区 管控区 medium mediumrisk",
    "watch": "低 低风险 低风险区 低风险地区 重点关注 重点关注区 重点关注地区 防范区 关注 watch",
}
LEVEL_OF = {word: level for level, words in LEVEL_SYNONYMS.items() for word in words.split()}


@dataclass(frozen=True)
class Area:
    """One entry of a list of risk areas. ``region`` is a code or the prefix of one; ``to_day`` None: until withdrawn."""

    region: str
    place: str
    level: str
    from_day: date
    to_day: date | None
    issuer: str = ""
    source: str = ""

    @property
    def key(self) -> tuple[str, str, date]:
        return self.region, self.place, self.from_day

    @property
    def says(self) -> tuple[str, date | None]:
        """What a later list may say differently of the same area. Who issued it changes nothing."""
        return self.level, self.to_day


def verdict(area: Area, standing: Mapping[tuple[str, str, date], Area]) -> str:
    """``new``, ``unchanged`` or ``changed`` against the entries that stand. Without a first day of its own (see ``adopt``) an
    entry that says the same is the same."""
    known = standing.get(area.key)
    if known is None:
        return "new"
    return "unchanged" if known.says == area.says else "changed"


def adopt(area: Area, standing: Mapping[tuple[str, str, date], Area], *, on: date) -> Area:
    """A row that does not say from when: it goes on with the entry of the same region and place that holds on the day, so that
    tomorrow's list repeats today's instead of listing everything anew."""
    running = [
        known
        for known in standing.values()
        if (known.region, known.place) == (area.region, area.place)
        and known.from_day <= on
        and (known.to_day is None or known.to_day >= on)
    ]
    return replace(area, from_day=max(known.from_day for known in running)) if running else area


# -- whereabouts ---------------------------------------------------------------------------------------------------------

CAMPUS, ABROAD = "", "000000"


@dataclass(frozen=True)
class Stay:
    """Where somebody was from one day to another, both included; ``to_day`` None: is there still. ``region``: a county's code, or
    ``CAMPUS`` or ``ABROAD``."""

    region: str
    place: str
    from_day: date
    to_day: date | None

    @property
    def end(self) -> date:
        return self.to_day or date.max


def laid(told: Iterable[Stay], new: Stay) -> list[Stay]:
    """What was told with a new stay laid over it: what lies before and after the new one stays, sharing the day of travel (nobody
    is less exposed for having said more); what lies within it gives way. In order of days."""
    kept: list[Stay] = [new]
    for old in told:
        if old.end < new.from_day or old.from_day > new.end:
            kept.append(old)
            continue
        if old.from_day < new.from_day:
            kept.append(replace(old, to_day=new.from_day))
        if old.end > new.end:
            kept.append(replace(old, from_day=new.end))
    return sorted(kept, key=lambda stay: (stay.from_day, stay.end, stay.region, stay.place))


def gaps(told: Iterable[Stay], since: date, until: date) -> list[tuple[date, date]]:
    """The runs of days from ``since`` to ``until`` of which nothing was told."""
    found: list[tuple[date, date]] = []
    day = since
    for stay in sorted(told, key=lambda stay: stay.from_day):
        if stay.from_day > until:
            break
        if stay.from_day > day:
            found.append((day, stay.from_day - timedelta(days=1)))
        if stay.end >= day:
            if stay.end >= until:
                return found
            day = stay.end + timedelta(days=1)
    return [*found, (day, until)]


KNOWN, UNVERIFIED, UNKNOWN = "known", "unverified", "unknown"
KNOWLEDGE = {KNOWN: _("已知"), UNVERIFIED: _("待核实"), UNKNOWN: _("未知")}
# How a call-back went; "" while it waits.
RESULTS = {"confirmed": _("核实无误"), "corrected": _("已更正"), "not-reached": _("没有联系上")}
SETTLED_RESULTS = frozenset({"confirmed", "corrected"})


def knowledge(*, told: bool, whole: bool, proxied: bool, check: str | None) -> str:
    """How well somebody's whereabouts are known. ``whole``: every day of the look-back is told; ``check``: the result of the last
    call-back in it ("" while it waits, None without one). A day that was not told is never made up for by a call."""
    if not told:
        return UNKNOWN
    if not whole:
        return UNVERIFIED
    if check is not None:
        return KNOWN if check in SETTLED_RESULTS else UNVERIFIED
    return UNVERIFIED if proxied else KNOWN


# -- screening -----------------------------------------------------------------------------------------------------------

# (state, event) -> state. What is not in the table cannot happen; a lifted or settled person is screened anew as a new episode.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("open", "settle"): "settled",
    ("open", "lift"): "lifted",
}

# How a screening may end.
OUTCOMES = {
    "window-over": _("到过风险区但已满期限，无异常"),
    "observed": _("居家或宿舍观察"),
    "clinic": _("校医院筛查"),
    "postponed": _("留在当地，推迟返校"),
    "excluded": _("核实后排除"),
}

# What a person is told to do, by class.
ADVICE = {
    "symptomatic": _("请戴口罩，不要去教室和食堂，先联系校医院，按校医的安排就诊。"),
    "contact": _("请留在住处，减少与人接触，等辅导员联系您安排观察；有不适马上告诉校医院。"),
    "in-area": _("请留在当地，暂不返校，返校要先得到学校批准；每天照常填报健康。"),
    "through": _("请如实补充去过哪里、怎么去的，等辅导员电话核实；期间每天测温，有不适马上报告。"),
}


def follow(state: str, event: str) -> str | None:
    """The state after ``event``, or None when the state does not permit it."""
    return TRANSITIONS.get((state, event))


@dataclass(frozen=True)
class Reason:
    """One reason of a screening, by its key: ``stay:ID:AREA``, ``trip:ID:AREA``, ``signal:ID``, ``contact:KEY``."""

    kind: str
    id: str
    area_id: int | None


def reason(key: str) -> Reason:
    kind, _colon, rest = key.partition(":")
    if kind in ("stay", "trip"):
        number, _colon, area_id = rest.partition(":")
        return Reason(kind, number, int(area_id))
    return Reason(kind, rest, None)


def areas_in(keys: Sequence[str]) -> set[int]:
    """The risk areas that reasons name."""
    return {found.area_id for found in map(reason, keys) if found.area_id is not None}


# The tasks that a screening opens: their kind, and a key that names screening and role.
TASK_KIND = "screening"


def task_key(screening_id: int, role: str) -> str:
    return f"{TASK_KIND}:{screening_id}:{role}"


def page_of(task_key_: str) -> str:
    """The page of the screening that a task's key names."""
    return f"/movement/screening/{task_key_.split(':')[1]}/"
