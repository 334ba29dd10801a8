"""How an alert's clock and its place read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linglou.domains.surveillance import links, rules

register = template.Library()

STEPS: dict[str, Any] = {
    "opened": gettext_lazy("达到阈值，发出预警"),
    "grew": gettext_lazy("人数增加"),
    "told": gettext_lazy("人数翻倍，已再次通知"),
    "fell": gettext_lazy("更正后人数减少"),
    "withdrawn": gettext_lazy("更正后低于阈值，预警撤销"),
    "reopened": gettext_lazy("再次达到阈值，重新预警"),
    "handled": gettext_lazy("开始处置"),
    "settled": gettext_lazy("处置完毕"),
}
BASIS: dict[str, Any] = links.KINDS | {
    "local": rules.ACQUIRED["local"],
    "imported": rules.ACQUIRED["imported"],
    "unknown": rules.ACQUIRED[""],
}
SCOPES: dict[str, Any] = {
    "person": gettext_lazy("个人"),
    "room": gettext_lazy("寝室"),
    "class": gettext_lazy("班级"),
    "school": gettext_lazy("全校"),
}


@register.filter
def step_word(kind: str) -> str:
    return str(STEPS.get(kind, kind))


@register.filter
def basis_words(basis: dict[str, int]) -> list[tuple[str, int]]:
    """By what those who count are linked, or where they were infected, and how many of them."""
    return [(str(BASIS.get(kind, kind)), n) for kind, n in basis.items()]


@register.filter
def scope_word(scope: str) -> str:
    return str(SCOPES.get(scope, scope))


@register.filter
def left(until: datetime, at: datetime) -> str:
    """How long there still is until a moment, in hours and minutes; by how long it is past."""
    minutes = int((until - at).total_seconds() // 60)
    if minutes < 0:
        return _("已超时 %(time)s") % {"time": _span(-minutes)}
    return _("还剩 %(time)s") % {"time": _span(minutes)}


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return ngettext("%(n)s 天", "%(n)s 天", hours // 24) % {"n": hours // 24}
    if hours:
        return _("%(hours)s 小时 %(minutes)s 分") % {"hours": hours, "minutes": rest}
    return _("%(n)s 分钟") % {"n": minutes}
