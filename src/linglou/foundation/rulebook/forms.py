"""What a school types about its terms and rules of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linglou.foundation.rulebook.rules.terms import is_within_reach

LONGEST_TERM_DAYS = 366
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TermForm(forms.Form):
    name = forms.CharField(label=_("学期名称"), max_length=60, help_text=_("如 2026—2027 学年秋季学期"))
    first_day = forms.DateField(label=_("第一天"), widget=DAY)
    last_day = forms.DateField(label=_("最后一天"), widget=DAY)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        first, last = typed.get("first_day"), typed.get("last_day")
        if first and last and last <= first:
            self.add_error("last_day", _("最后一天必须晚于第一天。"))
        elif first and last and ((last - first).days > LONGEST_TERM_DAYS or not is_within_reach(first, last)):
            self.add_error("last_day", _("一个学期最长一年，请核对年份。"))
        return typed


class OwnRuleForm(forms.Form):
    rule_id = forms.CharField(label=_("规则编号"), max_length=60, help_text=_("规则页上每条规则都有编号，如 COVID-OBSERVATION"))
    text = forms.CharField(label=_("本校怎么规定"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
    document = forms.CharField(label=_("本校文件"), max_length=120, help_text=_("文件名和文号"))
    people = forms.IntegerField(
        label=_("起报人数"), required=False, min_value=1, max_value=999, help_text=_("阈值：几个人就预警，不多于现行规则")
    )
    window_days = forms.IntegerField(
        label=_("统计窗口天数"), required=False, min_value=1, max_value=90, help_text=_("阈值：几天之内，不短于现行规则")
    )
    hours = forms.IntegerField(
        label=_("时限小时数"), required=False, min_value=1, max_value=168, help_text=_("阈值、报告时限：不长于现行规则")
    )
    days = forms.IntegerField(
        label=_("观察天数"), required=False, min_value=1, max_value=120, help_text=_("观察规则：不少于现行规则")
    )
    checks_per_day = forms.IntegerField(
        label=_("每天检查次数"), required=False, min_value=1, max_value=4, help_text=_("观察规则：不少于现行规则")
    )
    from_day = forms.DateField(label=_("从哪天起"), widget=DAY)
    to_day = forms.DateField(label=_("到哪天止"), required=False, widget=DAY, help_text=_("不填表示到撤销为止"))

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("to_day") and typed.get("from_day") and typed["to_day"] < typed["from_day"]:
            self.add_error("to_day", _("结束日期不能早于起始日期。"))
        return typed

    def clean_rule_id(self) -> str:
        return str(self.cleaned_data["rule_id"]).strip().upper()
