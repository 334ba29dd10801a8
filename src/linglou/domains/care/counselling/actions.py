"""Writes of the counselling centre: a questionnaire is filled in, somebody is called, a note is written.

The trail says that something was written about whom, never what: neither the questionnaire nor its result nor the outcome."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from linglou.domains.care.counselling import escalation, rules
from linglou.domains.care.counselling.problems import NOT_ANSWERED, NOTHING_URGENT
from linglou.domains.care.models import Assessment, CounsellingNote
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person
from linglou.kernel.problems import Problem


@transaction.atomic
def assess(*, person: Person, instrument: str, answers: Sequence[int], by: Actor, at: datetime) -> Assessment:
    """A questionnaire was filled in, by the person or with them. Where somebody has to be called, the centre is called before this
    returns. Raises ``Problem(NOT_ANSWERED)``."""
    if not rules.fits(instrument, answers):
        raise Problem(NOT_ANSWERED)
    assessment = Assessment.objects.create(
        school_id=person.school_id, person=person, unit_id=_unit_of(person, at), instrument=instrument,
        answers=json.dumps(list(answers)), is_urgent=rules.is_urgent(instrument, answers), taken_at=at, by_id=by.person_id,
    )  # fmt: skip
    if assessment.is_urgent:
        escalation.call(assessment, at=at)
    _audit(person, by, at, "counselling.assess")
    return assessment


@transaction.atomic
def answer(
    *, person: Person, outcome: str, text: str, by: Actor, at: datetime, follow_up_on: date | None = None
) -> CounsellingNote:  # fmt: skip
    """Somebody of the centre called whoever had to be called at once (``outcome`` of ``rules.OUTCOMES``). Raises
    ``Problem(NOTHING_URGENT)`` when nobody has to be, or a colleague already did."""
    waiting = Assessment.objects.select_for_update(of=("self",)).filter(person=person, is_urgent=True, answered_at=None)
    assessments = list(waiting.order_by("pk"))
    if not assessments:
        raise Problem(NOTHING_URGENT)
    Assessment.objects.filter(pk__in=[one.pk for one in assessments]).update(answered_at=at, answered_by_id=by.person_id)
    escalation.settle(assessments, by=by, at=at)
    return _write(person, text, outcome, follow_up_on, by, at)


@transaction.atomic
def write_note(
    *, person: Person, text: str, by: Actor, at: datetime, follow_up_on: date | None = None
) -> CounsellingNote:  # fmt: skip
    """What was talked about, and when the person is seen next; it cannot be changed afterwards."""
    return _write(person, text, "", follow_up_on, by, at)


def _write(
    person: Person, text: str, outcome: str, follow_up_on: date | None, by: Actor, at: datetime
) -> CounsellingNote:  # fmt: skip
    note = CounsellingNote.objects.create(
        school_id=person.school_id, person=person, unit_id=_unit_of(person, at), text=text.strip(), outcome=outcome,
        follow_up_on=follow_up_on, written_at=at, by_id=by.person_id,
    )  # fmt: skip
    _audit(person, by, at, "counselling.note")
    return note


def _unit_of(person: Person, at: datetime) -> int:
    """Where the person stands; the school itself for somebody who belongs nowhere."""
    return people.units_of_persons([person.pk], at=at).get(person.pk, person.school_id)


def _audit(person: Person, by: Actor, at: datetime, action: str) -> None:
    audit.record(by=by, school_id=person.school_id, at=at, action=action, subject_type="counselling", person_id=person.pk)
