"""From what was typed to people, units and alerts: who is meant by numbers or a place's name, what a settlement says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linglou.domains.surveillance import access, queries
from linglou.domains.surveillance.actions import Settlement
from linglou.domains.surveillance.forms import PeopleForm
from linglou.domains.surveillance.models import Alert
from linglou.foundation.access.actor import Actor
from linglou.foundation.people import queries as people_queries
from linglou.foundation.people.models import Unit
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

MERGE_CHOICES = 60


@dataclass(frozen=True)
class Named:
    """Who is meant; ``unit``: the class or room, when it was named."""

    ids: list[int]
    unit: Unit | None


def people(form: PeopleForm, actor: Actor, *, at: datetime) -> Named | None:
    """Those whom a valid form names; None when it names somebody or some place that is not there, which the form then says."""
    try:
        return who(actor, form.cleaned_data["numbers"], form.cleaned_data["unit"], at=at)
    except Problem as problem:
        for error in problem.errors:
            form.add_error(error.field, error.message)
        return None


def who(actor: Actor, numbers: list[str], unit_name: str, *, at: datetime) -> Named:
    """By numbers, and everybody of a class or room. Raises ``Problem(INVALID_INPUT)``."""
    found = access.people_numbered(actor, numbers, at=at)
    unknown = [number for number in numbers if number not in found]
    errors = []
    if unknown:
        shown = _("、").join(unknown[:10])
        errors.append(FieldError("numbers", "unknown-number", _("没有找到：%(numbers)s") % {"numbers": shown}, shown))
    unit = None
    if unit_name.strip():
        units = queries.units_called(actor, unit_name)
        unit = units[0] if len(units) == 1 else None
        if not units:
            errors.append(FieldError("unit", "unknown-unit", _("没有找到这个班级或寝室。"), unit_name))
        elif unit is None:
            labels = people_queries.labels_of(units)
            names = _("；").join(labels[one.pk] for one in units[:5])
            errors.append(
                FieldError("unit", "several-units", _("有多个同名的，请写得更全：%(names)s") % {"names": names}, unit_name)
            )
    ids = {person.pk for person in found.values()} | set(queries.members_of(unit, at=at) if unit else ())
    if not errors and not ids:
        errors.append(FieldError("unit" if unit else "numbers", "nobody", _("里面没有人。"), unit_name))
    if errors:
        raise Problem(INVALID_INPUT, tuple(errors))
    return Named(sorted(ids), unit)


def settlement(actor: Actor, asked: Mapping[str, Any]) -> Settlement:
    """What a form or an API client says of how an alert ended."""
    into = asked.get("merged_into")
    return Settlement(
        outcome=asked["outcome"],
        note=asked.get("note") or "",
        reported_at=asked.get("reported_at"),
        reported_to=asked.get("reported_to") or "",
        means=asked.get("means") or "",
        reference=asked.get("reference") or "",
        merged_into=access.visible_alerts(actor).filter(pk=int(into)).first() if into else None,
    )


def choices_to_merge(actor: Actor, alert: Alert) -> list[tuple[int, str]]:
    """The alerts into which one can be merged, in words."""
    rows = queries.rows(list(queries.to_merge_into(actor, alert)[:MERGE_CHOICES]))
    return [
        (row.alert.pk, _("%(place)s %(what)s %(n)s 人（%(rule)s）") % {
            "place": row.place, "what": row.what, "n": row.alert.n, "rule": row.alert.rule_id,
        })
        for row in rows
    ]  # fmt: skip
