"""Pure decisions of movement: words for risk areas and what a row of a list comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

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
