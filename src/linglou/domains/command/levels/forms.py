"""What is typed about a level: a switch, its undoing, what a level changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linglou.domains.command.models import Level
from linglou.foundation.rulebook.rules.school import Effects
from linglou.foundation.rulebook.templatetags.rulebook import WORDS
from linglou.kernel import clock

SPARE_MEASURES = 3
MOST_MEASURES = 12
WHEN = [
    ("tomorrow", gettext_lazy("明天 0:00 起")),
    ("at-once", gettext_lazy("立即执行")),
    ("at", gettext_lazy("指定时间")),
]
SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–—~～至到]\s*(\d{1,2}):(\d{2})$")


class SwitchForm(forms.Form):
    level = forms.ChoiceField(label=gettext_lazy("响应级别"), choices=Level.choices, widget=forms.RadioSelect)
    when = forms.ChoiceField(label=gettext_lazy("什么时候起"), choices=WHEN, widget=forms.RadioSelect, initial="tomorrow")
    from_at = forms.DateTimeField(
        label=gettext_lazy("指定的时间"), required=False, help_text=gettext_lazy("只在选择“指定时间”时填写"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    issuer = forms.CharField(
        label=gettext_lazy("发布机关"), max_length=120, help_text=gettext_lazy("级别由政府决定，例如：云泽省人民政府")
    )
    document = forms.CharField(label=gettext_lazy("依据文件"), max_length=160, help_text=gettext_lazy("文件或公告的名称"))
    number = forms.CharField(label=gettext_lazy("文号"), max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("when") == "at" and not typed.get("from_at"):
            self.add_error("from_at", _("请填写从什么时候起。"))
        return typed

    def begins(self, at: datetime) -> datetime | None:
        """The moment asked for; None for at once."""
        typed = self.cleaned_data
        if typed["when"] == "tomorrow":
            return clock.moment(clock.day_of(at) + timedelta(days=1), time(0))
        return typed["from_at"] if typed["when"] == "at" else None

    def basis(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("issuer", "document", "number")}


class UndoForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("撤销理由"), max_length=200)


class ProfileForm(forms.Form):
    """``measures`` beyond those there are empty rows to fill."""

    further_reports = forms.CharField(
        label=gettext_lazy("再次填报的时段"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("每天第一次填报按学校原有轮次；这里每行一个时段，例如 13:30-18:00"),
    )  # fmt: skip
    zero_report_by = forms.TimeField(
        label=gettext_lazy("学院零报告截止"), required=False, help_text=gettext_lazy("不填表示本级别不要求"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )  # fmt: skip
    gatherings = forms.ChoiceField(label=gettext_lazy("聚集活动"), choices=list(WORDS["gatherings"].items()))
    return_needs_approval = forms.BooleanField(label=gettext_lazy("返校须经批准"), required=False)
    gate = forms.ChoiceField(label=gettext_lazy("校门"), choices=list(WORDS["gate"].items()))
    teaching = forms.ChoiceField(label=gettext_lazy("教学"), choices=list(WORDS["teaching"].items()))
    leaders_on_duty = forms.IntegerField(label=gettext_lazy("值班校领导人数"), min_value=0, max_value=5)
    managers_on_duty = forms.IntegerField(label=gettext_lazy("值班中层干部人数"), min_value=0, max_value=5)

    def __init__(self, *args: Any, effects: Effects, areas: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.effects = effects
        for name in (
            "gatherings",
            "gate",
            "teaching",
            "leaders_on_duty",
            "managers_on_duty",
            "return_needs_approval",
            "zero_report_by",
        ):
            self.initial.setdefault(name, getattr(effects, name))
        self.initial.setdefault(
            "further_reports", "\n".join(f"{w.opens:%H:%M}-{w.closes:%H:%M}" for w in effects.further_reports)
        )
        self.rows = range(min(len(effects.measures) + SPARE_MEASURES, MOST_MEASURES))
        for n in self.rows:
            there = effects.measures[n] if n < len(effects.measures) else None
            self.fields[f"measure_{n}"] = forms.CharField(
                label=_("措施 %(n)s") % {"n": n + 1}, required=False, max_length=80, initial=there.zh if there else ""
            )
            self.fields[f"area_{n}"] = forms.ChoiceField(
                label=_("由哪项工作落实"), choices=areas, required=False, initial=there.area if there else None
            )

    def measures(self) -> list[Any]:
        """The bound fields of each measure, for the page."""
        return [(self[f"measure_{n}"], self[f"area_{n}"]) for n in self.rows]

    def clean_further_reports(self) -> list[dict[str, str]]:
        windows = []
        for line in filter(None, map(str.strip, self.cleaned_data["further_reports"].replace("：", ":").splitlines())):
            found = SPAN.match(line)
            if not found:
                raise ValidationError(_("“%(line)s”不是一个时段，请写成 13:30-18:00。"), params={"line": line})
            hours = [int(part) for part in found.groups()]
            windows.append({"opens": f"{hours[0]:02}:{hours[1]:02}", "closes": f"{hours[2]:02}:{hours[3]:02}"})
        return windows

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not self.errors:
            try:
                self.effects = self._effects(typed)
            except ValueError as error:
                raise ValidationError({"further_reports": _words_of(error)}) from error
        return typed

    def _effects(self, typed: dict[str, Any]) -> Effects:
        """What was typed, as the rulebook says it. An unchanged measure keeps its English."""
        english = {one.zh: one.en for one in self.effects.measures}
        names = [name for name in Effects.model_fields if name != "measures"]
        texts = [(typed[f"measure_{n}"].strip(), typed[f"area_{n}"]) for n in self.rows]
        measures = [{"zh": text, "en": english.get(text, text), "area": area} for text, area in texts if text]
        return Effects.model_validate({name: typed[name] for name in names} | {"measures": measures})


def _words_of(error: ValueError) -> str:
    """Whatever the rulebook refuses about windows, in the language in force."""
    text = str(error)
    if "overlap" in text:
        return _("时段不能重叠。")
    if "closes after" in text:
        return _("时段的结束要晚于开始，且在同一天内。")
    if "at most" in text:
        return _("最多五个时段。")
    return _("时间不对，请写成 13:30-18:00。")
