"""The report card as a file to sign, fax or archive: .docx and .pdf, each marked with who took it and when."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import docx
from django.utils.translation import gettext as _
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from linglou.domains.cases.card import Field
from linglou.foundation.access.actor import Actor
from linglou.kernel import clock, typesetting

TEMPLATE = Path(__file__).with_name("report_card.typ")
BODY_FONT = "仿宋"
LABEL_WIDTH, VALUE_WIDTH = Cm(5), Cm(11)


def mark_of(by: Actor, at: datetime) -> str:
    return _("导出人：{name}（编号 {id}） 导出时间：{at}　仅限疫情防控使用，不得外传").format(
        name=by.name, id=by.person_id, at=f"{clock.local(at):%Y-%m-%d %H:%M:%S}"
    )


def as_docx(fields: Sequence[Field], *, by: Actor, at: datetime) -> bytes:
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.5), Cm(2.5)
    style = document.styles["Normal"]
    style.font.name, style.font.size = BODY_FONT, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY_FONT)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run(_("传染病报告卡"))
    run.bold, run.font.size = True, Pt(18)
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for field in fields:
        label, value = table.add_row().cells
        label.width, value.width = LABEL_WIDTH, VALUE_WIDTH
        label.text = f"{field.name}{'*' if field.starred else ''}"
        value.text = field.value
    document.add_paragraph(_("带 * 的为必填项。"))
    footer = section.footer.paragraphs[0]
    footer.text = mark_of(by, at)
    footer.runs[0].font.size = Pt(8)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_pdf(fields: Sequence[Field], *, by: Actor, at: datetime) -> bytes:
    """Raises ``Problem(NO_CHINESE_FONT)``."""
    page = {
        "title": _("传染病报告卡"),
        "note": _("带 * 的为必填项。"),
        "mark": mark_of(by, at),
        "fields": [{"name": f"{field.name}{'*' if field.starred else ''}", "value": field.value} for field in fields],
    }
    return typesetting.pdf(TEMPLATE, page)


# kind -> MIME type and what makes it
KINDS: dict[str, tuple[str, Callable[..., bytes]]] = {
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", as_docx),
    "pdf": ("application/pdf", as_pdf),
}
