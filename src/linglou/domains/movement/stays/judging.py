"""What one row of a file means: who was where, when; or every reason why it means nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from linglou.domains.movement.models import StayFile
from linglou.domains.movement.stays import rules
from linglou.foundation.people.roster_import import cells
from linglou.kernel import clock

Reason = tuple[str, dict[str, str]]

REASONS: dict[str, Any] = {
    "who-missing": _("没有写是谁：请填学号，或在课表中填班级。"),
    "number-destroyed": _("学号被 Excel 改成了 {value}，后面的数字已丢失。请把该列设为“文本”格式后重新填写。"),
    "number-unknown": _("名册中没有学号“{value}”。请核对，或先导入名册。"),
    "class-unknown": _("没有名为“{value}”的班级。请与系统中的班级名称一致。"),
    "class-ambiguous": _("有几个班级都叫“{value}”。请改用学号逐人填写。"),
    "room-missing": _("没有写地点。请填教室、窗口、闸机或活动地点。"),
    "day-missing": _("没有写日期。请填日期；课表也可以填星期和周次。"),
    "day-unreadable": _("日期“{value}”无法识别。请按 2026-11-02 的样式填写。"),
    "weekday-unreadable": _("星期“{value}”无法识别。请填周一至周日。"),
    "weeks-unreadable": _("周次“{value}”无法识别。请按 1-16 或 1-8,10 的样式填写。"),
    "term-missing": _("按周次排的课表要知道第一周从哪天开始。请在上传时填写“第一周周一”。"),
    "periods-unreadable": _("节次“{value}”无法识别。请按 1-2 的样式填写，或改填开始、结束时间。"),
    "time-missing": _("没有写时间。请填节次，或开始和结束时间。"),
    "time-unreadable": _("时间“{value}”无法识别。请按 2026-11-02 12:05 或 12:05 的样式填写。"),
    "ends-before-start": _("结束时间 {ends} 不晚于开始时间 {starts}。请核对。"),
    "in-future": _("时间 {value} 还没有到。请核对日期。"),
    "seat-unreadable": _("座位“{value}”无法识别。排和座请填数字。"),
    "direction-unreadable": _("进出“{value}”无法识别。请填进或出；不知道就留空。"),
    "status-unreadable": _("出勤情况“{value}”无法识别。请填出勤、迟到、缺勤或请假。"),
}


def words(reasons: Sequence[Sequence[Any]]) -> list[str]:
    """Reasons as they were kept, in words of the reader's language."""
    return [str(REASONS[code]).format_map(values) for code, values in reasons]


@dataclass
class Meant:
    """One row, understood as far as it could be. ``spans`` are (start, end), a day each."""

    number: str = ""
    class_name: str = ""
    place: str = ""
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    is_absent: bool = False
    row: int | None = None
    col: int | None = None
    direction: str | None = None
    reasons: list[Reason] = field(default_factory=list)

    def refuse(self, code: str, **values: object) -> None:
        self.reasons.append((code, {name: str(value) for name, value in values.items()}))


@dataclass(frozen=True)
class Reader:
    """Reads rows of one kind of file. ``minutes`` that a card at a canteen window means; ``term`` the Monday of week 1."""

    kind: str
    at: datetime
    minutes: int = 30
    term: date | None = None

    def read(self, said: Mapping[str, cells.Cell]) -> Meant:
        """``said`` maps fields to cells."""
        meant = Meant(class_name=cells.text(said.get("class")), place=cells.text(said.get("place"))[:120])
        try:
            meant.number = cells.digits(said.get("number"))
        except cells.Destroyed as lost:
            meant.refuse("number-destroyed", value=lost)
        if not meant.number and not meant.class_name and not meant.reasons:
            meant.refuse("who-missing")
        if not meant.place:
            meant.refuse("room-missing")
        self._seat(said, meant)
        if self.kind == StayFile.ATTENDANCE:
            try:
                meant.is_absent = rules.is_absent(cells.text(said.get("status")))
            except ValueError as unread:
                meant.refuse("status-unreadable", value=unread)
        if self.kind in (StayFile.CANTEEN, StayFile.GATE):
            self._tap(said, meant)
        elif self.kind != StayFile.SEAT_CHART:
            self._session(said, meant)
        return meant

    def _seat(self, said: Mapping[str, cells.Cell], meant: Meant) -> None:
        texts = [cells.text(said.get(name)) for name in ("row", "col")]
        if self.kind != StayFile.SEAT_CHART and not any(texts):
            return
        if all(text.isdecimal() and 0 < int(text) < 1000 for text in texts):
            meant.row, meant.col = (int(text) for text in texts)
        else:
            meant.refuse("seat-unreadable", value=" ".join(texts))

    def _tap(self, said: Mapping[str, cells.Cell], meant: Meant) -> None:
        cell = said.get("at")
        text = cells.text(cell)
        if not text:
            meant.refuse("time-missing")
            return
        try:
            start = rules.moment(cell, text).replace(tzinfo=clock.CAMPUS_ZONE)
        except ValueError:
            meant.refuse("time-unreadable", value=text)
            return
        if start > self.at:
            meant.refuse("in-future", value=text)
        end = start + timedelta(minutes=self.minutes)
        if self.kind == StayFile.GATE:  # somebody goes through a gate once: never cut in two at midnight
            end = min(start + timedelta(minutes=1), clock.moment(start.date() + timedelta(days=1), time.min))
            self._direction(said, meant)
        meant.spans = [(start, end)]

    def _direction(self, said: Mapping[str, cells.Cell], meant: Meant) -> None:
        text = cells.text(said.get("direction"))
        try:
            meant.direction = rules.direction(text)
        except ValueError:
            meant.refuse("direction-unreadable", value=text)

    def _session(self, said: Mapping[str, cells.Cell], meant: Meant) -> None:
        days, times = self._days(said, meant), self._times(said, meant)
        if not days or times is None:
            return
        starts, ends = times
        if ends <= starts:
            meant.refuse("ends-before-start", starts=f"{starts:%H:%M}", ends=f"{ends:%H:%M}")
            return
        meant.spans = [(clock.moment(day, starts), clock.moment(day, ends)) for day in days]
        if self.kind != StayFile.TIMETABLE and meant.spans[0][0] > self.at:
            meant.refuse("in-future", value=f"{days[0]} {starts:%H:%M}")

    def _days(self, said: Mapping[str, cells.Cell], meant: Meant) -> list[date]:
        cell = said.get("date")
        try:
            day = cells.day(cell)
        except ValueError:
            meant.refuse("day-unreadable", value=cells.text(cell))
            return []
        if day:
            return [day]
        weekday, weeks = cells.text(said.get("weekday")), cells.text(said.get("weeks"))
        if not weekday or not weeks:
            meant.refuse("day-missing")
            return []
        if self.term is None:
            meant.refuse("term-missing")
            return []
        try:
            n = rules.weekday(weekday)
        except ValueError:
            meant.refuse("weekday-unreadable", value=weekday)
            return []
        try:
            return [self.term + timedelta(weeks=week - 1, days=n) for week in rules.weeks(weeks)]
        except ValueError:
            meant.refuse("weeks-unreadable", value=weeks)
            return []

    def _times(self, said: Mapping[str, cells.Cell], meant: Meant) -> tuple[time, time] | None:
        periods = cells.text(said.get("periods"))
        given = {name: said.get(name) for name in ("starts", "ends")}
        texts = {name: _shown(cell) for name, cell in given.items()}
        if texts["starts"] and texts["ends"]:
            read: list[time] = []
            for name in ("starts", "ends"):
                try:
                    read.append(rules.clock_time(given[name], texts[name]))
                except ValueError:
                    meant.refuse("time-unreadable", value=texts[name])
            return (read[0], read[1]) if len(read) == 2 else None
        if not periods:
            meant.refuse("time-missing")
            return None
        try:
            return rules.periods(periods)
        except ValueError:
            meant.refuse("periods-unreadable", value=periods)
            return None


def _shown(cell: cells.Cell) -> str:
    return f"{cell:%H:%M:%S}" if isinstance(cell, datetime | time) else cells.text(cell)


def kept(row: Sequence[cells.Cell]) -> list[str]:
    """A row as it stands in the file, as text (with the time of day, which ``cells.text`` leaves out)."""
    return [
        f"{cell:%Y-%m-%d %H:%M:%S}"
        if isinstance(cell, datetime)
        else f"{cell:%H:%M:%S}"
        if isinstance(cell, time)
        else cells.text(cell)
        for cell in row
    ]
