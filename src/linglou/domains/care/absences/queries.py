"""Reads of absences. What shows that somebody is ill is audited here, in the transaction of the read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from linglou.domains.care.absences import access, knowledge, rules
from linglou.domains.care.absences.knowledge import Judged
from linglou.domains.care.models import Absence, AbsenceState, FollowUp
from linglou.domains.cases.queries import disease_name
from linglou.domains.daily.rules import SYMPTOMS
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock


def symptom_names(absence: Absence) -> list[str]:
    return [str(SYMPTOMS.get(code, code)) for code in absence.symptoms]


def _seen_today(at: datetime) -> ExpressionWrapper[Any]:
    """Whether somebody looked after the absent person today: followed up, or registered."""
    today = clock.day_of(at)
    entries = FollowUp.objects.filter(absence=OuterRef("pk"), day=today)
    seen = Exists(entries) | Q(registered_at__gte=clock.moment(today, time(0)))
    return ExpressionWrapper(seen, output_field=BooleanField())


@dataclass(frozen=True)
class Counts:
    """Absences in scope: open, of those not yet looked after today, ended."""

    open: int
    waiting: int
    ended: int


def listed(actor: Actor, *, at: datetime, tab: str = "") -> QuerySet[Absence]:
    """Absences in scope with ``seen_today``: '' for the open ones, nobody looked after first, then the longest; 'waiting' for
    those alone; 'ended' for the others, the latest first."""
    found = access.visible_absences(actor).annotate(seen_today=_seen_today(at))
    if tab == "ended":
        return found.exclude(state=AbsenceState.OPEN).order_by("-ended_at", "-pk")
    found = found.filter(state=AbsenceState.OPEN)
    return (found.filter(seen_today=False) if tab == "waiting" else found).order_by("seen_today", "from_day", "pk")


def counts(actor: Actor, *, at: datetime) -> Counts:
    found = access.visible_absences(actor).order_by()
    return Counts(
        open=found.filter(state=AbsenceState.OPEN).count(),
        waiting=listed(actor, at=at, tab="waiting").count(),
        ended=found.exclude(state=AbsenceState.OPEN).count(),
    )


@transaction.atomic
def rows(actor: Actor, absences: Sequence[Absence], *, at: datetime) -> list[Absence]:
    """The rows of one page; each person shown gets an entry in the trail."""
    persons = sorted({one.person_id for one in absences})
    audit.record_reads(by=actor, school_id=actor.school_id, at=at, action="absence.list", person_ids=persons)
    return list(absences)


@dataclass(frozen=True)
class Detail:
    """One absence. ``day`` is today's number of it (of an ended one: how many days were missed); ``phone`` and
    ``guardian_phone`` are None without SEE_CONTACT."""

    absence: Absence
    place: str
    day: int
    disease: str
    symptoms: list[str]
    follow_ups: list[FollowUp]
    seen_today: bool
    judged: Judged | None
    phone: str | None
    guardian_phone: str | None
    may_certify: bool

    @property
    def is_open(self) -> bool:
        return self.absence.state == AbsenceState.OPEN


@transaction.atomic
def detail(actor: Actor, absence: Absence, *, at: datetime) -> Detail:
    """One absence, with an entry in the trail for each thing shown."""
    sees_contact = actor.may(Verb.SEE_CONTACT, at=[absence.unit.path])
    for action in ("absence.read", *(["person.read-contact"] if sees_contact else [])):
        audit.record_reads(by=actor, school_id=absence.school_id, at=at, action=action, person_ids=[absence.person_id])
    return _detail(
        absence,
        at=at,
        phone=absence.person.phone if sees_contact else None,
        guardian_phone=absence.person.guardian_phone if sees_contact else None,
        may_certify=access.user_can_certify(actor, absence) and absence.state == AbsenceState.OPEN,
    )


def own(actor: Actor, *, at: datetime) -> list[Detail]:
    """One's own absences, the latest first; without the working notes of those who follow them."""
    found = Absence.objects.filter(person_id=actor.person_id).exclude(state=AbsenceState.VOID)
    rows = found.select_related("person", "unit", "registered_by", "certificate").order_by("-from_day", "-pk")[:20]
    own = [_detail(one, at=at, phone=None, guardian_phone=None, may_certify=False) for one in rows]
    for entry in (entry for shown in own for entry in shown.follow_ups):
        entry.note = ""
    return own


def _detail(
    absence: Absence, *, at: datetime, phone: str | None, guardian_phone: str | None, may_certify: bool
) -> Detail:  # fmt: skip
    today = clock.day_of(at)
    follow_ups = list(FollowUp.objects.filter(absence=absence).select_related("by").order_by("-pk"))
    seen = clock.day_of(absence.registered_at) == today or any(entry.day == today for entry in follow_ups)
    return Detail(
        absence=absence,
        place=people.labels_of([absence.unit]).get(absence.unit_id, absence.unit.name),
        day=_day(absence, today),
        disease=disease_name(absence.disease),
        symptoms=symptom_names(absence),
        follow_ups=follow_ups,
        seen_today=seen,
        judged=knowledge.judged_then(absence),
        phone=phone,
        guardian_phone=guardian_phone,
        may_certify=may_certify,
    )


def _day(absence: Absence, today: date) -> int:
    if absence.returned_on:
        return rules.days_missed(absence.from_day, absence.returned_on) - 1
    return rules.days_missed(absence.from_day, today)


def person_to_register(actor: Actor, number: str, *, at: datetime) -> tuple[Person | None, Unit | None]:
    """Who has a number, and where they stand in the administration; (None, None) for nobody in the scope of TRACK_ABSENCES."""
    return people.person_within(actor, Verb.TRACK_ABSENCES, number, at=at)
