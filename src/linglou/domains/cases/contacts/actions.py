"""Writes of contacts: propose them from stays, decide many at once, add one by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from linglou.domains.cases import knowledge
from linglou.domains.cases.contacts import rules
from linglou.domains.cases.models import Case, Contact, ContactState, Status
from linglou.domains.cases.problems import NO_WINDOW, NOT_TRACED, NOT_YET_HAPPENED
from linglou.domains.movement import tracing, vehicles
from linglou.domains.movement.tracing import Together
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.diseases import EVENTS, ContactDefinition
from linglou.kernel import clock
from linglou.kernel.problems import Problem

TRACED = (
    "unit_id", "degree", "via_id", "state", "is_close", "missed", "where", "place", "minutes", "first_at", "last_at", "meetings",
    "rule_id", "rule_edition",
)  # fmt: skip


def window_of(case: Case, *, at: datetime) -> rules.Window:
    """When the case may have infected, as far as it has passed. Raises ``Problem(NO_WINDOW)`` that names what is missing."""
    row = rulebook.infectious_window(case.disease, clock.day_of(case.diagnosed_at))
    if row is None:
        raise Problem(NO_WINDOW, event="")
    known = knowledge.known_of(case, at=at)
    window = rules.window_of(row, known.since, is_asymptomatic=case.status == Status.ASYMPTOMATIC, at=at)
    if isinstance(window, str):
        raise Problem(NO_WINDOW, event=rulebook.said(EVENTS[window]))
    return window


def definition_of(case: Case) -> ContactDefinition:
    """Raises ``Problem(NOT_TRACED)`` where the rules of the day look for no persons."""
    definition = rulebook.contact_definition(case.disease, clock.day_of(case.diagnosed_at))
    if definition is None or definition.tracing != "persons":
        raise Problem(NOT_TRACED)
    return definition


@transaction.atomic
def propose(*, case: Case, by: Actor, at: datetime) -> int:
    """Look for everybody who was with the case in its infectious window, and propose them with what makes them close or not.
    Repeated it takes the new evidence: what people decided stays decided, who is no longer found lapses. How many are proposed
    now. Raises ``Problem`` (NO_WINDOW, NOT_TRACED)."""
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    definition, window = definition_of(locked), window_of(locked, at=at)
    met = tracing.together(
        school_id=locked.school_id, person_ids=[locked.person_id], from_at=window.from_at, until_at=window.until_at,
        settings=definition.close,
    )  # fmt: skip
    met += _in_the_vehicle(locked, definition, window, {(row.person_id, row.kind) for row in met})
    return _keep(locked, met, definition, degree=1, via={}, by=by, at=at)


def _in_the_vehicle(
    case: Case, definition: ContactDefinition, window: rules.Window, found: Container[tuple[int, str]]
) -> list[Together]:  # fmt: skip
    """Those of the same train of whom nobody knows whether it was the same carriage; who was ``found`` near in one is not asked for."""
    settings = [n for n, setting in enumerate(definition.close) if setting.where == "vehicle"]
    if not settings:
        return []
    rows = vehicles.carriage_unknown(
        school_id=case.school_id, person_ids=[case.person_id], from_at=window.from_at, until_at=window.until_at,
        setting=settings[0],
    )  # fmt: skip
    return [row for row in rows if (row.person_id, row.kind) not in found]


@transaction.atomic
def propose_second(*, case: Case, by: Actor, at: datetime) -> int:
    """Look for everybody who was with a confirmed contact after that contact's own first exposure. As ``propose``."""
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    definition = definition_of(locked)
    if definition.degrees < 2:
        raise Problem(NOT_TRACED)
    window = window_of(locked, at=at)
    first = Contact.objects.filter(case=locked, degree=1).exclude(state=ContactState.LAPSED)
    confirmed = {contact.person_id: contact for contact in first if contact.state == ContactState.CONFIRMED}
    met = tracing.together(
        school_id=locked.school_id, person_ids=confirmed, from_at=window.from_at, until_at=at, settings=definition.close,
        since={person_id: contact.first_at for person_id, contact in confirmed.items()}, only_close=True,
        without=[locked.person_id, *first.values_list("person_id", flat=True)],
    )  # fmt: skip
    via = {person_id: contact.pk for person_id, contact in confirmed.items()}
    return _keep(locked, met, definition, degree=2, via=via, by=by, at=at)


@transaction.atomic
def decide(
    *, case: Case, contact_ids: Iterable[int], event: str, by: Actor, at: datetime, note: str = ""
) -> int:  # fmt: skip
    """Confirm or reject many at once, all or nothing; how many changed. Those in a state that does not permit it stay."""
    chosen = Contact.objects.select_for_update(of=("self",)).filter(
        case=case, pk__in=set(contact_ids), state__in=rules.states_before(event)
    )
    rows = dict(chosen.order_by("pk").values_list("pk", "person_id"))
    state = next(after for (_before, happening), after in rules.TRANSITIONS.items() if happening == event)
    changes: dict[str, Any] = {"note": note.strip()[:200]} if note.strip() else {}
    Contact.objects.filter(pk__in=rows).update(state=state, decided_at=at, decided_by=by.person_id, flowed_at=None, **changes)
    audit.record_many(
        by=by, school_id=case.school_id, at=at, action=f"contact.{event}", person_ids=sorted(rows.values()), number=case.number
    )
    return len(rows)


@transaction.atomic
def add(
    *, case: Case, person: Person, where: str, first_at: datetime, last_at: datetime, note: str, by: Actor, at: datetime
) -> Contact:  # fmt: skip
    """Somebody whom no stay shows (named by the patient, a household): confirmed as added. Raises ``Problem(NOT_YET_HAPPENED)``."""
    if max(first_at, last_at) > at:
        raise Problem(NOT_YET_HAPPENED, value=f"{clock.local(max(first_at, last_at)):%Y-%m-%d %H:%M}")
    first_at, last_at = min(first_at, last_at), max(first_at, last_at)
    unit = people.units_of_persons([person.pk], at=at).get(person.pk)
    contact, _created = Contact.objects.update_or_create(
        case=case, person=person,
        defaults={
            "school_id": case.school_id, "unit_id": unit, "degree": 1, "state": ContactState.CONFIRMED, "is_close": True,
            "missed": "", "where": where, "first_at": first_at, "last_at": last_at, "by_hand": True, "note": note.strip(),
            "proposed_at": at, "decided_at": at, "decided_by": by.person_id, "flowed_at": None,
        },
    )  # fmt: skip
    audit.record_many(
        by=by, school_id=case.school_id, at=at, action="contact.confirm", person_ids=[person.pk], number=case.number
    )
    return contact


def _keep(
    case: Case, met: Sequence[Together], definition: ContactDefinition, *, degree: int, via: Mapping[int, int], by: Actor,
    at: datetime,
) -> int:  # fmt: skip
    found: dict[int, list[Together]] = defaultdict(list)
    for row in met:
        found[row.person_id].append(row)
    standing = {contact.person_id: contact for contact in Contact.objects.filter(case=case).select_for_update(of=("self",))}
    units = people.units_of_persons(found, at=at)
    places = tracing.place_names({row.place_id for row in met})
    rows = []
    for person_id, meetings in found.items():
        old = standing.get(person_id)
        if old and (old.by_hand or old.degree < degree):
            continue
        best = meetings[rules.weightiest(meetings)]
        is_open = old is None or old.state in (ContactState.PROPOSED, ContactState.LAPSED)
        rows.append(
            Contact(
                school_id=case.school_id, case=case, person_id=person_id, unit_id=units.get(person_id), degree=degree,
                via_id=via.get(best.source_id), state=ContactState.PROPOSED if is_open or old is None else old.state,
                is_close=best.close, missed=best.missed, where=best.kind, place=places.get(best.place_id, ""),
                minutes=best.minutes, first_at=min(row.first_at for row in meetings),
                last_at=max(row.last_at for row in meetings), meetings=[_told(row, places) for row in meetings],
                rule_id=definition.rule_id, rule_edition=definition.edition, proposed_at=at,
            )
        )  # fmt: skip
    Contact.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["case", "person"], update_fields=TRACED, batch_size=1000
    )
    gone = [old.pk for old in standing.values() if old.degree == degree and old.person_id not in found and not old.by_hand]
    Contact.objects.filter(pk__in=gone, state__in=rules.states_before("lapse")).update(state=ContactState.LAPSED)
    audit.record_many(
        by=by, school_id=case.school_id, at=at, action="contact.propose", person_ids=sorted(found), number=case.number
    )
    return sum(row.state == ContactState.PROPOSED for row in rows)


def _told(row: Together, places: Mapping[int, str]) -> dict[str, Any]:
    """A meeting as it is kept: what a reviewer needs to see why."""
    return {
        "where": row.kind, "place": places.get(row.place_id, ""), "minutes": row.minutes, "meetings": row.meetings,
        "first_at": row.first_at.isoformat(), "last_at": row.last_at.isoformat(), "rows": row.rows, "seats": row.seats,
        "is_close": row.close, "missed": row.missed,
    }  # fmt: skip
