"""What is typed about alerts and events."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linglou.domains.surveillance.rules import EVENTS, MEANS, OUTCOMES, PERSON_OUTCOMES

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
NUMBERS = 500


class SettleForm(forms.Form):
    """What is asked for depends on the outcome; what is missing, ``actions.settle`` says."""

    is_search = True  # no field is marked as optional: which are depends on the outcome

    outcome = forms.ChoiceField(label=gettext_lazy("处置结果"), choices=list(OUTCOMES.items()), widget=forms.RadioSelect)
    reported_at = forms.DateTimeField(label=gettext_lazy("报告时间"), required=False, widget=MOMENT)
    reported_to = forms.CharField(
        label=gettext_lazy("报给谁"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("如：县疾控中心、教育局；写明接报人更好。"),
    )
    means = forms.ChoiceField(label=gettext_lazy("报告方式"), choices=[("", "—"), *MEANS.items()], required=False)
    reference = forms.CharField(label=gettext_lazy("回执或编号"), max_length=80, required=False)
    merged_into = forms.ChoiceField(label=gettext_lazy("并入哪一条"), required=False)
    note = forms.CharField(
        label=gettext_lazy("处置说明"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("核实了什么、采取了哪些措施。不构成聚集性疫情时必须写明理由。"),
    )  # fmt: skip

    def __init__(self, *args: Any, others: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["merged_into"].choices = [("", "—"), *others]  # type: ignore[attr-defined]

    def explain(self, field: str, code: str) -> None:
        """Say at a field what ``actions.settle`` refused."""
        words = {
            "in-future": _("报告时间不能晚于现在。"),
            "unknown-alert": _("请选择并入的预警。"),
            "unknown-outcome": _("请选择处置结果。"),
        }
        self.add_error(field, words.get(code, _("这里需要填写。")))


class PeopleForm(forms.Form):
    """Who is concerned: by number, or everybody of a class or room."""

    is_search = True  # no field is marked as optional: one of two is needed

    numbers = forms.CharField(
        label=gettext_lazy("涉及人员的学号或工号"), required=False, max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4}), help_text=gettext_lazy("一行一个，或用空格、逗号隔开。"),
    )  # fmt: skip
    unit = forms.CharField(
        label=gettext_lazy("或整个班级、寝室"), required=False, max_length=80,
        help_text=gettext_lazy("写名称，如：软件2401班、3号楼201。将计入其中的每一个人。"),
    )  # fmt: skip
    outcome = forms.ChoiceField(
        label=gettext_lazy("目前情况"), choices=list(PERSON_OUTCOMES.items()), required=False, widget=forms.RadioSelect
    )

    def clean_numbers(self) -> list[str]:
        numbers = list(dict.fromkeys(part for part in re.split(r"[\s,，;；、]+", self.cleaned_data["numbers"]) if part))
        if len(numbers) > NUMBERS:
            raise forms.ValidationError(_("一次最多 %(n)s 人。") % {"n": NUMBERS})
        return numbers

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned["numbers"] and not cleaned["unit"]:
            self.add_error("numbers", _("请填写涉及的人员。"))
        return cleaned


class EventForm(PeopleForm):
    kind = forms.ChoiceField(label=gettext_lazy("是什么情况"), choices=list(EVENTS.items()), widget=forms.RadioSelect)
    day = forms.DateField(label=gettext_lazy("发生日期"), widget=DAY)
    what = forms.CharField(
        label=gettext_lazy("情况说明"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("在哪里、吃了喝了什么、什么症状、已做了什么。"),
    )  # fmt: skip
    field_order = ("kind", "day", "numbers", "unit", "outcome", "what")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise forms.ValidationError(_("发生日期不能晚于今天。"))
        return day


def moment_now(at: datetime) -> str:
    """What a field of date and time begins with."""
    return at.strftime("%Y-%m-%dT%H:%M")
