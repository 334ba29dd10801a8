"""What is typed at the counselling centre, and the questionnaires."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.counselling import rules

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
NOTE_LENGTH = 4000


class QuestionnaireForm(forms.Form):
    """One questionnaire, an item a group of four answers. Nothing is chosen beforehand."""

    def __init__(self, *args: Any, instrument: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n, item in enumerate(rules.QUESTIONNAIRES[instrument].items):
            self.fields[f"item-{n + 1}"] = forms.TypedChoiceField(
                label=item, choices=list(rules.CHOICES), coerce=int, widget=forms.RadioSelect,
                error_messages={"required": _("请选一个最接近的答案。")},
            )  # fmt: skip

    def answers(self) -> list[int]:
        return [self.cleaned_data[name] for name in self.fields]


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("咨询记录"), max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("只有心理咨询中心能看到；保存后不能修改，可以再写一条补充。"),
    )  # fmt: skip
    follow_up_on = forms.DateField(label=_("下次约谈"), required=False, widget=DAY, help_text=_("不再约谈则留空。"))


class AnswerForm(forms.Form):
    outcome = forms.ChoiceField(label=_("联系情况"), choices=list(rules.OUTCOMES.items()), widget=forms.RadioSelect)
    text = forms.CharField(label=_("说明"), max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 3}))
    follow_up_on = forms.DateField(label=_("下次约谈"), required=False, widget=DAY)
