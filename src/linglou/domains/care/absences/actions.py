"""Writes of absences: register, follow up, end by a certificate or as an error. Each settles the tasks that it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linglou.domains.care.absences import access, knowledge, rules
from linglou.domains.care.absences.problems import (
    ABSENCE_DATES,
    ABSENCE_ENDED,
    ABSENCE_IS_OPEN,
    NO_RETURN_RULE,
    RETURN_AGAINST_RULE,
    WHY_VOID,
)
from linglou.domains.care.certificates import actions as certificates
from linglou.domains.care.models import Absence, AbsenceState, AbsentAt, Certificate, CertificateKind, FollowUp
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import State as TaskState
from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Person, Unit
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.criteria import Known
from linglou.kernel import clock
from linglou.kernel.problems import Problem


@transaction.atomic
def register(
    *, person: Person, unit: Unit, from_day: date, by: Actor, at: datetime, symptoms: Sequence[str] = (), onset: date | None = None,
    care_sought: bool | None = None, hospital: str = "", diagnosis: str = "", disease: str = "",
    whereabouts: str = AbsentAt.UNKNOWN, signal_id: int | None = None, case_id: int | None = None,
) -> Absence:  # fmt: skip
    """Somebody misses class through illness. Raises ``Problem`` (ABSENCE_DATES, ABSENCE_IS_OPEN)."""
    _check_past(at, from_day, onset)
    absence = Absence(
        school_id=unit.in_school, person=person, unit=unit, state=rules.TRANSITIONS["", "register"], from_day=from_day, onset=onset,
        symptoms=list(symptoms), care_sought=care_sought, hospital=hospital.strip(), diagnosis=diagnosis.strip(), disease=disease,
        whereabouts=whereabouts, signal_id=signal_id, case_id=case_id, registered_at=at, registered_by_id=by.person_id,
    )  # fmt: skip
    try:
        with transaction.atomic():
            absence.save()
    except IntegrityError as error:
        if "absence_open_once" not in str(error):
            raise
        before = Absence.objects.filter(person=person, state=AbsenceState.OPEN).first()
        day = f"{before.from_day:%Y-%m-%d}" if before else ""
        raise Problem(ABSENCE_IS_OPEN, name=person.name, day=day) from error
    _audit(absence, by, at, "absence.register")
    return absence


@transaction.atomic
def follow_up(
    *, absence: Absence, course: str, outcome: str, care_sought: bool | None, whereabouts: str, note: str, by: Actor, at: datetime
) -> FollowUp:  # fmt: skip
    """How somebody is today; it answers the task of the day, and those of days before that nobody answered. Raises
    ``Problem(ABSENCE_ENDED)``."""
    locked = _locked(absence, "follow-up")
    entry = FollowUp.objects.create(
        absence=locked, day=clock.day_of(at), at=at, by_id=by.person_id, course=course, outcome=outcome, care_sought=care_sought,
        whereabouts=whereabouts, note=note.strip(),
    )  # fmt: skip
    locked.whereabouts = whereabouts
    if care_sought is not None:
        locked.care_sought = care_sought
    locked.save(update_fields=["whereabouts", "care_sought"])
    for task in _open_tasks(locked):
        tasks.settle(task=task, outcome="followed", note="", by=by, at=at)
    _audit(locked, by, at, "absence.follow-up")
    return entry


@transaction.atomic
def accept_certificate(
    *, absence: Absence, issuer: str, issued_on: date, returned_on: date, by: Actor, at: datetime
) -> Absence:  # fmt: skip
    """A hospital's certificate was seen: back to class. Raises ``Problem`` (ABSENCE_ENDED, ABSENCE_DATES)."""
    locked = _locked(absence, "accept-certificate")
    _check_return(locked, at, issued_on, returned_on)
    locked.issuer, locked.issued_on, locked.returned_on = issuer.strip(), issued_on, returned_on
    _end(locked, "accept-certificate", by, at)
    return locked


@transaction.atomic
def certify(
    *, absence: Absence, returned_on: date, by: Actor, at: datetime, disease: str = "", said: Mapping[str, bool] | None = None,
    since: Mapping[str, datetime] | None = None, reason: str = "",
) -> Absence:  # fmt: skip
    """The clinic certifies the return, by the criteria of the disease that hold today (none where no disease is known). Raises
    ``Problem`` (NOT_ALLOWED without RELEASE, ABSENCE_ENDED, ABSENCE_DATES, NO_RETURN_RULE, RETURN_AGAINST_RULE without a reason)."""
    access.check_user_can_certify(by, absence)
    locked = _locked(absence, "certify")
    _check_return(locked, at, None, returned_on)
    answer, rule, today = "", knowledge.rule_of(disease, clock.day_of(at)), clock.day_of(at)
    if disease and rule is None:
        found = rulebook.disease(disease)
        name = rulebook.said(found.name) if found else disease
        raise Problem(NO_RETURN_RULE, day=f"{today:%Y-%m-%d}", disease=name)
    if rule:
        known = Known(at=at, said=said or {}, since=since or {})
        answer = knowledge.judged(rule, known).answer
        locked.judged = knowledge.kept(known, answer)
    if rules.needs_reason("certify", answer) and not reason.strip():
        raise Problem(RETURN_AGAINST_RULE)
    locked.disease, locked.reason, locked.returned_on = disease or locked.disease, reason.strip(), returned_on
    locked.certificate = _certificate(locked, rule.rule_id if rule else "", rule.edition if rule else "", by, at)
    _end(locked, "certify", by, at)
    return locked


@transaction.atomic
def void(*, absence: Absence, reason: str, by: Actor, at: datetime) -> Absence:
    """It was registered in error. Raises ``Problem`` (ABSENCE_ENDED, WHY_VOID)."""
    locked = _locked(absence, "void")
    if not reason.strip():
        raise Problem(WHY_VOID)
    locked.reason = reason.strip()
    _end(locked, "void", by, at)
    return locked


def _certificate(absence: Absence, rule_id: str, edition: str, by: Actor, at: datetime) -> Certificate:
    """What it says is kept as it is, so it is worded in the school's language."""
    with translation.override(settings.LANGUAGE_CODE):
        content = {
            _("因病缺课起始日期"): f"{absence.from_day:%Y-%m-%d}",
            _("准予复课日期"): f"{absence.returned_on:%Y-%m-%d}",
        }
    return certificates.issue(
        kind=CertificateKind.RETURN, person=absence.person, unit=absence.unit, content=content, rule_id=rule_id, rule_edition=edition,
        by=by, at=at,
    )  # fmt: skip


def _end(absence: Absence, event: str, by: Actor, at: datetime) -> None:
    absence.state = rules.TRANSITIONS[absence.state, event]
    absence.ended_at, absence.ended_by_id = at, by.person_id
    absence.save()
    for task in _open_tasks(absence):
        if event == "void":
            tasks.cancel(task=task, note="登记有误，已作废", by=by, at=at)
        else:
            tasks.settle(task=task, outcome="returned", note="", by=by, at=at)
    _audit(absence, by, at, f"absence.{event}")


def _open_tasks(absence: Absence) -> list[Task]:
    owed = Task.objects.filter(school_id=absence.school_id, key__startswith=rules.tasks_of(absence.pk), state=TaskState.OPEN)
    return list(owed.order_by("pk"))


def _locked(absence: Absence, event: str) -> Absence:
    locked = Absence.objects.select_for_update(of=("self",)).select_related("person", "unit").get(pk=absence.pk)
    if rules.follow(locked.state, event) is None:
        raise Problem(ABSENCE_ENDED, state=AbsenceState(locked.state).label)
    return locked


def _check_past(at: datetime, *days: date | None) -> None:
    for day in days:
        if day and day > clock.day_of(at):
            raise Problem(ABSENCE_DATES, value=f"{day:%Y-%m-%d}")


def _check_return(absence: Absence, at: datetime, issued_on: date | None, returned_on: date) -> None:
    _check_past(at, issued_on)
    for day in (issued_on, returned_on):
        if day and day < absence.from_day:
            raise Problem(ABSENCE_DATES, value=f"{day:%Y-%m-%d}")


def _audit(absence: Absence, by: Actor, at: datetime, action: str, **detail: Any) -> None:
    audit.record(
        by=by, school_id=absence.school_id, at=at, action=action, subject_type="absence", subject_id=absence.pk,
        person_id=absence.person_id, **detail,
    )  # fmt: skip
