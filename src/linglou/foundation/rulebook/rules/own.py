"""What a school may ask beside a row, and what holds when both are kept: stricter or equal, never less."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linglou.foundation.rulebook.rules.diseases import Observation
from linglou.foundation.rulebook.rules.rows import Row
from linglou.foundation.rulebook.rules.school import ReportClock, Threshold

# The numbers a school may ask, and which way is stricter.
MORE = ("days", "checks_per_day", "window_days")  # the others: fewer
NUMBERS = {
    "days": gettext_lazy("观察天数"),
    "checks_per_day": gettext_lazy("每天检查次数"),
    "people": gettext_lazy("起报人数"),
    "window_days": gettext_lazy("统计窗口天数"),
    "hours": gettext_lazy("时限小时数"),
}

# The management classes whose clocks run on a case; those of outbreaks run on the thresholds that speak of them.
CLOCKED_CLASSES = ("A", "B", "C")


def asked_by(row: Row) -> dict[str, float]:
    """The numbers of a row beside which a school may set its own. Infinity: the row asks to act, but gives no hours."""
    if isinstance(row, Observation):
        return {"days": row.days, "checks_per_day": row.checks_per_day}
    if isinstance(row, ReportClock):
        return {"hours": row.minutes / 60} if row.on in CLOCKED_CLASSES else {}
    if isinstance(row, Threshold):
        asked: dict[str, float] = {"hours": float("inf") if row.act_minutes is None else row.act_minutes / 60}
        numbers = [count.n for count in row.counts if count.n is not None]
        return asked | ({"people": max(numbers)} if numbers else {}) | (
            {"window_days": row.window_days} if row.window_days is not None else {}
        )  # fmt: skip
    return {}


def unsuited(row: Row, own: Mapping[str, int | None]) -> list[str]:
    """The numbers that a row does not have."""
    asked = asked_by(row)
    return [name for name in NUMBERS if own.get(name) is not None and name not in asked]


def laxer(row: Row, own: Mapping[str, int | None]) -> list[str]:
    """The numbers that ask less than the row."""
    found = []
    for name, least in asked_by(row).items():
        number = own.get(name)
        if number is not None and (number < least if name in MORE else number > least):
            found.append(name)
    return found


def bound(row: Row, name: str) -> str:
    """How far a number may go beside a row, in words."""
    least = asked_by(row).get(name)
    if least is None:
        return _("这条规则没有这一项，请留空。")
    return (_("现行规则是 %(n)g，只能更多。") if name in MORE else _("现行规则是 %(n)g，只能更少。")) % {"n": least}


def tightened(row: Threshold, *, people: int | None, window_days: int | None) -> Threshold | None:
    """The threshold as the school's own rule counts it: each of its counts with no more people than that, and no shorter a
    window; None when it counts as the row does. A share of a class stays the row's."""
    counts = tuple(
        count.model_copy(update={"n": people}) if people is not None and count.n is not None and people < count.n else count
        for count in row.counts
    )
    days = row.window_days
    if days is not None and window_days is not None:
        days = max(days, window_days)
    if counts == row.counts and days == row.window_days:
        return None
    return row.model_copy(update={"counts": counts, "window_days": days})


def is_shorter(hours: int | None, minutes: int | None) -> bool:
    """Whether a school's own clock runs out before one of ``minutes`` (None: promptly, without a number)."""
    return hours is not None and (minutes is None or hours * 60 < minutes)
