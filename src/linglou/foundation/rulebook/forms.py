"""The form by which the prevention office lists a risk region."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linglou.kernel import regions

LEVELS = [("high", _("高风险")), ("medium", _("中风险")), ("watch", _("重点关注"))]


class RiskRegionForm(forms.Form):
    region = forms.CharField(
        label=_("地区"), max_length=60, help_text=_("代码或名称，可以填到省、市或县，例如“杭州西湖区”“330106”“浙江省”。")
    )
    level = forms.ChoiceField(label=_("级别"), choices=LEVELS)
    from_day = forms.DateField(label=_("起始日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    to_day = forms.DateField(
        label=_("结束日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("当天仍然有效；不填表示直到撤销。"),
    )  # fmt: skip
    issuer = forms.CharField(label=_("发布机关"), max_length=120)
    source = forms.CharField(label=_("依据"), max_length=240, required=False, help_text=_("文号或网址。"))

    def clean_region(self) -> str:
        text = self.cleaned_data["region"]
        found = regions.search_any(text)
        if len(found) == 1:
            return regions.prefix(found[0].code)
        if not found:
            raise ValidationError(_("没有找到这个行政区划。"))
        raise ValidationError(
            _("有几处同名，请填得更具体：%(names)s"), params={"names": "、".join(regions.name(one.code) for one in found[:5])}
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("from_day"), cleaned.get("to_day")
        if start and end and end < start:
            self.add_error("to_day", _("结束日期不能早于起始日期。"))
        return cleaned
