"""How rules read: their texts in the reader's language, criteria as nested lists, spans of time in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linglou.foundation.access.roles import Role
from linglou.foundation.rulebook import queries
from linglou.foundation.rulebook.models import OwnRule
from linglou.foundation.rulebook.queries import said
from linglou.foundation.rulebook.rules.criteria import Criterion
from linglou.foundation.rulebook.rules.diseases import EVENTS
from linglou.foundation.rulebook.rules.own import NUMBERS, asked_by
from linglou.foundation.rulebook.rules.rows import Row
from linglou.kernel import clock

register = template.Library()

WORDS: dict[str, dict[str, Any]] = {
    "where": {
        "dorm-room": gettext_lazy("同寝室"), "class-session": gettext_lazy("同一堂课"), "vehicle": gettext_lazy("同一交通工具"),
        "gathering": gettext_lazy("同一聚集活动"), "canteen": gettext_lazy("同桌或邻桌就餐"), "household": gettext_lazy("同住家人"),
        "named": gettext_lazy("本人说出的同行、同处人员"), "place": gettext_lazy("同一场所"),
    },
    "watched": {
        "close-contact": gettext_lazy("密切接触者"), "contact-of-contact": gettext_lazy("次密接"),
        "returnee": gettext_lazy("风险地区返校人员"), "suspected": gettext_lazy("疑似"),
    },
    "place": {
        "home": gettext_lazy("家中"), "dorm": gettext_lazy("寝室"), "isolation-room": gettext_lazy("校内隔离房间"),
        "hotel": gettext_lazy("集中隔离点"), "hospital": gettext_lazy("医院"),
    },
    "released": {
        "case": gettext_lazy("病例解除隔离"), "asymptomatic": gettext_lazy("无症状感染者解除隔离"),
        "close-contact": gettext_lazy("密切接触者解除观察"), "return": gettext_lazy("返校复课"),
    },
    "scope": {
        "person": gettext_lazy("个人"), "room": gettext_lazy("宿舍"), "class": gettext_lazy("班级"), "school": gettext_lazy("全校"),
    },
    "screened": {
        "symptomatic": gettext_lazy("有症状"), "contact": gettext_lazy("密切接触者"), "in-area": gettext_lazy("在风险地区"),
        "through": gettext_lazy("途经风险地区"),
    },
    "gatherings": {
        "allowed": gettext_lazy("正常举办"), "approval": gettext_lazy("审批后举办"), "suspended": gettext_lazy("暂停"),
    },
    "gate": {
        "open": gettext_lazy("正常通行"), "temperature": gettext_lazy("测温、查验证件"), "closed-loop": gettext_lazy("闭环管理"),
        "closed": gettext_lazy("封闭，凭批准出入"),
    },
    "teaching": {
        "normal": gettext_lazy("正常教学"), "staggered": gettext_lazy("错峰、分散"), "remote": gettext_lazy("线上教学"),
    },
}  # fmt: skip


register.filter(said)


@register.filter
def word(code: str, family: str) -> str:
    """What a code of a pack is called; ``family`` says of which kind."""
    return str(WORDS[family][code])


@register.filter
def role_name(role: str) -> str:
    return Role(role).label


@register.filter
def lasting(span: timedelta | int) -> str:
    """A span (or minutes) in the largest unit that is whole."""
    minutes = span if isinstance(span, int) else int(span.total_seconds() // 60)
    if minutes == 0:
        return _("立即")
    if minutes % 1440 == 0 and minutes > 2880:
        return ngettext("%(n)s 天", "%(n)s 天", minutes // 1440) % {"n": minutes // 1440}
    if minutes % 60 == 0:
        return ngettext("%(n)s 小时", "%(n)s 小时", minutes // 60) % {"n": minutes // 60}
    return _("%(n)s 分钟") % {"n": minutes}


@register.filter
def criterion_text(criterion: Criterion) -> str:
    """One line of a definition: the fact, the time, or how many of the parts below are needed."""
    match criterion.word:
        case "has":
            return said(queries.words().facts[criterion.code])
        case "elapsed":
            return _("%(event)s后满 %(span)s") % {"event": said(EVENTS[criterion.code]), "span": lasting(criterion.span)}
        case "at-least":
            return _("满足以下至少 %(n)s 项：") % {"n": criterion.n}
        case "not":
            return _("不存在：")
        case "any":
            return _("满足以下任一项：")
    return _("同时满足：")


@register.filter
def own_numbers(own: OwnRule, row: Row | None) -> list[tuple[str, int, str]]:
    """The numbers of a school's own rule: what each is called, and what the row of the packs asks ('' where it gives none)."""
    asked = asked_by(row) if row else {}
    return [
        (str(label), number, _number(asked.get(name)))
        for name, label in NUMBERS.items()
        if (number := getattr(own, name)) is not None
    ]


def _number(asked: float | None) -> str:
    if asked is None:
        return ""
    return _("及时") if asked == float("inf") else f"{asked:g}"


@register.simple_tag(takes_context=True)
def own_rules(context: template.Context, rule: Row) -> list[OwnRule]:
    """What the reader's school asks beside a row on the day that is shown; read once a page."""
    request = context.get("request")
    actor = getattr(request, "actor", None)
    if request is None or actor is None:
        return []
    if not hasattr(request, "own_rules"):
        request.own_rules = queries.own_rules(actor.school_id, context.get("on") or clock.day_of(clock.now()))
    return [own for own in request.own_rules if own.rule_id == rule.rule_id]
