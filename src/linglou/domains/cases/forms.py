"""What is typed about cases. The sheet of findings is made from the definitions in force, so no disease has a form of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linglou.domains.cases import knowledge, rules
from linglou.domains.cases.actions import NewFindings, Specimen
from linglou.domains.cases.card import BELONGS_TO
from linglou.domains.cases.models import Case, Whereabouts
from linglou.domains.cases.transmission.rules import is_period
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.diseases import EVENTS
from linglou.kernel import clock

ANSWERS = [("yes", _("有")), ("no", _("无")), ("unknown", _("未知"))]
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
REASON = forms.Textarea(attrs={"rows": 2})
# A meeting by its kind, as contact definitions call it; those that are added by hand first.
WHERE = {
    "named": _("本人说出"),
    "household": _("同住"),
    "dorm-room": _("同寝室"),
    "class-session": _("同课堂"),
    "vehicle": _("同车"),
    "gathering": _("同一活动"),
    "canteen": _("同桌就餐"),
    "place": _("同一场所"),
}
BY_HAND = ("named", "household", "vehicle", "gathering", "place")
GROUP_NAMES = {"clinical": _("临床表现"), "laboratory": _("检验检查"), "history": _("流行病学史")}


class SheetForm(forms.Form):
    """The facts that any definition of a disease asks for on a day, and the times that days are counted from."""

    specimen = forms.CharField(label=_("标本"), max_length=40, required=False)
    laboratory = forms.CharField(label=_("检验机构"), max_length=80, required=False)
    sampled_at = forms.DateTimeField(label=_("采样时间"), required=False, widget=MOMENT)

    def __init__(
        self, *args: Any, disease: str, on: date, said: dict[str, bool | None] | None = None,
        since: dict[str, datetime] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.on, self.groups = on, knowledge.facts_asked(disease, on)
        self.events = knowledge.events_asked(disease, on)
        words, stood = rulebook.words(), {True: "yes", False: "no", None: "unknown"}
        for code in (code for codes in self.groups.values() for code in codes):
            self.fields[f"fact-{code}"] = forms.ChoiceField(
                label=rulebook.said(words.facts[code]), choices=ANSWERS, widget=forms.RadioSelect, required=False,
                initial=stood[(said or {}).get(code)],
            )  # fmt: skip
        for code in self.events:
            self.fields[f"event-{code}"] = forms.DateTimeField(
                label=rulebook.said(EVENTS[code]), required=False, widget=MOMENT, initial=_local((since or {}).get(code))
            )

    @property
    def fact_groups(self) -> Iterable[tuple[str, str, list[forms.BoundField]]]:
        for group, codes in self.groups.items():
            yield group, str(GROUP_NAMES[group]), [self[f"fact-{code}"] for code in codes]

    @property
    def event_fields(self) -> list[forms.BoundField]:
        return [self[f"event-{code}"] for code in self.events]

    def findings(self) -> NewFindings:
        typed = self.cleaned_data
        specimen = Specimen(typed["specimen"], typed["laboratory"], typed["sampled_at"])
        return NewFindings(
            said={code: rules.SAID[typed[f"fact-{code}"] or "unknown"] for codes in self.groups.values() for code in codes},
            since={code: typed[f"event-{code}"] for code in self.events},
            specimens=dict.fromkeys(self.groups.get("laboratory", ()), specimen),
        )


def _local(at: datetime | None) -> datetime | None:
    return clock.local(at) if at else None


class DiseaseForm(forms.Form):
    """Of whom, and of what: the first step of opening a case."""

    number = forms.CharField(label=_("学号/工号"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    disease = forms.ChoiceField(label=_("疾病"))
    day = forms.DateField(
        label=_("诊断日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        disease: Any = self.fields["disease"]
        disease.choices = [("", _("请选择")), *knowledge.diseases_on(today)]
        self.fields["day"].initial = today


class DecisionForm(forms.Form):
    """What is decided, when the diagnosis was made, and why where the definition does not say so."""

    event = forms.ChoiceField(label=_("判定"), widget=forms.RadioSelect)
    diagnosed_at = forms.DateTimeField(label=_("诊断时间"), widget=MOMENT)
    reason = forms.CharField(
        label=_("判定依据"), max_length=400, required=False, widget=REASON,
        help_text=_("与定义不符、或排除病例时必须写明。"),
    )  # fmt: skip

    def __init__(self, *args: Any, events: Iterable[str], at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        event: Any = self.fields["event"]
        event.choices = [(code, rules.EVENT_NAMES[code]) for code in events]
        event.initial = event.choices[0][0] if len(event.choices) == 1 else None
        self.fields["diagnosed_at"].initial = clock.local(at)


class WhereaboutsForm(forms.Form):
    whereabouts = forms.ChoiceField(label=_("目前去向"), choices=Whereabouts.choices)
    hospital = forms.CharField(label=_("医院"), max_length=80, required=False)


class OpenForm(DecisionForm, WhereaboutsForm):
    """The first decision of a case, with where the patient is."""

    field_order = ["event", "diagnosed_at", "whereabouts", "hospital", "reason"]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("原因"), max_length=400, widget=REASON)


class CardForm(forms.Form):
    """What the school cannot know of itself."""

    belongs_to = forms.ChoiceField(label=_("病人属于"), required=False, choices=[("", _("请选择")), *BELONGS_TO.items()])
    address = forms.CharField(label=_("现住地址"), max_length=160, required=False, help_text=_("不填则用寝室地址。"))
    reporter = forms.CharField(label=_("报告人"), max_length=40, required=False)
    reporter_phone = forms.CharField(label=_("报告人电话"), max_length=40, required=False)
    remark = forms.CharField(label=_("备注"), max_length=200, required=False)


class SendForm(forms.Form):
    """That a report was sent: when, to whom, by what, with which number."""

    means = forms.ChoiceField(label=_("报出方式"), choices=list(rules.MEANS.items()), widget=forms.RadioSelect)
    recipient = forms.CharField(label=_("接收单位"), max_length=80)
    reference = forms.CharField(label=_("回执号或记录号"), max_length=60, required=False)
    sent_at = forms.DateTimeField(label=_("报出时间"), widget=MOMENT)

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sent_at"].initial = clock.local(at)


def sheet_of(case: Case, *, at: datetime, data: Any = None) -> SheetForm:
    """The sheet as it stands."""
    known = knowledge.known_of(case, at=at)
    return SheetForm(
        data, disease=case.disease, on=clock.day_of(case.diagnosed_at), said=dict(known.said), since=dict(known.since)
    )


class NamedContactForm(forms.Form):
    """A contact whom no stay shows."""

    number = forms.CharField(label=_("学号/工号"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    where = forms.ChoiceField(label=_("怎样接触"), choices=[(code, WHERE[code]) for code in BY_HAND])
    first_at = forms.DateTimeField(label=_("首次接触"), widget=MOMENT)
    last_at = forms.DateTimeField(label=_("末次接触"), widget=MOMENT)
    note = forms.CharField(label=_("说明"), max_length=200, required=False)


class PeriodForm(forms.Form):
    """A disease over a period of days, both ends included."""

    disease = forms.ChoiceField(label=_("疾病"))
    since = forms.DateField(label=_("从"), widget=DAY)
    until = forms.DateField(label=_("到"), widget=DAY)
    by = forms.ChoiceField(
        label=_("颜色表示"),
        choices=[("class", _("班级")), ("room", _("寝室")), ("building", _("楼栋")), ("status", _("病例状态"))],
    )  # fmt: skip

    def __init__(self, *args: Any, diseases: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        disease: Any = self.fields["disease"]
        disease.choices = list(diseases)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        since, until = typed.get("since"), typed.get("until")
        if since and until and not is_period(since, until):
            raise forms.ValidationError(_("起止日期颠倒，或超过一年。"))
        return typed
