"""How care reads: states with their tone, events, the strip of days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils.translation import gettext as _

from linglou.domains.care import rules
from linglou.domains.care.checks import Check
from linglou.domains.care.models import Observation, Placement
from linglou.domains.care.plans import queries
from linglou.domains.cases import queries as cases

register = template.Library()
TONES = {"watching": "info", "released": "good", "converted": "bad", "withdrawn": "muted", "ended": "muted"}
CHECK_TONES = {"done": "good", "abnormal": "bad", "waiting": "muted", "missed": "warn"}


@register.filter
def observation_tone(one: Observation) -> str:
    return TONES[one.state]


@register.filter
def disease(slug: str) -> str:
    return cases.disease_name(slug)


@register.filter
def event_name(event: str) -> str:
    return str(rules.EVENT_NAMES[event])


@register.filter
def day_number(one: Observation, on: date) -> str:
    """第 6 天，共 14 天."""
    standing = rules.standing(one, on=on)
    if standing.of is None:
        return _("第 %(day)s 天") % {"day": standing.day}
    if standing.is_over:
        return _("%(of)s 天已满") % {"of": standing.of}
    return _("第 %(day)s 天，共 %(of)s 天") % {"day": standing.day, "of": standing.of}


@register.filter
def check_state(check: Check, at: datetime) -> str:
    return check.state(at)


@register.filter
def check_tone(check: Check, at: datetime) -> str:
    return CHECK_TONES[check.state(at)]


@register.filter
def as_list(check: Check) -> list[Check]:
    return [check]


@register.filter
def place_name(place: Placement | None) -> str:
    if place is None:
        return ""
    room = f"{place.room.site.name} {place.room.name}" if place.room else ""
    return " ".join(filter(None, (room or str(place.get_kind_display()), place.detail)))


@register.simple_tag
def strip(shown: queries.Detail, today: date, at: datetime) -> list[dict[str, Any]]:
    """A box for each day of the leading observation: its number, day and state (done, abnormal, missed, today, ahead)."""
    leading = shown.leading
    if leading is None:
        return []
    by_day = {found.day: found for found in shown.days}
    last = leading.last_day or today
    days = [leading.since + timedelta(days=n) for n in range(1, max((last - leading.since).days, 1) + 1)]
    return [
        {"day": day, "n": (day - leading.since).days, "state": _state(by_day.get(day), day, today, at)} for day in days[-60:]
    ]


def _state(found: queries.DayOfChecks | None, day: date, today: date, at: datetime) -> str:
    if day > today:
        return "ahead"
    states = {check.state(at) for check in found.checks} if found else set()
    if "abnormal" in states:
        return "abnormal"
    if "done" in states:
        return "done"
    if day == today:
        return "today"
    return "missed" if found else "before"
