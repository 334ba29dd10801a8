"""What the trail's entries are called, and which of their details may be shown.

Every ``action=`` written anywhere in the product stands here (a test walks the sources): an entry that nobody can read is no
trail. Only details named here are ever shown, so that an answer that slipped into one would stay unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

ACTION_NAMES: dict[str, Any] = {
    "account.activate": _("激活账号"),
    "account.change-password": _("修改密码"),
    "account.create": _("建立账号"),
    "account.drop-second-factor": _("停用二次验证"),
    "account.end-session": _("结束登录会话"),
    "account.enrol-second-factor": _("启用二次验证"),
    "account.login": _("登录"),
    "account.reset": _("重置账号"),
    "audit.export": _("导出操作记录"),
    "audit.search": _("查询操作记录"),
    "code.issue": _("发放激活码"),
    "code.sheet": _("下载激活码单"),
    "membership.join": _("加入单位"),
    "membership.leave": _("离开单位"),
    "post.appoint": _("任命岗位"),
    "post.dismiss": _("免去岗位"),
    "response.submit": _("提交填报"),
    "round.open": _("开启轮次"),
    "token.create": _("创建接口令牌"),
    "token.revoke": _("撤销接口令牌"),
    "unit.open": _("设立单位"),
}

# Ids, labels and counts that writers put into ``detail``: what may be shown of it, and how it is called.
DETAIL_NAMES: dict[str, Any] = {
    "code": _("编码"),
    "count": _("数量"),
    "days": _("天数"),
    "filename": _("文件"),
    "format": _("格式"),
    "name": _("名称"),
    "persons": _("人数"),
    "revision": _("第几次修改"),
    "role": _("岗位"),
    "rows": _("行数"),
    "second_factor_dropped": _("同时清除二次验证"),
    "since": _("起"),
    "source": _("来源"),
    "token_id": _("令牌编号"),
    "unit_id": _("单位编号"),
    "until": _("止"),
    "verbs": _("权限"),
    "version": _("版本"),
}
SHOWN_LENGTH = 80


def action_name(action: str) -> str:
    """What an action is called; one that has no name yet shows its code."""
    return str(ACTION_NAMES.get(action, action))


def shown_detail(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The details that may be shown, named: plain values and lists of them, cut to a length that holds no document."""
    shown = []
    for key, value in detail.items():
        if key in DETAIL_NAMES and value is not None and _is_plain(value):
            text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
            shown.append((str(DETAIL_NAMES[key]), text[:SHOWN_LENGTH]))
    return shown


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str | int) for item in value)
    return isinstance(value, str | int | float)
