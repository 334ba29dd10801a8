"""The language chosen on a device: a cookie, set by the switch on a page, by the account's page, and by logging in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse

COOKIE = "language"
A_YEAR = 365 * 86400


def keep(response: HttpResponse, chosen: str) -> HttpResponse:
    """The response, with one of ``settings.LANGUAGES`` kept on the device."""
    response.set_cookie(COOKIE, chosen, max_age=A_YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE)
    return response
