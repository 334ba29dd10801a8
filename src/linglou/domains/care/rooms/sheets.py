"""Today's deliveries as a workbook: a line per building on top, then one per person and room."""

from __future__ import annotations

import io

import xlsxwriter
from django.utils.translation import gettext as _

from linglou.domains.care import rules
from linglou.domains.care.rooms.deliveries import Delivery, Today

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def medicine_in_words(one: Delivery) -> str:
    return _("有，向校医院领取") if one.medicine is None else one.medicine


def workbook(today: Today) -> bytes:
    names = [str(label) for label, _at in rules.MEALS.values()]
    summary: list[list[str | int]] = [[_("楼栋"), *names, _("特殊饮食")]]
    summary += [
        [building.site.name, *(building.meals[meal] for meal in rules.MEALS), "；".join(f"{diet} × {n}" for diet, n in building.diets)]
        for building in today.buildings
    ]  # fmt: skip
    lines: list[list[str | int]] = [[_("楼栋"), _("房间"), *names, _("特殊饮食"), _("药品")]]
    lines += [
        [building.site.name, one.room, *(int(meal in one.meals) for meal in rules.MEALS), one.diet, medicine_in_words(one)]
        for building in today.buildings
        for one in building.deliveries
    ]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head, text = book.add_format({"bold": True, "bg_color": "#E6F0F5"}), book.add_format({"num_format": "@"})
        for title, rows in ((_("合计"), summary), (_("逐间"), lines)):
            sheet = book.add_worksheet(title)
            sheet.set_column(0, len(rows[0]) - 1, 14)
            for n, row in enumerate(rows):
                for position, cell in enumerate(row):
                    if isinstance(cell, int):
                        sheet.write_number(n, position, cell)
                    else:
                        sheet.write_string(n, position, cell, text if n else head)
            sheet.freeze_panes(1, 0)
    return out.getvalue()
