"""Forms about people and units: what is typed by hand. Who is chosen from a list needs none."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from linglou.foundation.people import contacts, names, rules
from linglou.foundation.people.models import DocumentKind, Person, PersonKind, Sex, Unit, UnitKind
from linglou.foundation.people.records import ERASABLE, stored_values
from linglou.kernel import clock
from linglou.kernel.problems import Problem

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
FARTHEST = timedelta(days=366)


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


class SinceForm(forms.Form):
    """The day from which something holds: today, or left empty (then from this moment), or another one within a year (then from
    midnight)."""

    since = forms.DateField(
        label=_("自何日起"), required=False, widget=DAY, help_text=_("不填就是从现在起。"),
        error_messages={"invalid": _("请填写日期，如 2026-11-23。")},
    )  # fmt: skip

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        self.fields["since"].initial = clock.day_of(at)

    def clean_since(self) -> date:
        day: date = self.cleaned_data["since"] or clock.day_of(self.at)
        if abs(day - clock.day_of(self.at)) > FARTHEST:
            raise ValidationError(_("请填写前后一年以内的日期。"))
        return day

    @property
    def moment(self) -> datetime:
        """When that is: the present moment for today, so that a round that opened this morning keeps its roster."""
        day = self.cleaned_data["since"]
        return self.at if day == clock.day_of(self.at) else clock.moment(day, datetime.min.time())


class PlaceForm(SinceForm):
    """From when, and the bed where somebody moves into a room."""

    place = forms.CharField(label=_("床位"), max_length=20, required=False)


class LeaveForm(SinceForm):
    """Why somebody leaves a unit of ``tree``, or the school (None), and from when."""

    reason = forms.ChoiceField(label=_("原因"), widget=forms.RadioSelect)
    field_order = ["reason", "since"]

    def __init__(self, *args: Any, tree: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason: Any = self.fields["reason"]
        reason.choices = [(code, rules.LEAVE_REASONS[code]) for code in rules.REASONS_TO_LEAVE[tree]]


_TEL = {"type": "tel", "autocomplete": "off"}
_TYPED = {"autocomplete": "off", "spellcheck": "false"}


class RecordForm(forms.Form):
    """What can be typed of one person. Whether it is valid is ``particulars``' question: nothing is judged here but that the
    fields nobody goes without are there."""

    number = forms.CharField(label=_("学号/工号"), max_length=60, widget=forms.TextInput(attrs=_TYPED))
    name = forms.CharField(label=_("姓名"), max_length=120, widget=forms.TextInput(attrs=_TYPED))
    kind = forms.ChoiceField(label=_("人员类别"), widget=forms.RadioSelect,
                             choices=[(kind.value, kind.label) for kind in (PersonKind.STUDENT, PersonKind.STAFF)])  # fmt: skip
    id_number = forms.CharField(
        label=_("证件号码"), max_length=60, required=False, widget=forms.TextInput(attrs=_TYPED),
        help_text=_("身份证会核对校验码，并带出性别和出生日期；也可填护照、居住证、通行证号码。"),
    )  # fmt: skip
    document_kind = forms.ChoiceField(
        label=_("证件类型"), required=False,
        choices=[("", _("自动识别")), *((kind.value, kind.label) for kind in DocumentKind if kind != DocumentKind.RESIDENT_15)],
    )  # fmt: skip
    sex = forms.ChoiceField(label=_("性别"), required=False, choices=[("", _("未填")), *Sex.choices])
    birth_date = forms.CharField(label=_("出生日期"), max_length=40, required=False, widget=DAY)
    phone = forms.CharField(label=_("手机"), max_length=60, required=False, widget=forms.TextInput(attrs=_TEL))
    major = forms.CharField(label=_("专业"), max_length=120, required=False)
    origin = forms.CharField(label=_("生源地"), max_length=160, required=False)
    guardian_name = forms.CharField(label=_("家长姓名"), max_length=120, required=False, widget=forms.TextInput(attrs=_TYPED))
    guardian_phone = forms.CharField(label=_("家长电话"), max_length=60, required=False, widget=forms.TextInput(attrs=_TEL))

    def add_problem(self, problem: Problem) -> None:
        """Show each error of a refusal at its field; one that has no field here stands above the form."""
        for error in problem.errors:
            self.add_error(error.field if error.field in self.fields else None, str(error.message))
        if not problem.errors:
            self.add_error(None, f"{problem.title}{problem.cure}")


class AddForm(RecordForm, SinceForm):
    """Somebody who arrives at ``unit``."""

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].initial = PersonKind.STUDENT if unit.kind == UnitKind.CLASS else PersonKind.STAFF

    def typed(self) -> dict[str, str]:
        return {name: text for name, text in self.cleaned_data.items() if isinstance(text, str) and text}


class CorrectForm(RecordForm):
    """Corrections to a record. What anybody with the name may see stands in its field; what is guarded is never sent to the
    browser: left empty it stays, and ``erase`` empties it."""

    OPEN = ("number", "name", "kind", "sex", "major")
    LABELS = {"id_number": _("证件号码"), "birth_date": _("出生日期"), "phone": _("手机"), "origin": _("生源地"),
              "guardian_name": _("家长姓名"), "guardian_phone": _("家长电话")}  # fmt: skip

    erase = forms.MultipleChoiceField(
        label=_("清空"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("勾选后，现有内容被清空；上面填了新内容的，以新内容为准。"),
    )  # fmt: skip

    def __init__(self, *args: Any, person: Person, shown: dict[str, str], sees_identity: bool, **kwargs: Any) -> None:
        self.stored = stored_values(person)
        super().__init__(*args, **kwargs)
        for name in self.OPEN:
            self.fields[name].initial = self.stored[name]
        if person.kind == PersonKind.GUARDIAN:
            for name in ("kind", "sex", "major", "origin", "guardian_name", "guardian_phone", "id_number", "document_kind"):
                del self.fields[name]
        if not sees_identity or person.kind == PersonKind.GUARDIAN:
            del self.fields["birth_date"]  # it would be told by being refused
        for name in ERASABLE:
            if name in self.fields:
                now = shown.get(name, "")
                self.fields[name].help_text = (
                    _("现为 %(value)s；不改请留空。") % {"value": now} if now
                    else _("已有记录；不改请留空。") if self.stored[name] else self.fields[name].help_text
                )  # fmt: skip
        erase: Any = self.fields["erase"]
        erase.choices = [(name, self.LABELS[name]) for name in ERASABLE if name in self.fields and self.stored[name]]
        if not erase.choices:
            del self.fields["erase"]

    def typed(self) -> dict[str, str]:
        """What is new: of the open fields those that differ, of the guarded ones those that were filled in."""
        given = {name: text for name, text in self.cleaned_data.items() if name != "erase"}
        is_new = {name: text != self.stored[name] if name in self.OPEN else bool(text) for name, text in given.items()}
        return {name: text for name, text in given.items() if is_new[name]}
