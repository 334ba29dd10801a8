"""Writes of the surveillance domain: what is counted, events typed in, and what is done about an alert.

``record`` and ``withdraw`` are the interface for whoever knows of something that counts (flows, and the cases domain through one):
set-based, idempotent by key, in the caller's transaction. What follows is decided by ``evaluation.evaluate``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from linglou.domains.surveillance import evaluation, rules
from linglou.domains.surveillance.models import Alert, AlertEvent, Event, Occurrence, State
from linglou.domains.surveillance.problems import ALERT_STATE, EVENT_WITHDRAWN
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Unit
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

evaluate = evaluation.evaluate


@dataclass(frozen=True, slots=True)
class NewOccurrence:
    """One thing that is counted, once. ``key`` names its source and is unique in a school ("signal:123", "case:9"). ``day`` is
    the campus day on which it counts, ``until`` the last day of the illness (None: still ill). ``unit_id`` and ``room_id``: where
    the person stood at ``at``; left out, they are looked up. At least one of ``symptoms`` (codes as the threshold pack has them),
    ``rule_ids`` (triage rules met), ``disease`` (slug) and ``event`` says what it is. ``outcome``: '', hospitalised, dead. ``acquired``: ``rules.ACQUIRED``. ``linked_to``: people with the same disease of whom one
    is a confirmed contact of the other."""

    key: str
    person_id: int
    day: date
    at: datetime
    symptoms: Collection[str] = ()
    rule_ids: Collection[str] = ()
    disease: str = ""
    event: str = ""
    event_id: int | None = None
    outcome: str = ""
    until: date | None = None
    acquired: str = ""
    linked_to: Collection[int] = ()
    unit_id: int | None = None
    room_id: int | None = None


@transaction.atomic
def record(*, school_id: int, rows: Sequence[NewOccurrence]) -> None:
    """Write occurrences, one per key: one that is there takes the new facts (where the person stood then stays), and one that was
    withdrawn counts again. What changes nothing writes nothing."""
    if not rows:
        return
    last = list({row.key: row for row in rows}.values())
    with connection.cursor() as cursor:
        cursor.execute(RECORD_SQL, {
            "school_id": school_id,
            "key": [row.key for row in last],
            "person_id": [row.person_id for row in last],
            "unit_id": [row.unit_id for row in last],
            "room_id": [row.room_id for row in last],
            "day": [row.day for row in last],
            "at": [row.at for row in last],
            "symptoms": [",".join(sorted(row.symptoms)) for row in last],
            "rule_ids": [",".join(sorted(row.rule_ids)) for row in last],
            "disease": [row.disease for row in last],
            "event": [row.event for row in last],
            "event_of_id": [row.event_id for row in last],
            "outcome": [row.outcome for row in last],
            "until": [row.until for row in last],
            "acquired": [row.acquired for row in last],
            "linked_to": [",".join(map(str, sorted(row.linked_to))) for row in last],
        })  # fmt: skip


def _home(tree: str) -> str:
    return f"""(SELECT m.unit_id FROM people_membership m WHERE m.person_id = t.person_id AND m.tree = '{tree}'
        AND m.starts_at <= t.at AND (m.ends_at IS NULL OR m.ends_at > t.at) AND m.superseded_at IS NULL LIMIT 1)"""


_FACTS = (
    "person_id", "day", "symptoms", "rule_ids", "disease", "event", "event_of_id", "outcome", "until", "acquired", "linked_to",
    "withdrawn_at",
)  # fmt: skip
RECORD_SQL = f"""
    INSERT INTO surveillance_occurrence AS o (school_id, key, person_id, unit_id, room_id, day, at, symptoms, rule_ids, disease,
        event, event_of_id, outcome, until, acquired, linked_to, is_due)
    SELECT %(school_id)s, key, person_id, coalesce(unit_id, {_home("administration")}), coalesce(room_id, {_home("residence")}),
        day, at, string_to_array(symptoms, ','), string_to_array(rule_ids, ','), disease, event, event_of_id, outcome, until,
        acquired, string_to_array(linked_to, ',')::bigint[], true
    FROM unnest(%(key)s::text[], %(person_id)s::bigint[], %(unit_id)s::bigint[], %(room_id)s::bigint[], %(day)s::date[],
        %(at)s::timestamptz[], %(symptoms)s::text[], %(rule_ids)s::text[], %(disease)s::text[], %(event)s::text[],
        %(event_of_id)s::bigint[], %(outcome)s::text[], %(until)s::date[], %(acquired)s::text[], %(linked_to)s::text[])
        AS t(key, person_id, unit_id, room_id, day, at, symptoms, rule_ids, disease, event, event_of_id, outcome, until, acquired,
            linked_to)
    ORDER BY key
    ON CONFLICT (school_id, key) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _FACTS)}, is_due = true
    WHERE ({", ".join(f"o.{name}" for name in _FACTS)}) IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _FACTS)})
"""


@transaction.atomic
def withdraw(*, school_id: int, keys: Collection[str], at: datetime) -> int:
    """What these keys name does not count any more; how many did until now."""
    found = Occurrence.objects.filter(school_id=school_id, key__in=list(keys), withdrawn_at=None)
    return found.update(withdrawn_at=at, is_due=True) if keys else 0


@transaction.atomic
def look_again(*, school_id: int, since: date) -> int:
    """Whatever counts on or after a day is due again, for rules that were not there when it was evaluated; how much it is."""
    return Occurrence.objects.filter(school_id=school_id, day__gte=since, withdrawn_at=None).update(is_due=True)


# -- events --------------------------------------------------------------------------------------------------------------


def event_key(event_id: int, person_id: int) -> str:
    return f"event:{event_id}:{person_id}"


@transaction.atomic
def record_event(
    *, school_id: int, kind: str, day: date, person_ids: Collection[int], outcome: str, what: str, unit: Unit | None, by: Actor,
    at: datetime,
) -> Event:  # fmt: skip
    """An event with the people concerned; the thresholds are evaluated at once. Raises ``Problem(INVALID_INPUT)``."""
    if not person_ids:
        raise Problem(INVALID_INPUT, (FieldError("numbers", "nobody", "", ""),))
    event = Event.objects.create(
        school_id=school_id, kind=kind, unit=unit, day=day, what=what.strip(), recorded_at=at, recorded_by=by.person_id
    )
    _audit_event(event, by, at, "event.record")
    _concern(event, person_ids, outcome, by, at)
    return event


@transaction.atomic
def add_to_event(*, event: Event, person_ids: Collection[int], outcome: str, by: Actor, at: datetime) -> Event:
    """More people, or another outcome for those who are there. Raises ``Problem(EVENT_WITHDRAWN)``."""
    event = _open_event(event)
    _concern(event, person_ids, outcome, by, at)
    return event


@transaction.atomic
def withdraw_event(*, event: Event, by: Actor, at: datetime) -> Event:
    """It was recorded by mistake: nobody counts by it any more. Raises ``Problem(EVENT_WITHDRAWN)``."""
    event = _open_event(event)
    event.withdrawn_at = at
    event.save(update_fields=["withdrawn_at"])
    Occurrence.objects.filter(event_of=event, withdrawn_at=None).update(withdrawn_at=at, is_due=True)
    _audit_event(event, by, at, "event.withdraw")
    evaluate(at=at, school_id=event.school_id)
    return event


def _concern(event: Event, person_ids: Collection[int], outcome: str, by: Actor, at: datetime) -> None:
    rows = [
        NewOccurrence(
            key=event_key(event.pk, person_id), person_id=person_id, day=event.day, at=at, event=event.kind, event_id=event.pk,
            outcome=outcome, until=event.day,
        )
        for person_id in sorted(person_ids)
    ]  # fmt: skip
    record(school_id=event.school_id, rows=rows)
    audit.record_many(
        by=by, school_id=event.school_id, at=at, action="event.concern", person_ids=sorted(person_ids), event_id=event.pk
    )
    evaluate(at=at, school_id=event.school_id)


def _open_event(event: Event) -> Event:
    locked = Event.objects.select_for_update().get(pk=event.pk)
    if locked.withdrawn_at:
        raise Problem(EVENT_WITHDRAWN)
    return locked


def _audit_event(event: Event, by: Actor, at: datetime, action: str) -> None:
    audit.record(by=by, school_id=event.school_id, at=at, action=action, subject_type="event", subject_id=event.pk)


# -- alerts --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settlement:
    """How an alert ended. ``reported``: when, to whom, by what means, and the reference number if there is one; ``merged``: into
    which alert of the school."""

    outcome: str
    note: str = ""
    reported_at: datetime | None = None
    reported_to: str = ""
    means: str = ""
    reference: str = ""
    merged_into: Alert | None = None


@transaction.atomic
def tell_growth(*, alert: Alert, at: datetime) -> None:
    """It was told on again, as large as it is."""
    alert.told_n = alert.n
    alert.save(update_fields=["told_n"])
    AlertEvent.objects.create(alert=alert, at=at, kind="told", n=alert.n)


@transaction.atomic
def handle(*, alert: Alert, by: Actor, at: datetime) -> Alert:
    """Begin to handle. Raises ``Problem(ALERT_STATE)``."""
    alert = _move(alert, "handle")
    alert.save(update_fields=["state"])
    _note(alert, "handled", by, at)
    _audit(alert, by, at, "alert.handle")
    return alert


@transaction.atomic
def settle(*, alert: Alert, settlement: Settlement, by: Actor, at: datetime) -> Alert:
    """Record how it ended (``rules.OUTCOMES``). Raises ``Problem`` (ALERT_STATE, INVALID_INPUT)."""
    wrong = _complaints(alert, settlement, at)
    if wrong:
        raise Problem(INVALID_INPUT, wrong)
    alert = _move(alert, "settle")
    is_report = settlement.outcome == "reported"
    alert.outcome, alert.note = settlement.outcome, settlement.note.strip()
    alert.settled_at, alert.settled_by = at, by.person_id
    if is_report:  # an earlier report stays on record when the alert ends otherwise the next time
        alert.reported_at, alert.reported_to = settlement.reported_at, settlement.reported_to.strip()
        alert.means, alert.reference = settlement.means, settlement.reference.strip()
    alert.merged_into = settlement.merged_into if settlement.outcome == "merged" else None
    alert.save()
    detail = {"outcome": alert.outcome, "note": alert.note}
    if is_report and alert.reported_at:
        detail |= {"reported_at": alert.reported_at.isoformat(), "reported_to": alert.reported_to, "means": alert.means,
                   "reference": alert.reference}  # fmt: skip
    _note(alert, "settled", by, at, **detail)
    _audit(alert, by, at, "alert.settle")
    return alert


def _complaints(alert: Alert, settlement: Settlement, at: datetime) -> tuple[FieldError, ...]:
    """What is missing or cannot be, field by field."""
    if settlement.outcome not in rules.OUTCOMES:
        return (FieldError("outcome", "unknown-outcome", "", settlement.outcome),)
    wrong = []
    if settlement.outcome == "reported":
        reported_at = settlement.reported_at
        if reported_at is None or reported_at > at:
            wrong.append(FieldError("reported_at", "required" if reported_at is None else "in-future", "", str(reported_at)))
        if not settlement.reported_to.strip():
            wrong.append(FieldError("reported_to", "required", "", ""))
        if settlement.means not in rules.MEANS:
            wrong.append(FieldError("means", "required", "", settlement.means))
    if settlement.outcome == "not-outbreak" and not settlement.note.strip():
        wrong.append(FieldError("note", "required", "", ""))
    into = settlement.merged_into
    if settlement.outcome == "merged" and (into is None or into.pk == alert.pk or into.school_id != alert.school_id):
        wrong.append(FieldError("merged_into", "unknown-alert", "", into.pk if into else ""))
    return tuple(wrong)


def _move(alert: Alert, event: str) -> Alert:
    locked = Alert.objects.select_for_update(of=("self",)).select_related("unit", "person").get(pk=alert.pk)
    state = rules.follow(locked.state, event)
    if state is None:
        raise Problem(ALERT_STATE, state=State(locked.state).label)
    locked.state = state
    return locked


def _note(alert: Alert, kind: str, by: Actor, at: datetime, **detail: str) -> None:
    AlertEvent.objects.create(alert=alert, at=at, kind=kind, n=alert.n, by_id=by.person_id, detail=detail)


def _audit(alert: Alert, by: Actor, at: datetime, action: str) -> None:
    audit.record(
        by=by, school_id=alert.school_id, at=at, action=action, subject_type="alert", subject_id=alert.pk,
        person_id=alert.person_id,
    )  # fmt: skip
