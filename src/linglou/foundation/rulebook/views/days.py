"""The day for which rules are shown: the one in the address, else today."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest

from linglou.kernel import clock


def asked_day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return clock.day_of(clock.now())
