"""Things that are counted, and alerts."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from linglou.domains.surveillance import actions
from linglou.domains.surveillance.models import Alert, Event
from linglou.foundation.access.actor import Actor
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock

_keys = count(1)


def occurrence(person: Person, *, at: datetime | None = None, **changes: object) -> actions.NewOccurrence:
    """A fever of today, where the person lives and studies, unless told otherwise."""
    at = at or clock.now()
    day = clock.day_of(at)
    fields: dict[str, object] = {
        "key": f"test:{next(_keys)}", "person_id": person.pk, "day": day, "at": at, "until": changes.get("day", day),
    }  # fmt: skip
    if not {"symptoms", "rule_ids", "disease", "event"} & changes.keys():
        fields["symptoms"] = ("fever",)
    return actions.NewOccurrence(**(fields | changes))  # type: ignore[arg-type]


def recorded(*persons: Person, at: datetime | None = None, **changes: object) -> list[actions.NewOccurrence]:
    """One occurrence for each."""
    rows = [occurrence(person, at=at, **changes) for person in persons]
    actions.record(school_id=persons[0].school_id, rows=rows)
    return rows


def alert(*persons: Person, at: datetime | None = None, rule_id: str = "", scope: str = "", **changes: object) -> Alert:
    """The alert that these people's fever of today raises (of several the first; or that of ``rule_id``, of ``scope``)."""
    at = at or clock.now()
    recorded(*persons, at=at, **changes)
    actions.evaluate(at=at)
    wanted = {name: value for name, value in (("rule_id", rule_id), ("scope", scope)) if value}
    return Alert.objects.filter(people__person=persons[0], **wanted).distinct().earliest("pk")


def event(*persons: Person, by: Actor, unit: Unit | None = None, at: datetime | None = None, **changes: object) -> Event:
    at = at or clock.now()
    fields: dict[str, object] = {"kind": "shared-source", "day": clock.day_of(at), "outcome": "", "what": "同桌聚餐"}
    return actions.record_event(
        school_id=persons[0].school_id, person_ids=[person.pk for person in persons], unit=unit, by=by, at=at, **(fields | changes)
    )  # type: ignore[arg-type]  # fmt: skip


def days(n: int) -> timedelta:
    return timedelta(days=n)
