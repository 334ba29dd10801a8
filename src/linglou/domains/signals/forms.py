"""What is typed about signals."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from linglou.domains.signals.rules import OUTCOMES


class SettleForm(forms.Form):
    outcome = forms.ChoiceField(label=_("处置结果"), choices=list(OUTCOMES.items()), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("处置说明"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写清去向和后续安排，便于接手的人了解。"),
    )  # fmt: skip
