"""What people type about accounts. allauth's forms are put into our words; the rest are ours."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePassword
from allauth.account.forms import LoginForm as AllauthLogin
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticate
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as MfaReauthenticate
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.verbs import Verb
from linglou.foundation.accounts import rules
from linglou.foundation.accounts.queries import Whom
from linglou.foundation.audit.rules import ACTION_NAMES

PASSWORD_LENGTH = 8
PASSWORD_HELP = _("至少 8 位，不能全是数字，也不要用常见的密码。")


class LongEnough(MinimumLengthValidator):
    """Django's own, which says it in English on Chinese pages."""

    def __init__(self) -> None:
        super().__init__(PASSWORD_LENGTH)

    def get_error_message(self) -> str:
        return gettext("密码至少要 %(length)s 位。") % {"length": self.min_length}

    def get_help_text(self) -> str:
        return self.get_error_message()


def _number_field(**more: Any) -> forms.CharField:
    attributes = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=_("学号/工号"), max_length=60, widget=forms.TextInput(attrs=attributes), **more)


def _password_field(label: Any, *, new: bool, **more: Any) -> forms.CharField:
    attributes = {"autocomplete": "new-password" if new else "current-password"}
    return forms.CharField(label=label, strip=False, max_length=128, widget=forms.PasswordInput(attrs=attributes), **more)


def _relabel(form: forms.Form, name: str, label: Any, *, new: bool, help_text: Any = "") -> None:
    """Our words on allauth's field, which stays itself: it is what judges a new password."""
    field = form.fields[name]
    field.label, field.help_text = label, help_text
    field.widget.attrs = {"autocomplete": "new-password" if new else "current-password"}


def _one_time_code(form: forms.Form, label: Any) -> None:
    field = form.fields["code"]
    field.label = label
    field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}


class LoginForm(AllauthLogin):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = _number_field()
        _relabel(self, "password", _("密码"), new=False)
        remember = forms.BooleanField(label=_("这是我自己的手机或电脑，30 天内不用再登录"), required=False, initial=True)
        self.fields["remember"] = remember
        self.order_fields(["login", "password", "remember"])

    def clean_login(self) -> str:
        return rules.plain(self.cleaned_data["login"]).lower()


class ReauthenticateForm(AllauthReauthenticate):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, "password", _("密码"), new=False)


class ChangePasswordForm(AllauthChangePassword):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _relabel(self, "oldpassword", _("现在的密码"), new=False)
        _relabel(self, "password1", _("新密码"), new=True, help_text=PASSWORD_HELP)
        _relabel(self, "password2", _("再输一遍新密码"), new=True)


class SecondFactorForm(AuthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _one_time_code(self, _("验证器上的 6 位数字，或一个备用码"))


class SecondFactorAgainForm(MfaReauthenticate):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _one_time_code(self, _("验证器上的 6 位数字，或一个备用码"))


class SetUpSecondFactorForm(ActivateTOTPForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _one_time_code(self, _("验证器上显示的 6 位数字"))


class TwicePassword(forms.Form):
    """A new password, typed twice; what is wrong with it is the domain's to say."""

    password = _password_field(_("设置密码"), new=True, help_text=PASSWORD_HELP)
    again = _password_field(_("再输一遍密码"), new=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("两次输入的密码不一样。"))
        return cleaned


class ActivateForm(TwicePassword):
    number = _number_field()
    code = forms.CharField(
        label=_("激活码"),
        max_length=40,
        help_text=_("纸条上的 12 位字母和数字，不分大小写。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    field_order = ["number", "code", "password", "again"]


class SetUpForm(TwicePassword):
    school_name = forms.CharField(label=_("学校名称"), max_length=80)
    school_code = forms.CharField(label=_("学校代码"), max_length=40, help_text=_("教育部学校标识码，或自定的简短英文代码。"))
    person_name = forms.CharField(label=_("您的姓名"), max_length=80)
    number = forms.CharField(label=_("您的工号"), max_length=40, help_text=_("以后用它登录。"))
    field_order = ["school_name", "school_code", "person_name", "number", "password", "again"]


def _days(days: tuple[int, ...]) -> list[tuple[int, Any]]:
    return [(n, _("{n} 天").format(n=n)) for n in days]


class SheetForm(forms.Form):
    """A printed sheet of codes for a unit."""

    whom = forms.ChoiceField(
        label=_("发给谁"),
        choices=[(Whom.MEMBERS.value, _("本单位的人")), (Whom.GUARDIANS.value, _("他们的家长"))],
        initial=Whom.MEMBERS.value,
    )
    days = forms.TypedChoiceField(label=_("有效期"), coerce=int, initial=rules.CODE_DAYS_DEFAULT)
    renew = forms.BooleanField(
        label=_("已发过但没用的码也重新生成"), required=False, help_text=_("原来的纸条随即作废；遗失了整张单子时勾选。")
    )
    format = forms.ChoiceField(choices=[("xlsx", "Excel"), ("pdf", "PDF")], initial="xlsx")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = _days(rules.CODE_DAYS)  # type: ignore[attr-defined]


class OneCodeForm(forms.Form):
    days = forms.TypedChoiceField(label=_("有效期"), coerce=int, initial=rules.CODE_DAYS_DEFAULT)
    drop_second_factor = forms.BooleanField(
        label=_("同时清除二次验证"), required=False, help_text=_("本人丢失了手机或验证器时勾选，下次登录需重新设置。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = _days(rules.CODE_DAYS)  # type: ignore[attr-defined]


class TokenForm(forms.Form):
    name = forms.CharField(label=_("用途"), max_length=80, help_text=_("例如：学工系统每日同步。"))
    days = forms.TypedChoiceField(label=_("有效期"), coerce=int, initial=90)
    verbs = forms.MultipleChoiceField(
        label=_("权限"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只能选您的岗位已有的权限；都不选则只能查看和填报自己的。"),
    )

    def __init__(self, *args: Any, own: frozenset[Verb], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = _days(rules.TOKEN_DAYS)  # type: ignore[attr-defined]
        self.fields["verbs"].choices = [(v.value, name) for v, name in rules.VERB_NAMES.items() if v in own]  # type: ignore[attr-defined]


class TrailForm(forms.Form):
    """What of the trail to look for; every part may stay open. Days are campus days, both included."""

    is_search = True  # nobody needs to be told of every field that it is optional

    person = forms.CharField(label=_("涉及谁（学号/工号）"), max_length=40, required=False)
    actor = forms.CharField(label=_("操作人（学号/工号）"), max_length=40, required=False)
    action = forms.ChoiceField(label=_("操作"), required=False)
    since = forms.DateField(label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted(ACTION_NAMES.items())
        self.fields["action"].choices = [("", _("全部")), *named]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("since") and cleaned.get("until") and cleaned["since"] > cleaned["until"]:
            self.add_error("until", _("结束日期早于开始日期。"))
        return cleaned
