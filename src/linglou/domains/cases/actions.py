"""Writes of the cases domain: open, decide, take back, record what is found, move, merge, report. Each leaves its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from linglou.domains.cases import card, knowledge, queries, rules
from linglou.domains.cases.models import Case, Decision, Finding, Report, Status, Whereabouts
from linglou.domains.cases.problems import (
    ALREADY_SENT,
    CASE_IS_OPEN,
    NO_DEFINITION,
    NOT_THAT_STATUS,
    NOT_THE_SAME,
    NOT_YET_HAPPENED,
    REASON_NEEDED,
)
from linglou.domains.signals import access as signals_access
from linglou.domains.signals import actions as signals
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import State as TaskState
from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Person, Unit
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.diseases import EVENTS, Classification
from linglou.foundation.rulebook.rules.school import ReportClock
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

SETTLED_AS = "suspected"  # of signals.rules.OUTCOMES


@dataclass(frozen=True)
class Specimen:
    """Of a laboratory fact."""

    kind: str = ""
    laboratory: str = ""
    sampled_at: datetime | None = None


@dataclass(frozen=True)
class NewFindings:
    """``said``: fact code -> yes, no, or None for not known (any more). ``since``: event code -> when, or None."""

    said: Mapping[str, bool | None] = field(default_factory=dict)
    since: Mapping[str, datetime | None] = field(default_factory=dict)
    specimens: Mapping[str, Specimen] = field(default_factory=dict)


@transaction.atomic
def open_case(
    *, person: Person, unit: Unit, disease: str, event: str, diagnosed_at: datetime, by: Actor, at: datetime,
    findings: NewFindings = NewFindings(), whereabouts: str = Whereabouts.UNKNOWN, hospital: str = "", reason: str = "",
    signal_id: int | None = None,
) -> Case:  # fmt: skip
    """Open a case by its first decision (``rules.OPENINGS``). Raises ``Problem`` (NO_DEFINITION, NOT_YET_HAPPENED,
    REASON_NEEDED, CASE_IS_OPEN, NOT_FOUND for a signal out of scope)."""
    status = _follow("", event)
    _check_happened(at, diagnosed_at)
    case = Case(
        school_id=unit.in_school, number=_next_number(unit.in_school, at), person=person, unit=unit, disease=disease,
        status=status, diagnosed_at=diagnosed_at, whereabouts=whereabouts, hospital=hospital.strip(), signal_id=signal_id,
        opened_at=at, opened_by=by.person_id,
    )  # fmt: skip
    _save(case)
    _record(case, findings, by, at)
    _decide(case, event, "", diagnosed_at, reason, by, at)
    if signal_id is not None:
        _settle_signal(signal_id, case, by, at)
    return case


@transaction.atomic
def decide(*, case: Case, event: str, diagnosed_at: datetime, by: Actor, at: datetime, reason: str = "") -> Case:
    """The next status (``rules.TRANSITIONS``). Raises ``Problem`` (NOT_THAT_STATUS, NO_DEFINITION, REASON_NEEDED,
    NOT_YET_HAPPENED)."""
    locked = _locked(case)
    _check_happened(at, diagnosed_at)
    before, locked.status = locked.status, _follow(locked.status, event)
    _decide(locked, event, before, diagnosed_at, reason, by, at)
    return locked


@transaction.atomic
def undo(*, case: Case, by: Actor, at: datetime, reason: str) -> Case:
    """Take back the last decision: the status before it holds again, and its unsent report is void. Raises ``Problem``
    (NOT_THAT_STATUS for a case that was only opened, REASON_NEEDED, CASE_IS_OPEN)."""
    locked = _locked(case)
    last = _last_decision(locked)
    if last is None:
        raise Problem(NOT_THAT_STATUS, status=Status(locked.status).label)
    if not reason.strip():
        raise Problem(REASON_NEEDED, status=Status(locked.status).label)
    earlier = Decision.objects.filter(case=locked, to_status=last.from_status).order_by("-pk").first()
    assert earlier is not None  # a case begins with a decision
    before, locked.status = locked.status, last.from_status
    locked.rule_id, locked.rule_edition, locked.diagnosed_at = earlier.rule_id, earlier.rule_edition, earlier.diagnosed_at
    locked.ended_at = None
    _save(locked)
    Report.objects.filter(decision=last, sent_at=None).update(void_at=at)
    Decision.objects.create(
        case=locked, at=at, by_id=by.person_id, event="undo", from_status=before, to_status=locked.status,
        diagnosed_at=locked.diagnosed_at, rule_id=locked.rule_id, rule_edition=locked.rule_edition, reason=reason.strip(),
    )  # fmt: skip
    _audit(locked, by, at, "case.undo")
    return locked


@transaction.atomic
def record_findings(*, case: Case, findings: NewFindings, by: Actor, at: datetime) -> list[str]:
    """Record what was found; the codes that changed. Raises ``Problem(NOT_YET_HAPPENED)``."""
    locked = _locked(case)
    changed = _record(locked, findings, by, at)
    if changed:
        _audit(locked, by, at, "case.find", count=len(changed))
    return changed


@transaction.atomic
def move(*, case: Case, whereabouts: str, hospital: str, by: Actor, at: datetime) -> Case:
    """Where the patient is from now on."""
    locked = _locked(case)
    if (locked.whereabouts, locked.hospital) == (whereabouts, hospital.strip()):
        return locked
    locked.whereabouts, locked.hospital = whereabouts, hospital.strip()
    locked.save(update_fields=["whereabouts", "hospital"])
    Decision.objects.create(
        case=locked, at=at, by_id=by.person_id, event="move", from_status=locked.status, to_status=locked.status,
        diagnosed_at=locked.diagnosed_at, rule_id=locked.rule_id, rule_edition=locked.rule_edition, flowed_at=at,
        reason=" ".join(filter(None, (str(Whereabouts(whereabouts).label), locked.hospital))),
    )  # fmt: skip
    _audit(locked, by, at, "case.move")
    return locked


@transaction.atomic
def merge(*, case: Case, into: Case, by: Actor, at: datetime, reason: str) -> Case:
    """``case`` is the same illness of the same person as ``into``. Undone by ``unmerge``. Raises ``Problem`` (NOT_THE_SAME,
    REASON_NEEDED)."""
    first, second = sorted((case.pk, into.pk))
    rows = {row.pk: row for row in Case.objects.select_for_update(of=("self",)).filter(pk__in=[first, second])}
    locked, target = rows[case.pk], rows[into.pk]
    if locked.pk == target.pk or locked.disease != target.disease or locked.merged_into_id or target.merged_into_id:
        raise Problem(NOT_THE_SAME, number=target.number)
    if not reason.strip():
        raise Problem(REASON_NEEDED, status=Status(target.status).label)
    locked.merged_into = target
    locked.save(update_fields=["merged_into"])
    Report.objects.filter(case=locked, sent_at=None, void_at=None).update(void_at=at)
    _note(locked, "merge", f"{target.number} {reason.strip()}", by, at)
    _audit(locked, by, at, "case.merge", number=target.number)
    return locked


@transaction.atomic
def unmerge(*, case: Case, by: Actor, at: datetime, reason: str) -> Case:
    """Two cases after all. Raises ``Problem`` (NOT_THAT_STATUS, REASON_NEEDED, CASE_IS_OPEN)."""
    locked = _locked(case)
    if locked.merged_into_id is None:
        raise Problem(NOT_THAT_STATUS, status=Status(locked.status).label)
    if not reason.strip():
        raise Problem(REASON_NEEDED, status=Status(locked.status).label)
    locked.merged_into = None
    _save(locked)
    merged = Decision.objects.filter(case=locked, event="merge").order_by("-pk").first()
    if merged:
        Report.objects.filter(case=locked, sent_at=None, void_at=merged.at).update(void_at=None)
    _note(locked, "unmerge", reason.strip(), by, at)
    _audit(locked, by, at, "case.unmerge")
    return locked


@transaction.atomic
def send_report(
    *, report: Report, means: str, recipient: str, reference: str, sent_at: datetime, by: Actor, at: datetime
) -> Report:
    """Record that a report was sent, with the card as it stood. Raises ``Problem`` (ALREADY_SENT, NOT_YET_HAPPENED)."""
    locked = Report.objects.select_for_update(of=("self",)).select_related("case__person", "case__unit").get(pk=report.pk)
    if locked.sent_at or locked.void_at:
        raise Problem(ALREADY_SENT)
    _check_happened(at, sent_at)
    locked.sent_at, locked.sent_by_id, locked.means = sent_at, by.person_id, means
    locked.recipient, locked.reference = recipient.strip(), reference.strip()
    locked.content = card.content_of(locked, at=at)
    locked.save()
    for task in Task.objects.filter(
        school_id=locked.case.school_id, key=rules.report_key(locked.case_id, locked.pk), state=TaskState.OPEN
    ):
        tasks.settle(task=task, outcome="reported", note=locked.reference, by=by, at=at)
    _audit(locked.case, by, at, "case.report", number=locked.reference)
    return locked


@transaction.atomic
def fill_card(*, report: Report, typed: Mapping[str, str], by: Actor, at: datetime) -> Report:
    """Keep what only a person can fill in (``card.TYPED``). Raises ``Problem(ALREADY_SENT)``."""
    locked = Report.objects.select_for_update(of=("self",)).select_related("case").get(pk=report.pk)
    if locked.sent_at or locked.void_at:
        raise Problem(ALREADY_SENT)
    locked.content = {key: typed.get(key, "").strip() for key in card.TYPED}
    locked.save(update_fields=["content"])
    _audit(locked.case, by, at, "case.fill-card")
    return locked


@transaction.atomic
def acknowledge(*, case: Case, by: Actor, at: datetime) -> int:
    """Settle every acknowledgement of the case that is asked of ``by`` (or of the post that ``by`` holds); how many."""
    owed = queries.tasks_to_acknowledge(by, case)
    for task in owed:
        tasks.settle(task=task, outcome="acknowledged", note="", by=by, at=at)
    return len(owed)


# -- inside --------------------------------------------------------------------------------------------------------------


def _follow(status: str, event: str) -> str:
    after = rules.follow(status, event)
    if after is None:
        raise Problem(NOT_THAT_STATUS, status=Status(status).label if status else "")
    return after


def _check_happened(at: datetime, moment: datetime) -> None:
    if moment > at:
        raise Problem(NOT_YET_HAPPENED, value=f"{clock.local(moment):%Y-%m-%d %H:%M}")


def _locked(case: Case) -> Case:
    return Case.objects.select_for_update(of=("self",)).select_related("person", "unit").get(pk=case.pk)


def _save(case: Case) -> None:
    """Raises ``Problem(CASE_IS_OPEN)`` where the person has another open case of the disease."""
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError as error:
        if "case_open_once" in str(error):
            raise _is_open(_open_case_of(case.person, case.disease)) from error
        raise


def _open_case_of(person: Person, disease: str) -> Case | None:
    return Case.objects.filter(person=person, disease=disease, ended_at=None, merged_into=None).select_related("person").first()


def _is_open(case: Case | None) -> Problem:
    assert case is not None
    found = rulebook.disease(case.disease)
    return Problem(
        CASE_IS_OPEN, name=case.person.name, number=case.number, disease=rulebook.said(found.name) if found else case.disease
    )


def _next_number(school_id: int, at: datetime) -> str:
    """2026-0001, counted per school and campus year."""
    year = clock.local(at).year
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('case-number', %s))", [school_id])
    last = Case.objects.filter(school_id=school_id, number__startswith=f"{year}-").order_by("-number").first()
    return f"{year}-{int(last.number.split('-')[1]) + 1 if last else 1:04}"


def _decide(
    case: Case, event: str, before: str, diagnosed_at: datetime, reason: str, by: Actor, at: datetime
) -> None:  # fmt: skip
    day = clock.day_of(diagnosed_at)
    rule_id, edition, answer = "", "", ""
    if case.status in rules.DEFINED:
        definition = knowledge.judged(case, on=day, at=at).get(case.status)
        if definition is None:
            found = rulebook.disease(case.disease)
            raise Problem(
                NO_DEFINITION, day=f"{day:%Y-%m-%d}", status=Status(case.status).label,
                disease=rulebook.said(found.name) if found else case.disease,
            )  # fmt: skip
        rule_id, edition, answer = definition.rule.rule_id, definition.rule.edition, str(definition.answer)
    if rules.needs_reason(event, answer) and not reason.strip():
        raise Problem(REASON_NEEDED, status=Status(case.status).label)
    case.rule_id, case.rule_edition, case.diagnosed_at = rule_id, edition, diagnosed_at
    case.ended_at = at if case.status in rules.ENDED else None
    _save(case)
    decision = Decision.objects.create(
        case=case, at=at, by_id=by.person_id, event=event, from_status=before, to_status=case.status,
        diagnosed_at=diagnosed_at, rule_id=rule_id, rule_edition=edition, answer=answer, reason=reason.strip(),
    )  # fmt: skip
    _owe_report(case, decision)
    _audit(case, by, at, "case.decide" if before else "case.open")


def _owe_report(case: Case, decision: Decision) -> None:
    """The report that a decision asks for by law, with its clock; none for a disease that need not be notified."""
    day = clock.day_of(decision.diagnosed_at)
    classed = next(iter(rulebook.disease_rows(case.disease, Classification, day)), None)
    clocks = [_clock(row, case.school_id, day) for row in rulebook.report_clocks(day)]
    owed = rules.clock_of(classed.managed_as, clocks) if classed else None
    earlier = Report.objects.filter(case=case, void_at=None).count()
    stage = rules.stage_of(decision.to_status, earlier=earlier)
    if owed is None or stage is None:
        return
    Report.objects.create(
        case=case, decision=decision, stage=stage, sequence=earlier + 1, due_at=rules.due_at(owed, decision.diagnosed_at),
        rule_id=owed.rule_id, rule_edition=owed.edition, own_rule_id=owed.own_rule_id,
    )  # fmt: skip


def _clock(row: ReportClock, school_id: int, day: date) -> rules.Clock:
    minutes, own = rulebook.clock_in_force(row, school_id, day)
    return rules.Clock(row.on, minutes, row.rule_id, row.edition, own.pk if own else None)


def _last_decision(case: Case) -> Decision | None:
    """The decision that ``undo`` takes back: the last change of status that was not itself taken back."""
    taken_back = 0
    for decision in Decision.objects.filter(case=case).exclude(event__in=["move", "merge", "unmerge"]).order_by("-pk"):
        if decision.event == "undo":
            taken_back += 1
        elif taken_back:
            taken_back -= 1
        else:
            return decision if decision.from_status else None
    return None


def _record(case: Case, findings: NewFindings, by: Actor, at: datetime) -> list[str]:
    _check_words(findings)
    current = {(found.kind, found.code): found for found in knowledge.findings_of(case)}
    said_before = {code: found.said for (kind, code), found in current.items() if kind == Finding.Kind.FACT}
    new = [
        Finding(case=case, kind=Finding.Kind.FACT, code=code, said=value, **_specimen(findings, code))
        for code, value in rules.changed(said_before, findings.said).items()
    ]
    for code, since in findings.since.items():
        before = current.get((Finding.Kind.EVENT, code))
        if (before.since if before else None) != since:
            if since:
                _check_happened(at, since)
            new.append(Finding(case=case, kind=Finding.Kind.EVENT, code=code, since=since))
    if "onset" in findings.since:
        onset = findings.since["onset"]
        case.onset = clock.day_of(onset) if onset else None
        case.save(update_fields=["onset"])
    for found in new:
        found.recorded_at, found.recorded_by = at, by.person_id
    old = [current[found.kind, found.code].pk for found in new if (found.kind, found.code) in current]
    Finding.objects.filter(pk__in=old).update(superseded_at=at)
    Finding.objects.bulk_create(new)
    return [found.code for found in new]


def _check_words(findings: NewFindings) -> None:
    """Raises ``Problem(INVALID_INPUT)`` that names every code that is not in the vocabulary."""
    strange = [FieldError(f"facts.{code}", "unknown-fact", _("没有这个编码。"), code)
               for code in findings.said if code not in rulebook.words().facts]  # fmt: skip
    strange += [FieldError(f"events.{code}", "unknown-event", _("没有这个编码。"), code)
                for code in findings.since if code not in EVENTS]  # fmt: skip
    if strange:
        raise Problem(INVALID_INPUT, tuple(strange))


def _specimen(findings: NewFindings, code: str) -> dict[str, Any]:
    specimen = findings.specimens.get(code)
    if specimen is None:
        return {}
    return {"specimen": specimen.kind, "laboratory": specimen.laboratory, "sampled_at": specimen.sampled_at}


def _settle_signal(signal_id: int, case: Case, by: Actor, at: datetime) -> None:
    signal = signals_access.signal_for(by, signal_id)
    if signal.state == "new":
        signal = signals.handle(signal=signal, by=by, at=at)
    if signal.state == "handling":
        signals.settle(signal=signal, outcome=SETTLED_AS, note=case.number, by=by, at=at)


def _note(case: Case, event: str, reason: str, by: Actor, at: datetime) -> None:
    Decision.objects.create(
        case=case, at=at, by_id=by.person_id, event=event, from_status=case.status, to_status=case.status,
        diagnosed_at=case.diagnosed_at, rule_id=case.rule_id, rule_edition=case.rule_edition, reason=reason[:400],
    )  # fmt: skip


def _audit(case: Case, by: Actor, at: datetime, action: str, **detail: Any) -> None:
    audit.record(
        by=by, school_id=case.school_id, at=at, action=action, subject_type="case", subject_id=case.pk,
        person_id=case.person_id, **detail,
    )  # fmt: skip
