"""Writes of care plans: open, name the people, keep the log, raise and answer needs, close."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from linglou.domains.care.models import LogEntry, LogKind, Need, Observation, ObservationState, Placement, Plan, PlanState
from linglou.domains.care.plans import queries, staffing
from linglou.domains.care.problems import HOLDS_NO_POST, NEED_ANSWERED, PLAN_CLOSED, STILL_WATCHED
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person
from linglou.kernel.problems import Problem

ARRANGED = ("family_name", "family_phone", "family_consents", "meals", "medicines", "study")


@transaction.atomic
def open_for(*, school_id: int, units: Mapping[int, int], by: Actor | None, at: datetime) -> dict[int, Plan]:
    """The open plan of each of these people (person -> the unit where they stand), opened where there is none, with people who
    answer for it. Raises ``Problem(NOBODY_RESPONSIBLE)``."""
    with connection.cursor() as cursor:  # two processes would open two
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('care-plans', %s))", [school_id])
    found = {plan.person_id: plan for plan in Plan.objects.filter(person_id__in=units, state=PlanState.OPEN)}
    missing = {person_id: unit_id for person_id, unit_id in units.items() if person_id not in found}
    if not missing:
        return found
    posts = staffing.posts_of(school_id, list(missing.values()), at=at)
    names = {unit.pk: unit.name for unit in people.units_by_id(missing.values()).values()}
    new = []
    for person_id, unit_id in missing.items():
        staff = posts.staff_of(person_id, unit_id, names[unit_id])
        new.append(
            Plan(
                school_id=school_id, person_id=person_id, unit_id=unit_id, responsible_id=staff.responsible_id,
                supporter_id=staff.supporter_id, clinician_id=staff.clinician_id, opened_at=at,
            )
        )  # fmt: skip
    Plan.objects.bulk_create(new, batch_size=1000)
    audit.record_many(by=by, school_id=school_id, at=at, action="plan.open", person_ids=sorted(missing))
    return found | {plan.person_id: plan for plan in new}


@transaction.atomic
def name_people(*, plan: Plan, named: Mapping[str, int | None], by: Actor, at: datetime) -> Plan:
    """Who is responsible, supports, treats and tutors from now on (of ``queries.candidates``; a role that is not named stays).
    Raises ``Problem`` (PLAN_CLOSED, HOLDS_NO_POST)."""
    locked = _open(plan)
    allowed = queries.candidates(locked, at=at)
    for role, person_id in named.items():
        if person_id is None and role in queries.NEVER_EMPTY:
            continue
        if person_id is not None and person_id not in allowed[role]:
            other = Person.objects.filter(pk=person_id, school_id=locked.school_id).first()
            raise Problem(HOLDS_NO_POST, name=other.name if other else str(person_id))
        setattr(locked, f"{role}_id", person_id)
    locked.save(update_fields=[f"{role}_id" for role in named])
    _audit(locked, by, at, "plan.staff")
    return locked


@transaction.atomic
def restaff(*, plan: Plan, at: datetime) -> set[int]:
    """Hand the plan to whoever holds the posts now, where its people hold none any more; who is new in it."""
    locked = _open(plan)
    posts = staffing.posts_of(locked.school_id, [locked.unit_id], at=at)
    staff = posts.staff_of(locked.person_id, locked.unit_id, locked.unit.name)
    holding = staffing.holding(locked.school_id, [locked.responsible_id, locked.supporter_id], at=at)
    new = {}
    if locked.responsible_id not in holding:
        new["responsible_id"] = staff.responsible_id
    if locked.supporter_id not in holding:
        new["supporter_id"] = staff.supporter_id
    for name, person_id in new.items():
        setattr(locked, name, person_id)
    locked.save(update_fields=list(new))
    _audit(locked, None, at, "plan.staff")
    return set(new.values()) - holding


@transaction.atomic
def arrange(*, plan: Plan, arranged: Mapping[str, Any], by: Actor, at: datetime) -> Plan:
    """What the person gets and whom of the family we may call (``ARRANGED``). Raises ``Problem(PLAN_CLOSED)``."""
    locked = _open(plan)
    for name in ARRANGED:
        if name in arranged:
            setattr(locked, name, arranged[name])
    locked.save(update_fields=[name for name in ARRANGED if name in arranged])
    _audit(locked, by, at, "plan.arrange")
    return locked


@transaction.atomic
def log(*, plan: Plan, kind: str, text: str, temperature: Decimal | None, by: Actor, at: datetime) -> LogEntry:
    """A line of the day's log. Raises ``Problem(PLAN_CLOSED)``."""
    locked = _open(plan)
    entry = LogEntry.objects.create(
        plan=locked, at=at, by_id=by.person_id, kind=LogKind(kind), text=text.strip()[:400], temperature=temperature
    )
    _audit(locked, by, at, "plan.log", kind=kind)
    return entry


@transaction.atomic
def raise_need(*, plan: Plan, kind: str, text: str, by: Actor, at: datetime) -> Need:
    """Something the person needs; a task follows. Raises ``Problem(PLAN_CLOSED)``."""
    locked = _open(plan)
    need = Need.objects.create(plan=locked, kind=kind, text=text.strip()[:400], raised_at=at, raised_by_id=by.person_id)
    _audit(locked, by, at, "plan.need")
    return need


@transaction.atomic
def answer_need(*, need: Need, answer: str, by: Actor, at: datetime) -> Need:
    """What was done about it. Raises ``Problem(NEED_ANSWERED)``."""
    locked = Need.objects.select_for_update(of=("self",)).select_related("plan").get(pk=need.pk)
    if locked.answered_at:
        raise Problem(NEED_ANSWERED)
    locked.answer, locked.answered_at, locked.answered_by_id = answer.strip()[:400], at, by.person_id
    locked.save(update_fields=["answer", "answered_at", "answered_by"])
    _audit(locked.plan, by, at, "plan.answer")
    return locked


@transaction.atomic
def close(*, plan: Plan, follow_up_on: date, note: str, by: Actor, at: datetime) -> Plan:
    """The plan is over, and somebody asks again on a day. Raises ``Problem`` (PLAN_CLOSED, STILL_WATCHED)."""
    locked = _open(plan)
    if Observation.objects.filter(plan=locked, state=ObservationState.WATCHING).exists():
        raise Problem(STILL_WATCHED, name=locked.person.name)
    locked.state, locked.closed_at, locked.closed_by = PlanState.CLOSED, at, by.person_id
    locked.follow_up_on, locked.closing_note = follow_up_on, note.strip()[:400]
    locked.save(update_fields=["state", "closed_at", "closed_by", "follow_up_on", "closing_note"])
    Placement.objects.filter(plan=locked, to_at=None).update(to_at=at)
    _audit(locked, by, at, "plan.close")
    return locked


def _open(plan: Plan) -> Plan:
    locked = Plan.objects.select_for_update(of=("self",)).select_related("person", "unit").get(pk=plan.pk)
    if locked.state != PlanState.OPEN:
        raise Problem(PLAN_CLOSED)
    return locked


def _audit(plan: Plan, by: Actor | None, at: datetime, action: str, **detail: Any) -> None:
    audit.record(
        by=by, school_id=plan.school_id, at=at, action=action, subject_type="plan", subject_id=plan.pk, person_id=plan.person_id,
        **detail,
    )  # fmt: skip
