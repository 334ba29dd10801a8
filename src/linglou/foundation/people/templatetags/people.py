"""What templates of people need and Django has not."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def label_in(unit_id: int, labels: Mapping[int, str]) -> str:
    """The label of a unit among those fetched for the page."""
    return labels.get(unit_id, "")
