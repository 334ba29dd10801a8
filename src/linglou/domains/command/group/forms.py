"""What is typed about the command group. People are named by their staff number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linglou.domains.command.group import queries
from linglou.domains.command.models import Position
from linglou.foundation.people.models import Person

NUMBER = gettext_lazy("工号可在“人员”里按姓名查到")


class MemberForm(forms.Form):
    """``deputy`` is cleaned to a person (or None)."""

    position = forms.ChoiceField(label=gettext_lazy("职责"), choices=Position.choices, initial=Position.MEMBER)
    duty = forms.CharField(label=gettext_lazy("职务"), max_length=60, help_text=gettext_lazy("例如：党委副书记"))
    deputy = forms.CharField(
        label=gettext_lazy("代理人工号"), required=False, max_length=30, help_text=gettext_lazy("外出或无法履职时由谁代行职责")
    )

    def __init__(self, *args: Any, school_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school_id = school_id

    def clean_deputy(self) -> Person | None:
        return self._person(self.cleaned_data["deputy"]) if self.cleaned_data["deputy"] else None

    def _person(self, number: str) -> Person:
        found = queries.staff_numbered(self.school_id, number)
        if found is None:
            raise forms.ValidationError(_("没有工号为“%(number)s”的教职工。"), params={"number": number})
        return found


class NewMemberForm(MemberForm):
    """``person`` is cleaned to a person."""

    person = forms.CharField(label=gettext_lazy("工号"), max_length=30, help_text=NUMBER)
    field_order = ("person", "position", "duty", "deputy")

    def clean_person(self) -> Person:
        return self._person(self.cleaned_data["person"])


class AssignForm(forms.Form):
    key = forms.CharField(max_length=60)
    person_id = forms.IntegerField(min_value=1)
    alone = forms.BooleanField(required=False)


class AreaForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("工作名称"), max_length=40)
