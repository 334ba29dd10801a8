"""Why a row is refused, and what to do about it: one catalogue for the preview, the error file and the API.

A row carries codes and values; the words are chosen when somebody reads them, in their language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from linglou.foundation.people.models import Sex
from linglou.foundation.people.roster_import.matching import FIELDS

Reason = tuple[str, dict[str, str]]

REASONS: dict[str, Any] = {
    "number-missing": _("没有学号/工号。请补上。"),
    "number-destroyed": _("学号/工号被 Excel 改成了 {value}，后面的数字已丢失。请把该列设为“文本”格式，再从原始名册重新填写。"),
    "number-lost-zeros": _(
        "学号/工号 {value} 只有 {width} 位，而本列多为 {usual} 位，应是被 Excel 去掉了开头的 0。请把该列设为“文本”格式，改为 {padded}；"
        "如号码确实如此，请勾选“位数较少的号码无误”。"
    ),
    "number-malformed": _("学号/工号“{value}”无法识别。只能用字母、数字、短横线和下划线，不超过 40 个字符。"),
    "number-duplicate": _("学号/工号 {value} 在文件中出现多次：{lines}。请只保留正确的一行。"),
    "name-missing": _("没有姓名。请补上。"),
    "too-long": _("“{field}”超过 {limit} 个字符。请缩短。"),
    "cell-error": _("“{field}”是公式错误 {value}。请改成实际内容。"),
    "kind-unknown": _("人员类别“{value}”无法识别。请填“学生”或“教职工”。"),
    "sex-unknown": _("性别“{value}”无法识别。请填“男”或“女”。"),
    "sex-mismatch": _("性别与身份证号不符：身份证号显示为{said}。请核对性别和身份证号。"),
    "birth-unreadable": _("出生日期“{value}”无法识别。请按 2005-09-01 的样式填写。"),
    "birth-implausible": _("出生日期 {value} 不合常理。请核对。"),
    "birth-mismatch": _("出生日期 {value} 与身份证号中的 {said} 不符。请核对出生日期和身份证号。"),
    "document-kind-unknown": _("证件类型“{value}”无法识别。请填居民身份证、护照、港澳台居民居住证等。"),
    "id-destroyed": _("身份证号被 Excel 改成了 {value}，后三位已丢失。请把该列设为“文本”格式，再从原始名册重新填写。"),
    "id-length": _("证件号码是 {length} 位，不是有效的身份证号、护照或居住证号码。请核对；护照请在“证件类型”列注明。"),
    "id-check-digit": _("身份证号校验码不对：末位应是 {expected}，现在是 {found}。请对照证件逐位核对。"),
    "id-birth-date": _("身份证号中的出生日期 {birth} 不成立。请对照证件核对。"),
    "id-region": _("身份证号的前 6 位 {region} 不是有效的地区代码。请对照证件核对。"),
    "id-duplicate": _("证件号码在文件中出现多次：{lines}。请核对是否录错，或只保留一行。"),
    "id-taken": _("证件号码已登记在 {number} 名下。如是同一人换了学号，请先办理旧学号离校；否则请核对号码。"),
    "phone-destroyed": _("{field}被 Excel 改成了 {value}，后面的数字已丢失。请把该列设为“文本”格式后重新填写。"),
    "phone-invalid": _("{field}“{value}”不是有效的电话号码。请填一个号码；座机请带区号，境外号码请带 + 和国家代码。"),
    "unit-missing": _("没有学院、班级或部门，不知道归到哪里。请补上。"),
    "college-unknown": _("班级“{value}”不在系统中，文件里也没有写学院。请补上学院。"),
    "class-ambiguous": _("有多个学院设有班级“{value}”。请补上学院。"),
    "building-missing": _("寝室“{value}”没有写楼栋，系统中也找不到。请补上楼栋。"),
    "room-missing": _("住在“{value}”，但没有写寝室。请补上寝室，或把楼栋清空。"),
    "building-ambiguous": _("有多个校区设有“{value}”。请补上校区。"),
}


# Values that are words themselves: the name of a column, a sex.
WORDS: dict[str, Mapping[str, Any]] = {"field": FIELDS, "said": dict(Sex.choices)}


def dump(reasons: Sequence[Reason]) -> str:
    return json.dumps(reasons, ensure_ascii=False, separators=(",", ":")) if reasons else ""


def load(stored: str) -> list[Reason]:
    return [(code, values) for code, values in json.loads(stored)] if stored else []


def words(reasons: Sequence[Reason]) -> list[str]:
    """The reasons in the reader's language."""
    told = []
    for code, values in reasons:
        named = {name: str(WORDS.get(name, {}).get(value, value)) for name, value in values.items()}
        told.append(str(REASONS[code]).format_map(named))
    return told
