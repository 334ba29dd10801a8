"""Reads of the counselling centre. What shows that somebody was there is audited, in the transaction of the read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet, Subquery

from linglou.domains.care.counselling import access, rules
from linglou.domains.care.models import Assessment, CounsellingNote
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person
from linglou.kernel import clock

LATELY = timedelta(hours=24)  # how long the page of thanks speaks of what was filled in last


def supporters(school_id: int, at: datetime) -> list[int]:
    """Who holds the post of the counselling centre in a school, in the order of their appointment."""
    return people.holders_of(Role.COUNSELLING, school_id=school_id, at=at)


@dataclass(frozen=True)
class Scored:
    """One assessment with what it comes to."""

    assessment: Assessment
    answers: list[int]
    score: int
    highest: int
    band: str
    names_self_harm: bool

    @property
    def band_name(self) -> str:
        return str(rules.BAND_NAMES[self.band])

    @property
    def is_waiting(self) -> bool:
        return self.assessment.is_urgent and self.assessment.answered_at is None

    @property
    def items(self) -> list[tuple[Any, Any]]:
        """(what was asked, what was answered), in order."""
        names = dict(rules.CHOICES)
        asked = rules.QUESTIONNAIRES[self.assessment.instrument].items
        return [(item, names[answer]) for item, answer in zip(asked, self.answers, strict=True)]


def scored(assessment: Assessment) -> Scored:
    answers = json.loads(assessment.answers)
    score = rules.score_of(answers)
    return Scored(
        assessment=assessment,
        answers=answers,
        score=score,
        highest=rules.QUESTIONNAIRES[assessment.instrument].highest,
        band=rules.band_of(assessment.instrument, score),
        names_self_harm=rules.names_self_harm(assessment.instrument, answers),
    )


def known_people(actor: Actor, *, at: datetime) -> QuerySet[Person]:
    """Whom the centre knows, with ``is_waiting``, ``follow_up_on``, ``taken_at`` and ``written_at``: whoever has to be called at once first, then by
    the day of the next talk, then the latest."""
    assessments = access.visible_assessments(actor).filter(person=OuterRef("pk"))
    notes = access.visible_notes(actor).filter(person=OuterRef("pk"))
    waiting = assessments.filter(is_urgent=True, answered_at=None)
    last_note = notes.order_by("-pk")
    found = Person.objects.filter(Exists(assessments) | Exists(notes), school_id=actor.school_id).annotate(
        is_waiting=Exists(waiting),
        follow_up_on=Subquery(last_note.values("follow_up_on")[:1]),
        taken_at=Subquery(assessments.order_by("-taken_at").values("taken_at")[:1]),
        written_at=Subquery(last_note.values("written_at")[:1]),
    )
    return found.order_by(
        "-is_waiting", F("follow_up_on").asc(nulls_last=True), F("taken_at").desc(nulls_last=True), "pk"
    )  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A person in the centre's list: the latest result of each questionnaire."""

    person: Person
    place: str
    latest: list[Scored]
    is_waiting: bool
    follow_up_on: date | None
    is_due: bool


@transaction.atomic
def rows(actor: Actor, persons: Sequence[Person], *, at: datetime) -> list[Row]:
    """The rows of one page; each person shown gets an entry in the trail."""
    ids = [person.pk for person in persons]
    audit.record_reads(by=actor, school_id=actor.school_id, at=at, action="counselling.list", person_ids=ids)
    last = access.visible_assessments(actor).filter(person__in=ids).values("person_id", "instrument").annotate(last=Max("pk"))
    latest: dict[int, list[Scored]] = {pk: [] for pk in ids}
    for one in Assessment.objects.filter(pk__in=[row["last"] for row in last]).order_by("instrument"):
        latest[one.person_id].append(scored(one))
    places = {card.person.pk: card.place for card in people.cards_of(ids, at=at)}
    listed: list[Any] = list(persons)
    return [
        Row(
            person=person,
            place=places.get(person.pk, ""),
            latest=latest[person.pk],
            is_waiting=person.is_waiting,
            follow_up_on=person.follow_up_on,
            is_due=person.follow_up_on is not None and person.follow_up_on <= clock.day_of(at),
        )
        for person in listed
    ]


def waiting_count(actor: Actor) -> int:
    """How many people have to be called at once."""
    urgent = access.visible_assessments(actor).filter(is_urgent=True, answered_at=None)
    return urgent.values("person_id").distinct().count()


@dataclass(frozen=True)
class Detail:
    """Everything the centre knows of a person. ``phone`` and ``guardian_phone`` are None without SEE_CONTACT."""

    person: Person
    place: str
    room: str
    phone: str | None
    guardian_phone: str | None
    assessments: list[Scored]
    notes: list[CounsellingNote]

    @property
    def is_waiting(self) -> bool:
        return any(one.is_waiting for one in self.assessments)

    @property
    def follow_up_on(self) -> date | None:
        return self.notes[0].follow_up_on if self.notes else None


@transaction.atomic
def detail(actor: Actor, person: Person, *, at: datetime) -> Detail:
    """One person, with an entry in the trail for each thing shown."""
    paths = people.paths_of(person.pk, at=at)
    sees_contact = actor.may(Verb.SEE_CONTACT, at=paths)
    for action in ("counselling.read", *(["person.read-contact"] if sees_contact else [])):
        audit.record_reads(by=actor, school_id=person.school_id, at=at, action=action, person_ids=[person.pk])
    room, _bed = people.home_of(person.pk, at=at)
    assessments = access.visible_assessments(actor).filter(person=person).select_related("by", "answered_by")
    notes = access.visible_notes(actor).filter(person=person).select_related("by")
    return Detail(
        person=person,
        place=next((card.place for card in people.cards_of([person.pk], at=at)), ""),
        room=room,
        phone=person.phone if sees_contact else None,
        guardian_phone=person.guardian_phone if sees_contact else None,
        assessments=[scored(one) for one in assessments.order_by("-taken_at", "-pk")],
        notes=list(notes.order_by("-pk")),
    )


def person_by_number(actor: Actor, number: str, *, at: datetime) -> Person | None:
    """Who has a number, in the scope of COUNSEL; None for nobody there."""
    person = people.person_by_number(actor.school_id, number)
    return person if person and actor.may(Verb.COUNSEL, at=people.paths_of(person.pk, at=at)) else None


# -- for whoever filled one in themselves ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Thanks:
    """What is said after a questionnaire: whom to call, and whether now. No score: a number does not help at that moment."""

    is_urgent: bool
    supporters: list[Person]


def thanks(actor: Actor, *, at: datetime) -> Thanks:
    mine = Assessment.objects.filter(person_id=actor.person_id, taken_at__gt=at - LATELY)
    persons = people.persons_by_id(supporters(actor.school_id, at))
    return Thanks(is_urgent=mine.filter(is_urgent=True).exists(), supporters=[persons[pk] for pk in persons])
