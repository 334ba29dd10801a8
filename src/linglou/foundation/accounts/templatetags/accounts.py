"""How a browser is called, and a value for a hidden field."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# First match wins: WeChat's and Edge's browsers also call themselves Chrome and Safari.
BROWSERS = (
    ("MicroMessenger", "微信"), ("DingTalk", "钉钉"), ("wxwork", "企业微信"), ("Lark", "飞书"), ("Edg", "Edge"), ("Firefox", "Firefox"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


@register.filter
def device(user_agent: str) -> str:
    """``Chrome · Android`` of a User-Agent header; "other device" where it says nothing known."""
    names = [next((name for mark, name in table if mark in user_agent), "") for table in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in names if name) or _("其他设备")


@register.filter
def hidden(value: Any) -> str:
    """What a hidden field carries on: dates as ISO, nothing as ''."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
