"""The components as template tags. Each is shown, in every state, on the gallery page (``/ui/gallery/``)."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from linglou.ui.icons import ICONS

register = template.Library()
TONES = ("good", "warn", "bad", "info", "muted")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of ``ui/icons.py``. Decorative unless it has a ``label``. An unknown name draws nothing but a space."""
    drawing = mark_safe(ICONS.get(name, ""))
    if label:
        return format_html('<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', label, drawing)
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', drawing)


@register.simple_tag
def badge(text: Any, tone: str = "muted") -> SafeString:
    """A state in a word: an icon and the text, so that it never rests on colour alone. ``tone`` is one of ``TONES``."""
    if tone not in TONES:
        raise ValueError(f"badge tone {tone!r} is not one of {', '.join(TONES)}")
    return format_html('<span class="badge {}">{}{}</span>', tone, icon(tone), text)


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, autocomplete: str = "", inputmode: str = "") -> dict[str, Any]:
    """Label, control, help and errors of one form field, tied together for screen readers."""
    attributes: dict[str, str | bool] = {"aria-invalid": "true"} if bound.errors else {}
    if autocomplete:
        attributes["autocomplete"] = autocomplete
    if inputmode:
        attributes["inputmode"] = inputmode
    kind = getattr(bound.field.widget, "input_type", "") or "text"
    grouped = bound.use_fieldset
    described = [] if grouped else [f"{bound.auto_id}_{part}" for part, shown in
                                    (("helptext", bound.help_text), ("error", bound.errors)) if shown]  # fmt: skip
    if described:
        attributes["aria-describedby"] = " ".join(described)
    return {"field": bound, "control": bound.as_widget(attrs=attributes), "kind": kind, "grouped": grouped}


@register.inclusion_tag("ui/bar.html")
def bar(count: Any, size: str = "") -> dict[str, Any]:
    """Progress of a unit from anything with ``roster, responded, excused, missing`` (an object or a mapping).

    ``size="slim"`` leaves the figures to the caller and keeps them for screen readers."""
    roster, responded, excused, missing = (int(_part(count, name)) for name in ("roster", "responded", "excused", "missing"))
    return {
        "roster": roster, "responded": responded, "excused": excused, "missing": missing, "slim": size == "slim",
        "responded_width": _width(responded, roster), "excused_width": _width(excused, roster),
        "missing_width": _width(missing, roster), "rate": share(responded + excused, roster),
    }  # fmt: skip


def _part(count: Any, name: str) -> Any:
    return count[name] if isinstance(count, Mapping) else getattr(count, name)


def _width(part: int, whole: int) -> str:
    """A CSS width; somebody missing among forty thousand still shows as a sliver."""
    return f"{max(100 * part / whole, 0.6):.2f}" if part and whole else "0"


def share(part: int, whole: int) -> str:
    """A percentage rounded **down** to a tenth: nothing reads 100 % while one person is missing. ``—`` of nobody."""
    if not whole:
        return "—"
    tenths = 1000 * part // whole
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths / 10:.1f}%"


@register.filter
def percent(part: Any, whole: Any) -> str:
    """``{{ responded|percent:roster }}``, rounded down."""
    return share(int(part or 0), int(whole or 0))


@register.filter
def thousands(value: Any) -> str:
    """``1,832``: figures are grouped by thousands in both languages (Django's Chinese format does not group)."""
    return f"{int(value or 0):,}"


@register.filter(expects_localtime=True)
def day(value: date | None) -> str:
    """A day as people say it, in their language: 11月23日, 23 Nov."""
    return date_format(value, _("n月j日")) if value else ""


@register.filter(expects_localtime=True)
def day_time(value: datetime | None) -> str:
    """A moment as people say it: 11月23日 07:42, 23 Nov, 07:42."""
    return date_format(value, _("n月j日 H:i")) if value else ""


@register.filter
def json(value: Any) -> str:
    """For a ``data-`` attribute or a ``<script type="application/json">``; the template's escaping applies to it."""
    return json_module.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))


@register.simple_tag
def load_charts() -> SafeString:
    """The chart library and what draws every ``[data-chart]``; only pages that show charts ask for it."""
    return format_html(
        '<script src="{}" defer></script><script src="{}" defer></script>', static("vendor/echarts.js"), static("ui/charts.js")
    )


@register.inclusion_tag("ui/pages.html", takes_context=True)
def pages(context: template.Context, page: Any) -> dict[str, Any]:
    """Links to the neighbours of a ``django.core.paginator.Page``, keeping the rest of the query string."""
    request = context.get("request")
    query = request.GET.copy() if request else None

    def link(number: int) -> str:
        if query is None:
            return f"?page={number}"
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "before": link(page.previous_page_number()) if page.has_previous() else "",
        "after": link(page.next_page_number()) if page.has_next() else "",
        "label": _("分页"),
    }
