"""How command reads: effects of a level in words, standings with their tone, findings of the audit."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linglou.domains.command.group.queries import Remark
from linglou.domains.command.group.rules import Fault
from linglou.domains.command.levels.rules import STANDING_NAMES, Difference, Standing
from linglou.foundation.rulebook.queries import said
from linglou.foundation.rulebook.templatetags.rulebook import WORDS

register = template.Library()

EFFECT_NAMES: dict[str, Any] = {
    "further_reports": gettext_lazy("每天填报"), "zero_report_by": gettext_lazy("每日零报告"), "gatherings": gettext_lazy("聚集活动"),
    "return_needs_approval": gettext_lazy("返校"), "gate": gettext_lazy("校门"), "teaching": gettext_lazy("教学"),
    "leaders_on_duty": gettext_lazy("值班校领导"), "managers_on_duty": gettext_lazy("值班中层干部"), "measures": gettext_lazy("措施"),
}  # fmt: skip

STANDING_TONES = {Standing.ANNOUNCED: "warn", Standing.IN_FORCE: "good", Standing.PAST: "muted", Standing.UNDONE: "muted"}
LEVEL_TONES = {"routine": "good", "IV": "info", "III": "warn", "II": "bad", "I": "bad"}

FAULTS: dict[Fault, Any] = {
    Fault.NO_LEADER: gettext_lazy("指挥部还没有组长。"),
    Fault.SEVERAL_LEADERS: gettext_lazy("不止一位组长：{who}。"),
    Fault.GAP: gettext_lazy("“{what}”没有负责人。"),
    Fault.OVERLAP: gettext_lazy("“{what}”有多位负责人：{who}。请只留一位。"),
    Fault.LEFT: gettext_lazy("{who}已不在本校，请更换。"),
    Fault.NO_POST: gettext_lazy("{who}没有“疫情防控指挥部”岗位，看不到指挥部的内容，请在“单位”页任命。"),
    Fault.NO_DEPUTY: gettext_lazy("{who}没有代理人。"),
    Fault.IDLE: gettext_lazy("{who}没有分工。"),
}


@register.filter
def effect_name(difference: Difference) -> str:
    return str(EFFECT_NAMES[difference.field])


@register.filter
def effect_before(difference: Difference) -> str:
    return _worded(difference.field, difference.before)


@register.filter
def effect_after(difference: Difference) -> str:
    return _worded(difference.field, difference.after)


def _worded(field: str, value: Any) -> str:
    """A value of ``Effects`` as it is said."""
    if field == "further_reports":
        times = [f"{one.opens:%H:%M}–{one.closes:%H:%M}" for one in value]
        count = _("%(n)s 次") % {"n": len(value) + 1}
        return _("%(count)s（再报：%(times)s）") % {"count": count, "times": _("、").join(times)} if times else count
    if field == "measures":
        return _("；").join(said(one) for one in value) or _("不要求")
    if field == "zero_report_by":
        return _("%(until)s 前") % {"until": f"{value:%H:%M}"} if value else _("不要求")
    if field == "return_needs_approval":
        return _("须经批准") if value else _("无须批准")
    if field in ("leaders_on_duty", "managers_on_duty"):
        return ngettext("%(n)s 人", "%(n)s 人", value) % {"n": value} if value else _("不要求")
    return str(WORDS[field][value])


@register.filter
def standing_name(standing: Standing) -> str:
    return str(STANDING_NAMES[standing])


@register.filter
def standing_tone(standing: Standing) -> str:
    return STANDING_TONES[standing]


@register.filter
def level_tone(level: str) -> str:
    return LEVEL_TONES[level]


@register.filter
def fault(remark: Remark) -> str:
    """A finding as a sentence."""
    return str(FAULTS[remark.finding.fault]).format(what=remark.what, who=_("、").join(remark.who))


@register.filter
def named(names: dict[str, str], code: str) -> str:
    """What a field of work is called; its code when it is closed."""
    return names.get(code, code)
