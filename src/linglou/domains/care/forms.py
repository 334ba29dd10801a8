"""What is typed about people under care."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.models import LogKind, NeedKind, PlaceKind, Room
from linglou.domains.care.rules import FIRST_FOLLOW_UP
from linglou.foundation.rulebook import queries as rulebook

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LINES = forms.Textarea(attrs={"rows": 2})
YES_NO = [("", _("还没有问")), ("yes", _("同意")), ("no", _("不同意"))]
SAID = [("yes", _("是")), ("no", _("否")), ("", _("不清楚"))]
CONSENT = {"yes": True, "no": False, "": None}


class LogForm(forms.Form):
    """A line of the day's log."""

    kind = forms.ChoiceField(label=_("做了什么"), choices=LogKind.choices)
    temperature = forms.DecimalField(
        label=_("体温（℃）"), required=False, min_value=34, max_value=43, decimal_places=1, max_digits=3,
        widget=forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"}),
    )  # fmt: skip
    text = forms.CharField(label=_("说明"), required=False, max_length=400, widget=LINES)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("kind") == LogKind.CHECK and typed.get("temperature") is None and not typed.get("text"):
            self.add_error("temperature", _("请填写体温，或说明查看到的情况。"))
        if typed.get("kind") != LogKind.CHECK and not typed.get("text"):
            self.add_error("text", _("请写一句说明。"))
        return typed


class NeedForm(forms.Form):
    kind = forms.ChoiceField(label=_("哪方面"), choices=NeedKind.choices)
    text = forms.CharField(label=_("需要什么"), max_length=400, widget=LINES)


class AnswerForm(forms.Form):
    answer = forms.CharField(label=_("怎么解决的"), max_length=400, widget=LINES)


class PlaceForm(forms.Form):
    """Where the person is. Rooms with a bed left are offered."""

    kind = forms.ChoiceField(label=_("在哪里观察"), choices=PlaceKind.choices)
    room = forms.ChoiceField(label=_("隔离房间"), required=False)
    detail = forms.CharField(
        label=_("具体位置"), required=False, max_length=120, help_text=_("如医院和病区、酒店房号、家庭住址")
    )

    def __init__(self, *args: Any, rooms: Sequence[Room], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rooms = {str(room.pk): room for room in rooms}
        offered = [(key, f"{room.site.name} {room.name}") for key, room in self.rooms.items()]
        field = cast(forms.ChoiceField, self.fields["room"])
        field.choices = [("", _("（不在隔离房间）")), *offered]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        room = self.rooms.get(typed.get("room", ""))
        if room is None and typed.get("kind") == PlaceKind.ISOLATION_ROOM:
            self.add_error("room", _("请选择一个有空床的隔离房间。"))
        if room and room.site.kind != typed.get("kind"):
            self.add_error("room", _("这个房间不属于所选的地点类型。"))
        typed["room"] = room
        return typed


class PeopleForm(forms.Form):
    """Who answers for the person; each of those who may."""

    responsible = forms.TypedChoiceField(label=_("责任人"), coerce=int)
    supporter = forms.TypedChoiceField(label=_("心理支持人"), coerce=int)
    clinician = forms.TypedChoiceField(label=_("负责医师"), coerce=int, required=False, empty_value=None)
    tutor = forms.TypedChoiceField(label=_("学业联系人"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, candidates: Mapping[str, Mapping[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for role, people in candidates.items():
            field = cast(forms.TypedChoiceField, self.fields[role])
            field.choices = ([] if field.required else [("", _("（暂无）"))]) + list(people.items())


class ArrangementForm(forms.Form):
    family_name = forms.CharField(label=_("家庭联系人"), required=False, max_length=80)
    family_phone = forms.CharField(label=_("家人电话"), required=False, max_length=24)
    family_consents = forms.TypedChoiceField(
        label=_("本人是否同意联系家人"), choices=YES_NO, required=False, coerce=lambda word: CONSENT[word], empty_value=None
    )
    meals = forms.CharField(label=_("饮食与物资"), required=False, max_length=200)
    medicines = forms.CharField(label=_("用药"), required=False, max_length=200)
    study = forms.CharField(label=_("学习安排"), required=False, max_length=200)


class ExtendForm(forms.Form):
    last_day = forms.DateField(label=_("观察到（含当天）"), widget=DAY)
    reason = forms.CharField(label=_("理由"), max_length=400, widget=LINES)


class ReleaseForm(forms.Form):
    """The facts that the release criteria ask for, as the clinician finds them now."""

    reason = forms.CharField(
        label=_("理由"), required=False, max_length=400, widget=LINES, help_text=_("条件没有全部满足时必填")
    )

    def __init__(self, *args: Any, asked: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        words = rulebook.words().facts
        for fact in asked:
            self.fields[f"fact-{fact}"] = forms.ChoiceField(
                label=rulebook.said(words[fact]), choices=SAID, required=False, widget=forms.RadioSelect, initial=""
            )

    @property
    def facts(self) -> list[forms.BoundField]:
        return [self[f"fact-{fact}"] for fact in self.asked]

    def said(self) -> dict[str, bool | None]:
        return {fact: {"yes": True, "no": False}.get(self.cleaned_data[f"fact-{fact}"]) for fact in self.asked}


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=400, widget=LINES)


class ClosingForm(forms.Form):
    follow_up_on = forms.DateField(label=_("回访日期"), widget=DAY)
    note = forms.CharField(label=_("小结"), required=False, max_length=400, widget=LINES)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["follow_up_on"].initial = today + FIRST_FOLLOW_UP

    def clean_follow_up_on(self) -> date:
        day: date = self.cleaned_data["follow_up_on"]
        if day <= self.today:
            raise forms.ValidationError(_("回访日期要在今天之后。"))
        return day


class SiteForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=80)
    kind = forms.ChoiceField(
        label=_("类型"), choices=[(one.value, one.label) for one in (PlaceKind.ISOLATION_ROOM, PlaceKind.HOTEL)]
    )
    address = forms.CharField(label=_("地址"), required=False, max_length=120)


class RoomsForm(forms.Form):
    names = forms.CharField(label=_("房间号"), max_length=2000, widget=LINES, help_text=_("可一次填多个，用空格或逗号隔开"))
    beds = forms.IntegerField(label=_("每间床位数"), min_value=1, max_value=20, initial=1)

    def split(self) -> list[str]:
        return self.cleaned_data["names"].replace("，", " ").replace(",", " ").replace("、", " ").split()


class BedsForm(forms.Form):
    beds = forms.IntegerField(label=_("床位数"), min_value=0, max_value=20)
