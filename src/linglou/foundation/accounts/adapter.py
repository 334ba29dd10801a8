"""How allauth is bent to this product: nobody signs up, people are activated; second-factor secrets are sealed at rest."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from linglou.foundation.accounts import actions
from linglou.kernel import clock, language
from linglou.kernel.secrets import seal, unseal

# Whoever proved themselves this recently need not do it again before changing the second factor.
FRESH_SECONDS = 300


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("这个账号已停用。"),
        "enter_current_password": _("请输入现在的密码。"),
        "incorrect_code": _("验证码不对。"),
        "incorrect_password": _("密码不对。"),
        "invalid_login": _("学号/工号或密码不对。"),
        "rate_limited": _("操作太频繁，请稍后再试。"),
        "too_many_login_attempts": _("尝试次数过多，请五分钟后再试。"),
        "username_password_mismatch": _("学号/工号或密码不对。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/account/"

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        request = context.request
        records = get_authentication_records(request, request.user)
        return not any(time.time() - record["at"] < FRESH_SECONDS for record in records)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failures are counted for the log-in alone. allauth adds the host, which is whatever the caller says it is."""
        return str(credentials.get("username", "")).lower()

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        actions.record_login(account=user, at=clock.now())  # type: ignore[arg-type]

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **words: Any) -> HttpResponse:
        """A device on which no language was chosen speaks the account's."""
        response: HttpResponse = super().post_login(request, user, **words)
        chosen = user.language  # type: ignore[attr-defined]
        return language.keep(response, chosen) if chosen and language.COOKIE not in request.COOKIES else response

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        super().set_password(user, password)
        actions.record_password_change(account=user, at=clock.now())  # type: ignore[arg-type]

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """The pages say what happened themselves; allauth's messages would repeat it."""

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": _("验证码不对。")}

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
