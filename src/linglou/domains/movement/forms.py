"""Forms of movement."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linglou.domains.movement import rules
from linglou.kernel import regions


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class AreaForm(forms.Form):
    """One risk area, typed."""

    region = forms.CharField(
        label=_("地区"), max_length=60, help_text=_("代码或名称，可以填到省、市或县，例如“杭州西湖区”“330106”“浙江省”。")
    )
    place = forms.CharField(
        label=_("具体场所"),
        max_length=80,
        required=False,
        help_text=_("名单点名的市场、小区或楼栋；排查到所在县区，再逐人核实。"),
    )
    level = forms.ChoiceField(label=_("级别"), choices=list(rules.LEVELS.items()))
    from_day = day_field(_("起始日期"))
    to_day = day_field(_("结束日期"), required=False, help_text=_("当天仍然有效；不填表示直到撤销。"))
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


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("撤销原因"), max_length=200, help_text=_("例如“省防控办 11 月 23 日通告解除”。"))
