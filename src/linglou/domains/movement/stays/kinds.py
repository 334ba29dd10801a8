"""The kinds of files that stays come from: their columns, what their places are, and which columns must be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from linglou.domains.movement.models import PlaceKind, StayFile, StaySource
from linglou.foundation.people.roster_import import cells, matching

FIELDS = {
    "number": _("学号"),
    "class": _("班级"),
    "place": _("地点"),
    "date": _("日期"),
    "weekday": _("星期"),
    "weeks": _("周次"),
    "periods": _("节次"),
    "starts": _("开始时间"),
    "ends": _("结束时间"),
    "at": _("时间"),
    "direction": _("进出"),
    "status": _("出勤情况"),
    "row": _("排"),
    "col": _("座"),
}
SYNONYMS = {
    "number": "学号 学生学号 学工号 工号 卡号 一卡通号 校园卡号 人员编号 number studentid studentno cardno card id",
    "class": "班级 行政班 教学班 上课班级 班级名称 class classname",
    "place": "地点 教室 上课地点 上课教室 场地 房间 窗口 档口 商户 终端 终端名称 设备 设备名称 消费机 闸机 通道 校门 门禁 门禁点 活动 活动名称 活动地点 会场 "
    "room classroom place reader terminal gate lane window venue event",
    "date": "日期 上课日期 考勤日期 活动日期 date day",
    "weekday": "星期 周几 星期几 weekday dayofweek",
    "weeks": "周次 上课周次 起止周 教学周 weeks week",
    "periods": "节次 上课节次 课节 第几节 periods period section",
    "starts": "开始时间 上课时间 起始时间 开始 签到时间 starts start starttime from",
    "ends": "结束时间 下课时间 结束 签退时间 ends end endtime to until",
    "at": "时间 消费时间 刷卡时间 交易时间 通行时间 进出时间 打卡时间 time timestamp at datetime",
    "direction": "进出 出入 方向 进出方向 出入方向 通行方向 进出校 出入校 进出类型 出入类型 进出状态 出入状态 direction inout in/out",
    "status": "出勤情况 考勤 考勤状态 考勤结果 出勤 出勤状态 状态 status attendance",
    "row": "排 排号 行 第几排 row",
    "col": "座 座号 座位 座位号 列 列号 seat column col",
}
_FIELD_OF = {word: field for field, words in SYNONYMS.items() for word in words.split()}


@dataclass(frozen=True)
class Kind:
    """``columns`` are offered in this order by the template; of each tuple in ``needs`` one must be there."""

    source: StaySource
    place: PlaceKind
    columns: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    example: tuple[str, ...]


KINDS: dict[str, Kind] = {
    StayFile.TIMETABLE: Kind(
        StaySource.TIMETABLE, PlaceKind.CLASS_SESSION,
        ("class", "number", "place", "weekday", "weeks", "date", "periods", "starts", "ends"),
        (("class", "number"), ("place",), ("date", "weekday"), ("periods", "starts")),
        ("软件2401A", "", "东教 101", "周一", "1-16", "", "1-2", "", ""),
    ),
    StayFile.ATTENDANCE: Kind(
        StaySource.ATTENDANCE, PlaceKind.CLASS_SESSION, ("number", "place", "date", "periods", "starts", "ends", "status"),
        (("number",), ("place",), ("date",), ("periods", "starts")),
        ("20240001", "东教 101", "2026-11-02", "1-2", "", "", "缺勤"),
    ),
    StayFile.CANTEEN: Kind(
        StaySource.CANTEEN, PlaceKind.CANTEEN, ("number", "place", "at"), (("number",), ("place",), ("at",)),
        ("20240001", "一食堂 3 号窗口", "2026-11-02 12:05:33"),
    ),
    StayFile.GATE: Kind(
        StaySource.GATE, PlaceKind.GATE, ("number", "place", "at", "direction"), (("number",), ("place",), ("at",)),
        ("20240001", "东门 2 号闸机", "2026-11-02 18:20:07", "进"),
    ),
    StayFile.SIGN_IN: Kind(
        StaySource.SIGN_IN, PlaceKind.GATHERING, ("number", "place", "date", "starts", "ends", "row", "col"),
        (("number",), ("place",), ("date",), ("starts",), ("ends",)),
        ("20240001", "大礼堂 迎新晚会", "2026-11-02", "19:00", "21:00", "5", "12"),
    ),
    StayFile.SEAT_CHART: Kind(
        StaySource.SEAT_CHART, PlaceKind.CLASS_SESSION, ("number", "place", "row", "col"),
        (("number",), ("place",), ("row",), ("col",)), ("20240001", "东教 101", "3", "7"),
    ),
}  # fmt: skip


def finder(kind: Kind) -> Callable[[Sequence[Sequence[cells.Cell]], Mapping[str, str]], matching.Header | None]:
    """How the header of such a file is found: the row in which most of its columns are named, at least two."""

    def find(rows: Sequence[Sequence[cells.Cell]], said: Mapping[str, str]) -> matching.Header | None:
        best: matching.Header | None = None
        for line, row in enumerate(rows[: matching.SEARCHED_ROWS]):
            titles = [cells.text(cell) for cell in row]
            of: dict[str, int] = {}
            for position, title in enumerate(titles):
                field = _FIELD_OF.get(matching.plain(title), "")
                if field in kind.columns:
                    of.setdefault(field, position)
            if len(of) > max(1, len(best.of) if best else 1):
                fields = {position: field for field, position in of.items()}
                columns = tuple(matching.Column(n, title, fields.get(n, "")) for n, title in enumerate(titles) if title)
                best = matching.Header(line, columns, of)
        return best

    return find


def missing(kind: Kind, header: matching.Header) -> list[str]:
    """The columns that must be there and are not, as the template names them ("班级/学号")."""
    return ["/".join(str(FIELDS[field]) for field in one_of) for one_of in kind.needs if not set(one_of) & header.of.keys()]
