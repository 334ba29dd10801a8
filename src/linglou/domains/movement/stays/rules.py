"""What the cells of timetables and logs mean: periods of the day, weeks of a term, times and moments. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

# The usual periods of a university day: number -> begin, end. A file that gives times needs none.
PERIODS: dict[int, tuple[time, time]] = {
    1: (time(8, 0), time(8, 45)), 2: (time(8, 50), time(9, 35)), 3: (time(9, 50), time(10, 35)), 4: (time(10, 40), time(11, 25)),
    5: (time(11, 30), time(12, 15)), 6: (time(13, 30), time(14, 15)), 7: (time(14, 20), time(15, 5)), 8: (time(15, 15), time(16, 0)),
    9: (time(16, 5), time(16, 50)), 10: (time(18, 30), time(19, 15)), 11: (time(19, 20), time(20, 5)), 12: (time(20, 10), time(20, 55)),
}  # fmt: skip
WEEKDAYS = {name: n for n, names in enumerate(["一1", "二2", "三3", "四4", "五5", "六6", "日天7"]) for name in names} | {
    name: n for n, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
}
PRESENT = frozenset(["出勤", "到", "已到", "正常", "签到", "迟到", "早退", "√", "1", "是", "present", "late", "yes"])
ABSENT = frozenset(["缺勤", "旷课", "未到", "请假", "病假", "事假", "公假", "×", "0", "否", "absent", "leave", "no"])

INWARDS = frozenset(["进", "入", "进校", "入校", "返校", "进入", "进门", "in", "enter", "entry"])
OUTWARDS = frozenset(["出", "离", "出校", "离校", "外出", "离开", "出门", "out", "exit", "leave"])

_SPAN = re.compile(r"(\d{1,2})(?:\s*[-–—~至到]\s*(\d{1,2}))?")
_TIME = re.compile(r"(\d{1,2})[:：](\d{2})(?:[:：](\d{2})(?:\.\d+)?)?")
_MOMENT = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[ T]*(\d{1,2}[:：]\d{2}(?:[:：]\d{2}(?:\.\d+)?)?)"
)


def periods(text: str) -> tuple[time, time]:
    """Begin of the first and end of the last period of ``1-2``, ``第3-4节`` or ``5``. Raises ``ValueError``."""
    numbers = [int(part) for span in _SPAN.findall(text) for part in span if part]
    if not numbers or any(number not in PERIODS for number in numbers):
        raise ValueError(text)
    return PERIODS[min(numbers)][0], PERIODS[max(numbers)][1]


def weeks(text: str) -> list[int]:
    """The weeks of ``1-16``, ``1-8,10`` or ``1-15单`` (odd ones; 双: even). Raises ``ValueError``."""
    found: set[int] = set()
    for part in re.split(r"[,，、;；\s]+", text.replace("周", "").replace("第", "")):
        if not part:
            continue
        step = 1 if "单" in part else 0 if "双" in part else None
        span = _SPAN.search(part)
        if not span:
            raise ValueError(text)
        first, last = int(span[1]), int(span[2] or span[1])
        found |= {week for week in range(first, last + 1) if step is None or week % 2 == step}
    if not found or min(found) < 1 or max(found) > 30:
        raise ValueError(text)
    return sorted(found)


def weekday(text: str) -> int:
    """Monday is 0: ``周一``, ``星期二``, ``3``, ``Thu``. Raises ``ValueError``."""
    plain = re.sub(r"^(周|星期|礼拜)", "", text.strip()).lower()
    found = WEEKDAYS.get(plain[:3] if plain.isascii() and plain.isalpha() else plain)
    if found is None:
        raise ValueError(text)
    return found


def clock_time(cell: object, text: str) -> time:
    """A time of day, also as a spreadsheet keeps it (a fraction of a day). Raises ``ValueError``."""
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    if isinstance(cell, timedelta):
        cell = cell / timedelta(days=1)
    if isinstance(cell, float) and 0 <= cell < 1:
        seconds = round(cell * 86400) % 86400
        return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(text)
    return time(int(found[1]), int(found[2]), int(found[3] or 0))


def moment(cell: object, text: str) -> datetime:
    """A day and a time of day, naive, on the campus clock. Raises ``ValueError``."""
    if isinstance(cell, datetime):
        return cell
    found = _MOMENT.fullmatch(text)
    if not found:
        raise ValueError(text)
    return datetime.combine(date(int(found[1]), int(found[2]), int(found[3])), clock_time(None, found[4]))


def is_absent(text: str) -> bool:
    """Whether a word of an attendance sheet says so; nothing written is present. Raises ``ValueError``."""
    plain = text.strip().lower()
    if plain in ABSENT:
        return True
    if plain and plain not in PRESENT:
        raise ValueError(text)
    return False


def direction(text: str) -> str | None:
    """``in`` or ``out`` of a word in a gate log; None where nothing is written. Raises ``ValueError``."""
    plain = text.strip().lower()
    if plain in INWARDS:
        return "in"
    if plain in OUTWARDS:
        return "out"
    if plain:
        raise ValueError(text)
    return None


def place_code(text: str) -> str:
    """A room or reader as it is told apart: without spaces, in capitals, dashes alike."""
    return re.sub(r"\s+", "", text).replace("－", "-").replace("—", "-").upper()[:60]
