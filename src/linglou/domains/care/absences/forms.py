"""What is typed about absences. The sheet of a return is made from the criteria in force, so no disease has a form of its own."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.absences import knowledge
from linglou.domains.care.models import AbsentAt, FollowUp
from linglou.domains.daily.rules import SYMPTOMS
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.criteria import Known
from linglou.foundation.rulebook.rules.diseases import EVENTS, Release
from linglou.kernel import clock

YES_NO = [("yes", _("是")), ("no", _("否")), ("", _("不清楚"))]
ANSWERS = [("yes", _("有")), ("no", _("无")), ("unknown", _("未知"))]
SAID = {"yes": True, "no": False}
REASON = forms.Textarea(attrs={"rows": 2})
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class AbsenceForm(forms.Form):
    """A new absence. The choices of ``disease`` are those of the rulebook of the day."""

    number = forms.CharField(label=_("学号/工号"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    from_day = _day(_("缺课开始日期"))
    onset = _day(_("发病日期"), required=False)
    symptoms = forms.MultipleChoiceField(
        label=_("症状"), required=False, choices=list(SYMPTOMS.items()), widget=forms.CheckboxSelectMultiple
    )
    care_sought = forms.ChoiceField(label=_("是否就诊"), required=False, choices=YES_NO, widget=forms.RadioSelect)
    hospital = forms.CharField(label=_("就诊医院"), max_length=80, required=False)
    diagnosis = forms.CharField(label=_("医院诊断"), max_length=80, required=False)
    disease = forms.ChoiceField(
        label=_("疾病"), required=False, help_text=_("医生已诊断为传染病时选择，复课时按这种病的规则核对。")
    )
    whereabouts = forms.ChoiceField(label=_("人在哪里"), choices=AbsentAt.choices)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        disease: Any = self.fields["disease"]
        disease.choices = [("", _("还没有诊断")), *knowledge.diseases_on(today)]
        self.fields["from_day"].initial = today

    def clean_care_sought(self) -> bool | None:
        return SAID.get(self.cleaned_data["care_sought"])


class FollowUpForm(forms.Form):
    """How somebody is today."""

    course = forms.ChoiceField(label=_("今天怎么样"), choices=FollowUp.Course.choices, widget=forms.RadioSelect)
    outcome = forms.ChoiceField(label=_("接下来"), choices=FollowUp.Outcome.choices, widget=forms.RadioSelect)
    care_sought = forms.ChoiceField(label=_("是否就诊"), required=False, choices=YES_NO, widget=forms.RadioSelect)
    whereabouts = forms.ChoiceField(label=_("人在哪里"), choices=AbsentAt.choices)
    note = forms.CharField(label=_("备注"), max_length=400, required=False, widget=REASON)

    def clean_care_sought(self) -> bool | None:
        return SAID.get(self.cleaned_data["care_sought"])


class HospitalForm(forms.Form):
    """A hospital's certificate that was seen."""

    issuer = forms.CharField(label=_("开具医院"), max_length=80)
    issued_on = _day(_("开具日期"))
    returned_on = _day(_("复课日期"))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("原因"), max_length=200, widget=REASON)


class DiseaseForm(forms.Form):
    """By whose criteria the clinic judges the return: the first of two steps that need no script."""

    disease = forms.ChoiceField(label=_("疾病"), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        disease: Any = self.fields["disease"]
        disease.choices = [("", _("不是传染病，或还没有诊断")), *knowledge.diseases_on(today)]


class ReturnForm(forms.Form):
    """What the criteria of a return ask for (``rule`` None: nothing), from when class is open again, and why where they do not
    say so."""

    returned_on = _day(_("准予复课日期"))
    reason = forms.CharField(
        label=_("准予复课的依据"),
        max_length=200,
        required=False,
        widget=REASON,
        help_text=_("条件未满足而准予复课时必须写明。"),
    )

    def __init__(self, *args: Any, rule: Release | None, known: Known, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facts = knowledge.facts_of(rule) if rule else []
        self.events = knowledge.events_of(rule) if rule else []
        words, stood = rulebook.words(), {True: "yes", False: "no", None: "unknown"}
        for code in self.facts:
            self.fields[f"fact-{code}"] = forms.ChoiceField(
                label=rulebook.said(words.facts[code]), choices=ANSWERS, widget=forms.RadioSelect, required=False,
                initial=stood[known.said.get(code)],
            )  # fmt: skip
        for code in self.events:
            since = known.since.get(code)
            self.fields[f"event-{code}"] = forms.DateTimeField(
                label=rulebook.said(EVENTS[code]), required=False, widget=MOMENT, initial=clock.local(since) if since else None
            )
        self.fields["returned_on"].initial = today

    @property
    def fact_fields(self) -> list[forms.BoundField]:
        return [self[f"fact-{code}"] for code in self.facts]

    @property
    def event_fields(self) -> list[forms.BoundField]:
        return [self[f"event-{code}"] for code in self.events]

    def typed(self) -> dict[str, Any]:
        """``said`` and ``since`` as ``actions.certify`` takes them; what was left open is not in them."""
        typed = self.cleaned_data
        return {
            "said": {code: SAID[typed[f"fact-{code}"]] for code in self.facts if typed.get(f"fact-{code}") in SAID},
            "since": {code: typed[f"event-{code}"] for code in self.events if typed.get(f"event-{code}")},
        }
