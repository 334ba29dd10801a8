"""The language chosen on a device: a cookie, set by the switch on a page, by the account's page, and by logging in. And how a moment
is written in whatever language is in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.functional import lazy
from django.utils.translation import get_language

from linglou.kernel import clock

COOKIE = "language"
A_YEAR = 365 * 86400


def keep(response: HttpResponse, chosen: str) -> HttpResponse:
    """The response, with one of ``settings.LANGUAGES`` kept on the device."""
    response.set_cookie(COOKIE, chosen, max_age=A_YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE)
    return response


def is_english() -> bool:
    return (get_language() or "").startswith("en")


def _moment(at: datetime) -> str:
    local = clock.local(at)
    return f"{local.day} {local:%b %H:%M}" if is_english() else f"{local:%m月%d日 %H:%M}"


def moment(at: datetime) -> Any:
    """A moment on the campus clock, as a lazy text: ``11月23日 09:30``, or ``23 Nov 09:30``."""
    return lazy(_moment, str)(at)


def _day(at: datetime) -> str:
    local = clock.local(at)
    return f"{local.day} {local:%b}" if is_english() else f"{local.month}月{local.day}日"


def day(at: datetime) -> Any:
    """The campus day of a moment, as a lazy text: ``11月23日``, or ``23 Nov``."""
    return lazy(_day, str)(at)
