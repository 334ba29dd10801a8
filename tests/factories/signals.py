"""Signals as the intake raises them."""

from __future__ import annotations

from itertools import count

from django.db import connection, transaction

from linglou.domains.signals import actions
from linglou.domains.signals.models import Signal
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock

_rounds = count(900_000)


def new_signal(person: Person, unit: Unit, **changes: object) -> actions.NewSignal:
    fields: dict[str, object] = {
        "school_id": person.school_id, "person_id": person.pk, "unit_id": unit.pk, "round_id": next(_rounds), "revision": 1,
        "rule_id": "A-SCHOOL-RULE", "rule_edition": "1", "severity": 2, "because": {"temperature": 38.1}, "at": clock.now(),
    }  # fmt: skip
    return actions.NewSignal(**(fields | changes))  # type: ignore[arg-type]


def record(*rows: actions.NewSignal) -> list[Signal]:
    """The signals, in the order of ``rows``."""
    with transaction.atomic(), connection.cursor() as cursor:
        actions.record(cursor, rows)
    return [Signal.objects.get(person_id=row.person_id, round_id=row.round_id, rule_id=row.rule_id) for row in rows]


def signal(person: Person, unit: Unit, **changes: object) -> Signal:
    return record(new_signal(person, unit, **changes))[0]
