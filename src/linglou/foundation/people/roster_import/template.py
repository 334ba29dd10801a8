"""The template to download: every column, formatted as text so that Excel leaves numbers alone, and a sheet that explains."""

from __future__ import annotations

import io

import xlsxwriter
from django.utils.translation import gettext as _

from linglou.foundation.people.roster_import.matching import FIELDS

EXAMPLES = {
    "number": "2024010101", "name": "张晓明", "kind": "学生", "sex": "男", "birth_date": "2005-09-01", "document_kind": "居民身份证",
    "id_number": "", "phone": "13800000000", "college": "信息学院", "major": "软件工程", "class": "软件2401班", "counsellor": "李老师",
    "department": "", "campus": "东校区", "building": "3号楼", "floor": "2", "room": "201", "place": "1",
    "origin": "安徽省合肥市", "guardian_name": "张建国", "guardian_phone": "13900000000", "general_branch": "", "branch": "",
}  # fmt: skip
REQUIRED = ("number", "name")
WIDE = ("number", "id_number", "phone", "guardian_phone", "origin", "class", "college", "department", "branch")


def make() -> bytes:
    """The workbook, in the reader's language. The example stands on the explaining sheet, so that nobody imports it."""
    out = io.BytesIO()
    notes = {
        "number": _("必填。学生填学号，教职工填工号；全校唯一。"),
        "name": _("必填。与证件一致。"),
        "kind": _("学生 或 教职工；不填时有班级的算学生，只有部门的算教职工。"),
        "sex": _("男 或 女；与身份证号核对。"),
        "birth_date": _("如 2005-09-01；与身份证号核对。"),
        "document_kind": _("居民身份证可不填；护照、港澳台居民居住证、外国人永久居留身份证等请写明。"),
        "id_number": _("18 位身份证号核对校验码；15 位身份证、护照、居住证也可以。加密保存。"),
        "phone": _("11 位手机号；座机带区号，境外号码带 + 和国家代码。加密保存。"),
        "college": _("学生必填，除非班级已在系统中。系统中没有的会新设。"),
        "major": _("选填。"),
        "class": _("学生填行政班。系统中没有的会新设在学院下。"),
        "counsellor": _("姓名或工号。在教职工名册中能唯一确认的，任命为该班辅导员。"),
        "department": _("教职工填所在部门；在学院工作的填学院。"),
        "campus": _("只有一个校区时可不填。"),
        "building": _("住校生填写。"),
        "floor": _("可不填，按房间号推算：201 在 2 层，1203 在 12 层。"),
        "room": _("如 201。"),
        "place": _("如 1。"),
        "origin": _("省市县。"),
        "guardian_name": _("学生填写。"),
        "guardian_phone": _("学生填写。加密保存。"),
        "general_branch": _("选填。"),
        "branch": _("党员填写所在党支部。"),
    }
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E6F0F5", "border": 1, "num_format": "@"})
        must = book.add_format({"bold": True, "bg_color": "#FBE3DC", "border": 1, "num_format": "@"})
        text = book.add_format({"num_format": "@"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        page = book.add_worksheet(_("名册"))
        for position, (field, title) in enumerate(FIELDS.items()):
            page.set_column(position, position, 22 if field in WIDE else 12, text)
            page.write_string(0, position, str(title), must if field in REQUIRED else head)
        page.freeze_panes(1, 2)
        page.data_validation(1, 2, 100_000, 2, {"validate": "list", "source": [_("学生"), _("教职工")]})
        page.data_validation(1, 3, 100_000, 3, {"validate": "list", "source": [_("男"), _("女")]})
        help_page = book.add_worksheet(_("填写说明"))
        help_page.set_column(0, 0, 16)
        help_page.set_column(1, 1, 70, wrap)
        help_page.set_column(2, 2, 22, text)
        for position, heading in enumerate((_("栏目"), _("怎么填"), _("示例"))):
            help_page.write_string(0, position, heading, head)
        line = 1
        for field, title in FIELDS.items():
            help_page.write_string(line, 0, str(title))
            help_page.write_string(line, 1, notes[field], wrap)
            help_page.write_string(line, 2, EXAMPLES[field])
            line += 1
        for note in (
            _("各列已设为“文本”格式，学号开头的 0 和 18 位证件号码不会被改动；从别处粘贴时请选“只粘贴值”。"),
            _("列的顺序可以改，用不到的列可以删。空着的格子不会改动系统中已有的内容。"),
            _("同一份文件导入几次都一样；文件里没有的人不会自动离校，系统会列出来请您确认。"),
        ):
            help_page.write_string(line + 1, 1, note, wrap)
            line += 1
    return out.getvalue()
