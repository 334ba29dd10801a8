"""What a board draws sixty times on a page, and so draws cheaply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from linglou.boards import work
from linglou.ui.templatetags.ui import share

register = template.Library()
register.filter("task_title", work.task_title)


@register.simple_tag
def strip(count: Any) -> SafeString:
    """The bar and the share of one row. Hidden from screen readers: the row's own cells say the same figures as text."""
    roster = count.roster or 1
    parts = "".join(
        f'<span class="{name}" style="width:{max(100 * getattr(count, name) / roster, 0.6):.2f}%"></span>'
        for name in ("responded", "excused", "missing")
        if getattr(count, name)
    )
    rate = share(count.responded + count.excused, count.roster)
    # Numbers and our own words only: nothing of this came from anybody's keyboard.
    return mark_safe(
        f'<div class="progress slim" aria-hidden="true"><div class="bar">{parts}</div></div><b class="num share">{rate}</b>'
    )


@register.simple_tag
def result_buttons(results: Sequence[tuple[str, Any]], tried: Sequence[Any]) -> SafeString:
    """One button per result of an attempt, the last one pressed."""
    last = tried[0].result if tried else ""
    return mark_safe(
        "".join(
            f'<button class="button" name="result" value="{escape(value)}"{pressed}>{escape(label)}</button>'
            for value, label in results
            for pressed in (' aria-pressed="true"' if value == last else "",)
        )
    )
