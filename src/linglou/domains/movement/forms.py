"""Forms of movement."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linglou.domains.movement import rules
from linglou.domains.movement.models import Means
from linglou.foundation.people.models import Unit
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


# -- whereabouts ---------------------------------------------------------------------------------------------------------


class PlaceField(forms.CharField):
    """A county by name or code; '' of nothing. What could be several is refused with their names."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        found = regions.search(text)
        if len(found) == 1:
            return found[0].code
        if not found:
            raise ValidationError(_("没有找到这个县区，请写全称，例如“杭州西湖区”。"))
        raise ValidationError(
            _("有几处同名，请填得更具体：%(names)s"), params={"names": "、".join(regions.name(one.code) for one in found[:5])}
        )


WHERE = [("region", _("国内其他地方")), ("campus", _("校内")), ("abroad", _("境外"))]


class StayForm(forms.Form):
    """A stay. Fields are named apart from those of a trip: both stand on one page."""

    where = forms.ChoiceField(label=_("在哪里"), choices=WHERE, initial="region")
    region = PlaceField(
        label=_("县区"), required=False, max_length=60, help_text=_("填到县区，例如“杭州西湖区”；校内、境外不用填。")
    )
    place = forms.CharField(
        label=_("具体地点"), required=False, max_length=80, help_text=_("小区、单位、酒店，或境外的国家和城市。")
    )
    from_day = day_field(_("哪天到的"))
    to_day = day_field(_("哪天离开的"), required=False, help_text=_("还在那里就不填。"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        where = cleaned.get("where")
        if where == "region" and not cleaned.get("region") and "region" not in self.errors:
            self.add_error("region", _("请填县区。"))
        if where == "abroad" and not cleaned.get("place"):
            self.add_error("place", _("请填国家和城市。"))
        return cleaned

    def stay(self) -> rules.Stay:
        said = self.cleaned_data
        region = {"campus": rules.CAMPUS, "abroad": rules.ABROAD}.get(said["where"], said["region"])
        return rules.Stay(region, said["place"], said["from_day"], said["to_day"])


class TripForm(forms.Form):
    day = day_field(_("出行日期"))
    from_region = PlaceField(label=_("从哪里"), max_length=60, help_text=_("县区；学校所在地也写县区。"))
    to_region = PlaceField(label=_("到哪里"), max_length=60)
    means = forms.ChoiceField(label=_("怎么去的"), choices=Means.choices)
    vehicle = forms.CharField(label=_("车次、航班或车牌"), required=False, max_length=20)
    carriage = forms.CharField(label=_("车厢"), required=False, max_length=6)
    seat = forms.RegexField(
        r"^(?P<row>\d{1,3})?\s*(?P<letter>[A-Za-z]?)$", label=_("座位"), required=False, max_length=6, strip=True,
        help_text=_("例如 12F。"), error_messages={"invalid": _("请写成“12F”这样。")},
    )  # fmt: skip
    companions = forms.CharField(label=_("同行的人"), required=False, max_length=120, help_text=_("姓名和电话，校外的人也写。"))
    companion_numbers = forms.CharField(
        label=_("同行同学的学号"), required=False, max_length=200, help_text=_("几个学号用空格分开。")
    )

    def clean_vehicle(self) -> str:
        return "".join(str(self.cleaned_data["vehicle"]).upper().split())

    def trip(self) -> dict[str, Any]:
        """What ``telling.NewTrip`` takes."""
        said = dict(self.cleaned_data)
        seat = re.fullmatch(r"(\d{1,3})?\s*([A-Za-z]?)", said.pop("seat") or "")
        assert seat is not None
        said["seat_row"] = int(seat[1]) if seat[1] else None
        said["seat_letter"] = (seat[2] or "").upper()
        said["companion_numbers"] = tuple(dict.fromkeys(re.split(r"[\s,，、;；]+", said["companion_numbers"].strip()))) if said[
            "companion_numbers"
        ].strip() else ()  # fmt: skip
        return said


class SampleForm(forms.Form):
    unit = forms.ModelChoiceField(label=_("在哪个单位抽"), queryset=Unit.objects.none())
    size = forms.IntegerField(label=_("抽多少人"), min_value=1, max_value=500, initial=10)

    def __init__(self, *args: Any, units: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class BaselineForm(forms.Form):
    closes = forms.DateTimeField(
        label=_("截止时间"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )


class SettleForm(forms.Form):
    outcome = forms.ChoiceField(label=_("排查结果"), choices=[("", _("请选择")), *rules.OUTCOMES.items()])
    note = forms.CharField(label=_("说明"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
