"""Files with names in them: .xlsx, each page marked with who took it and when, each taking audited."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from linglou.boards import calls
from linglou.boards.closings import Sheet
from linglou.engines.rounds.models import Attempt, Round
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Unit
from linglou.kernel import clock

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BATCH = 1000


class Workbook:
    """An .xlsx in the making. Text stays text (a number of 18 digits, a name that begins with "="), times are campus time."""

    def __init__(self, *, by: Actor, at: datetime) -> None:
        self.file = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        self.mark = _("导出人：{name}（编号 {id}） 导出时间：{at}　仅限疫情防控使用，不得外传").format(
            name=by.name, id=by.person_id, at=f"{clock.local(at):%Y-%m-%d %H:%M:%S}"
        )
        self.heading = self.book.add_format({"bold": True, "bg_color": "#E0F0ED", "border": 1, "border_color": "#84938F"})
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.marking = self.book.add_format({"font_color": "#808080", "italic": True, "font_size": 9})
        self.text = self.book.add_format({"num_format": "@"})

    def sheet(
        self, name: str, title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int]
    ) -> None:
        """One sheet: title, mark, headings, rows; the mark also stands on every printed page."""
        sheet = self.book.add_worksheet(name[:31])
        sheet.set_header(f"&L{_plain(title)}&R{_plain(self.mark)}")
        sheet.set_footer("&R&P / &N")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
        sheet.write_string(0, 0, title, self.title)
        sheet.write_string(1, 0, self.mark, self.marking)
        for column, (heading, width) in enumerate(zip(headings, widths, strict=True)):
            sheet.write_string(2, column, heading, self.heading)
            sheet.set_column(column, column, width)
        sheet.freeze_panes(3, 0)
        last = 2
        for last, row in enumerate(rows, start=3):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(last, column, value)
                else:
                    shown = f"{clock.local(value):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value or "")
                    sheet.write_string(last, column, shown, self.text)
        sheet.autofilter(2, 0, max(last, 3), len(headings) - 1)

    def response(self, name: str) -> HttpResponse:
        self.book.close()
        response = HttpResponse(self.file.getvalue(), content_type=MIME)
        response["Content-Disposition"] = f"attachment; filename=\"export.xlsx\"; filename*=UTF-8''{quote(name)}.xlsx"
        response["Cache-Control"] = "no-store"
        return response


@transaction.atomic
def missing_file(round_: Round, unit: Unit, *, by: Actor, at: datetime) -> HttpResponse:
    """Everybody missing at a unit, with numbers where ``by`` may see them."""
    book = Workbook(by=by, at=at)
    listed: list[calls.Call] = []
    after = ""
    while True:
        page = calls.page(round_, unit, by=by, at=at, after=after, limit=BATCH)
        listed += [call for group in page.groups for call in group.calls]
        after = page.after
        if not after:
            break
    title = f"{unit.name} {round_.title} {round_.day:%Y-%m-%d} {_('未报名单')}"
    headings = [_("班级"), _("姓名"), _("学号/工号"), _("寝室"), _("手机"), _("家长姓名"), _("家长电话"), _("联系次数"),
                _("最近结果"), _("最近联系时间"), _("联系人"), _("备注")]  # fmt: skip
    book.sheet(
        _("未报名单"), title, headings, (_missing_row(call) for call in listed), (18, 12, 16, 16, 16, 12, 16, 9, 12, 17, 12, 24)
    )
    audit.record(
        by=by, school_id=round_.school_id, at=at, action="missing.export", subject_type="unit", subject_id=unit.pk, is_read=True,
        round=round_.pk, persons=len(listed),
    )  # fmt: skip
    return book.response(title)


def _missing_row(call: calls.Call) -> list[Any]:
    person = call.person
    last = person.tried[0] if person.tried else None
    return [
        person.unit_name, person.name, person.number, person.room_name, call.phone, call.guardian_name, call.guardian_phone,
        len(person.tried), str(Attempt(last.result).label) if last else "", last.at if last else "", last.by_name if last else "",
        last.note if last else "",
    ]  # fmt: skip


def _plain(text: str) -> str:
    return text.replace("&", "&&")[:120]


@transaction.atomic
def closing_file(sheet: Sheet, *, by: Actor, at: datetime) -> HttpResponse:
    """A closing sheet: totals and digests, units, missing people, late answers."""
    book = Workbook(by=by, at=at)
    closing, round_, total = sheet.closing, sheet.round, sheet.total
    title = f"{total.name} {round_.title} {round_.day:%Y-%m-%d} {_('结账单')}"
    summary: list[tuple[str, Any]] = [
        (_("单位"), total.name), (_("轮次"), round_.title), (_("日期"), f"{round_.day:%Y-%m-%d}"), (_("结账单编号"), closing.number),
        (_("结账时间"), closing.closed_at), (_("应报"), total.roster), (_("已报"), total.responded), (_("免报"), total.excused),
        (_("未报"), total.missing), (_("全校应报"), closing.roster), (_("全校未报"), closing.missing),
        (_("上一份摘要"), closing.previous_digest), (_("本份摘要"), closing.digest),
    ]  # fmt: skip
    book.sheet(_("汇总"), title, [_("项目"), _("内容")], summary, (18, 72))
    figures = [_("单位"), _("应报"), _("已报"), _("免报"), _("未报")] + ([_("异常")] if sheet.sees_abnormal else [])
    rows = [[r.name, r.roster, r.responded, r.excused, r.missing] + ([r.abnormal] if sheet.sees_abnormal else [])
            for r in sheet.rows]  # fmt: skip
    book.sheet(_("单位"), title, figures, rows, [24] + [10] * (len(figures) - 1))
    headings = [_("单位"), _("姓名"), _("学号/工号"), _("责任人"), _("联系次数"), _("最近结果"), _("查找结果"), _("迟报")]
    missing = [[m.unit_name, m.name, m.number, m.owner_name, m.attempts, m.last_result, m.outcome, _("是") if m.is_late else ""]
               for m in sheet.missing]  # fmt: skip
    book.sheet(_("未报"), title, headings, missing, (20, 12, 16, 12, 9, 12, 20, 8))
    late = [[row.unit_name, row.name, row.number, row.at, _("是") if row.is_proxied else ""] for row in sheet.late]
    book.sheet(_("迟报"), title, [_("单位"), _("姓名"), _("学号/工号"), _("时间"), _("代报")], late, (20, 12, 16, 18, 8))
    audit.record(
        by=by, school_id=round_.school_id, at=at, action="closing.export", subject_type="round", subject_id=round_.pk,
        is_read=True, persons=len(sheet.missing),
    )  # fmt: skip
    return book.response(title)
