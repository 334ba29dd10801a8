"""A list of risk areas in a file: its columns, what each row says, and the file of the rows that were refused."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linglou.domains.movement import rules
from linglou.domains.movement.problems import AREA_FILE_HAS_NO_HEADER, AREA_FILE_TOO_LONG
from linglou.domains.movement.rules import Area
from linglou.foundation.people.roster_import import cells, matching, reading
from linglou.foundation.people.roster_import.problems import FILE_HAS_NO_HEADER
from linglou.kernel import regions
from linglou.kernel.problems import Problem

MOST_ROWS = 5000
FIELDS = {
    "region": gettext_lazy("地区"),
    "place": gettext_lazy("具体场所"),
    "level": gettext_lazy("级别"),
    "from_day": gettext_lazy("起始日期"),
    "to_day": gettext_lazy("结束日期"),
    "issuer": gettext_lazy("发布机关"),
    "source": gettext_lazy("依据"),
}
SYNONYMS = {
    "region": "地区 风险地区 区域 风险区域 行政区划 区县 县区 县市区 市县区 代码 区划代码 行政区划代码 地区名称 region area code county regioncode",
    "place": "具体场所 场所 地点 具体地点 点位 小区 地址 详细地址 风险点位 场所名称 place site address",
    "level": "级别 风险等级 风险级别 等级 风险 level risklevel",
    "from_day": "起始日期 开始日期 起 自 从 起始 列入日期 公布日期 发布日期 划定日期 调整日期 from fromday start startdate firstday since",
    "to_day": "结束日期 截止日期 止 至 到 终止日期 解除日期 to today end enddate lastday until",
    "issuer": "发布机关 发布单位 发布机构 来源单位 issuer issuedby",
    "source": "依据 文号 来源 网址 链接 备注 source reference document link",
}
_FIELD_OF = {word: field for field, words in SYNONYMS.items() for word in words.split()}


@dataclass
class Line:
    """One row of the file: what it says (``area``, None when refused) and what it comes to."""

    line: int
    cells: list[str]
    verdict: str
    reasons: list[str]
    area: Area | None

    def as_json(self) -> dict[str, Any]:
        area = asdict(self.area) | {
            "from_day": self.area.from_day.isoformat(),
            "to_day": self.area.to_day.isoformat() if self.area.to_day else None,
        } if self.area else None  # fmt: skip
        return {"line": self.line, "cells": self.cells, "verdict": self.verdict, "reasons": self.reasons, "area": area}


def area_of(said: Mapping[str, Any]) -> Area:
    """The area of a row as it was kept (``Line.as_json``)."""
    to_day = date.fromisoformat(said["to_day"]) if said["to_day"] else None
    return Area(**{**said, "from_day": date.fromisoformat(said["from_day"]), "to_day": to_day})


def find_header(rows: Sequence[Sequence[cells.Cell]], said: Mapping[str, str]) -> matching.Header | None:
    """The row with most known titles among the first of a sheet; it must hold the region."""
    best: matching.Header | None = None
    for line, row in enumerate(rows[: matching.SEARCHED_ROWS]):
        of: dict[str, int] = {}
        titles = [cells.text(cell) for cell in row]
        for position, title in enumerate(titles):
            field = said.get(title) or _FIELD_OF.get(matching.plain(title), "")
            if field:
                of.setdefault(field, position)
        if "region" in of and len(of) > 1 and (best is None or len(of) > len(best.of)):
            fields = {position: field for field, position in of.items()}
            columns = tuple(matching.Column(n, title, fields.get(n, "")) for n, title in enumerate(titles) if title)
            best = matching.Header(line, columns, of)
    return best


def read(path: Path, *, standing: Mapping[tuple[str, str, date], Area], on: date) -> tuple[list[str], list[Line]]:
    """The titles and every row with its verdict against the entries that stand. Raises ``Problem`` (FILE_*, AREA_FILE_*)."""
    try:
        book = reading.read(path, find=find_header)
    except Problem as problem:
        if problem.kind is FILE_HAS_NO_HEADER:
            raise Problem(AREA_FILE_HAS_NO_HEADER) from problem
        raise
    sheet = next(sheet for sheet in book.sheets if sheet.header)
    header = sheet.header
    assert header is not None
    width = header.last + 1
    titles = [""] * width
    for column in header.columns:
        titles[column.position] = column.title
    lines: list[Line] = []
    seen: dict[tuple[str, str, date], int] = {}
    for number, row in sheet.data():
        if len(lines) == MOST_ROWS:
            raise Problem(AREA_FILE_TOO_LONG, limit=MOST_ROWS)
        shown = [cells.text(cell) for cell in row[:width]] + [""] * (width - len(row))
        said = {field: row[position] if position < len(row) else "" for field, position in header.of.items()}
        area, reasons = judge(said, on=on)
        if area and not cells.text(said.get("from_day")):
            area = rules.adopt(area, standing, on=on)
        if area and area.key in seen:
            reasons = [_("与第 %(line)d 行重复。") % {"line": seen[area.key]}]
            area = None
        if area:
            seen[area.key] = number
        verdict = rules.verdict(area, standing) if area else "rejected"
        lines.append(Line(number, shown, verdict, reasons, area))
    return titles, lines


def judge(said: Mapping[str, cells.Cell], *, on: date) -> tuple[Area | None, list[str]]:
    """The area that a row means, or every reason why it means none. A row without a first day begins on the day itself."""
    reasons: list[str] = []
    region = _region(cells.text(said.get("region")), reasons)
    level = rules.LEVEL_OF.get(matching.plain(cells.text(said.get("level"))), "")
    if not level:
        given = cells.text(said.get("level"))
        reasons.append(
            _("级别“%(level)s”认不出，请写高风险、中风险或重点关注。") % {"level": given} if given else _("没有写级别。")
        )
    from_day, to_day = (_day(said.get(field), field, reasons) for field in ("from_day", "to_day"))
    from_day = from_day or on
    if to_day and to_day < from_day:
        reasons.append(_("结束日期不能早于起始日期。"))
    place, issuer, source = (cells.text(said.get(field)) for field in ("place", "issuer", "source"))
    for field, text, most in (("place", place, 80), ("issuer", issuer, 120), ("source", source, 240)):
        if len(text) > most:
            reasons.append(_("“%(field)s”超过 %(most)d 个字。") % {"field": FIELDS[field], "most": most})
    if reasons:
        return None, reasons
    return Area(region, place, level, from_day, to_day, issuer, source), []


def _region(text: str, reasons: list[str]) -> str:
    if not text:
        reasons.append(_("没有写地区。"))
        return ""
    found = regions.search_any(text)
    if len(found) == 1:
        return regions.prefix(found[0].code)
    if found:
        names = "、".join(regions.name(one.code) for one in found[:5])
        reasons.append(_("有几处同名，请填得更具体：%(names)s") % {"names": names})
    else:
        reasons.append(_("没有找到行政区划“%(text)s”。") % {"text": text})
    return ""


def _day(cell: cells.Cell, field: str, reasons: list[str]) -> date | None:
    try:
        return cells.day(cell)
    except ValueError:
        reasons.append(_("“%(field)s”不是日期：%(text)s") % {"field": FIELDS[field], "text": cells.text(cell)})
        return None


def error_file(titles: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The refused rows with the reasons in a last column, as .xlsx; mended, it can be uploaded as it is."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet(_("风险地区"))
        bold, red = book.add_format({"bold": True}), book.add_format({"bold": True, "font_color": "#B42318"})
        for position, title in enumerate(titles):
            page.write_string(0, position, title, bold)
        page.write_string(0, len(titles), str(matching.REASON_TITLE), red)
        page.set_column(0, len(titles), 18)
        page.set_column(len(titles), len(titles), 60)
        for at, row in enumerate((row for row in rows if row["verdict"] == "rejected"), start=1):
            for position, text in enumerate(row["cells"]):
                page.write_string(at, position, text)
            page.write_string(at, len(titles), " ".join(row["reasons"]))
        page.freeze_panes(1, 0)
    return out.getvalue()


def template() -> bytes:
    """The workbook to fill in, with one example on a sheet of its own."""
    out = io.BytesIO()
    example = ["浙江省杭州市西湖区", "", _("高风险"), "2026-11-20", "", _("省疾控中心"), ""]
    notes = [
        _("必填。写全名、简称或六位代码，可以填到省、市或县。"),
        _("选填。名单点名的市场、小区、楼栋；到过所在县区的人都会排查，再核实是否到过该场所。"),
        _("必填。高风险、中风险或重点关注。"),
        _("如 2026-11-20；不填的，名单上已有的接着算，没有的从今天起。"),
        _("当天仍然有效；不填表示直到撤销。"),
        _("选填。"),
        _("文号或网址。"),
    ]
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        head, text = book.add_format({"bold": True, "bg_color": "#E6F0F5", "border": 1}), book.add_format({"num_format": "@"})
        page, guide = book.add_worksheet(_("风险地区")), book.add_worksheet(_("填写说明"))
        guide.set_column(0, 0, 14)
        guide.set_column(1, 1, 70)
        guide.set_column(2, 2, 24)
        for position, heading in enumerate((_("栏目"), _("怎么填"), _("示例"))):
            guide.write_string(0, position, heading, head)
        for position, (field, title) in enumerate(FIELDS.items()):
            page.set_column(position, position, 22 if field in ("region", "place", "issuer", "source") else 14, text)
            page.write_string(0, position, str(title), head)
            for column, said in enumerate((str(title), notes[position], example[position])):
                guide.write_string(position + 1, column, said)
        page.freeze_panes(1, 0)
    return out.getvalue()
