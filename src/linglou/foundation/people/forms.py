"""Forms about people and units: what is typed by hand. Who is chosen from a list needs none."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linglou.foundation.people import contacts, names, rules
from linglou.foundation.people.models import Unit, UnitKind


class OpenUnitForm(forms.Form):
    """A unit to be opened under ``parent``. ``kind`` is one of those that may stand there."""

    kind = forms.ChoiceField(label=_("类别"), widget=forms.RadioSelect)
    name = forms.CharField(label=_("名称"), max_length=80)
    code = forms.CharField(label=_("代码"), max_length=40, required=False, help_text=_("教务或宿管系统里的编号，没有可不填。"))
    sort_key = forms.CharField(
        label=_("排序"), max_length=120, required=False, help_text=_("不填则按名称排列；填 01、02 可指定先后。")
    )

    def __init__(self, *args: Any, parent: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trees = {kind: tree for tree, kind in rules.CHILDREN.get(parent.kind, ())}
        kind: Any = self.fields["kind"]
        kind.choices = [(kind, UnitKind(kind).label) for kind in self.trees]
        if len(self.trees) == 1:
            kind.initial = next(iter(self.trees))

    @property
    def tree(self) -> str:
        return self.trees[self.cleaned_data["kind"]]

    def clean_name(self) -> str:
        return names.normalise(self.cleaned_data["name"])


class GuardianForm(forms.Form):
    """Somebody who may report for a ward."""

    name = forms.CharField(label=_("家长姓名"), max_length=80)
    phone = forms.CharField(label=_("家长电话"), max_length=30, widget=forms.TextInput(attrs={"type": "tel"}))

    def clean_phone(self) -> str:
        phone = contacts.normal_phone(self.cleaned_data["phone"])
        if len(phone) < 7:
            raise ValidationError(_("请填写完整的电话号码，如 13800138000。"))
        return phone


class PlaceForm(forms.Form):
    """The bed, where somebody moves into a room."""

    place = forms.CharField(label=_("床位"), max_length=20, required=False)
