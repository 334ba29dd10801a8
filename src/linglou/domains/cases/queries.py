"""Reads of cases. What shows that somebody is a case is audited here, in the transaction of the read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from linglou.domains.cases import access, knowledge, rules
from linglou.domains.cases.contacts import queries as contacts
from linglou.domains.cases.knowledge import Judged
from linglou.domains.cases.models import Case, Decision, Finding, Report, Status
from linglou.engines.tasks.models import State as TaskState
from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, Unit
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

OWED = Q(reports__sent_at=None, reports__void_at=None, reports__due_at__isnull=False)


def disease_name(slug: str) -> str:
    """In the language in force; the slug when there is no pack for it any more."""
    found = rulebook.disease(slug)
    return rulebook.said(found.name) if found else slug


@dataclass(frozen=True)
class Counts:
    """Cases in scope: those not ended, by status; how many ended; how many owe a report."""

    by_status: dict[str, int]
    ended: int
    owing: int

    @property
    def current(self) -> int:
        return sum(self.by_status.values())


def listed(actor: Actor, *, status: str = "", disease: str = "") -> QuerySet[Case]:
    """Cases in scope, without the merged ones; ``status`` '' for those not ended, 'ended' for the others, 'owing' for those that
    owe a report. Whoever owes the nearest report first, then the latest."""
    cases = access.visible_cases(actor).filter(merged_into=None).annotate(due=Min("reports__due_at", filter=OWED))
    if disease:
        cases = cases.filter(disease=disease)
    if status == "ended":
        return cases.filter(status__in=rules.ENDED).order_by("-ended_at", "-pk")
    if status == "owing":
        return cases.filter(due__isnull=False).order_by("due", "pk")
    cases = cases.filter(status=status) if status in Status.values else cases.exclude(status__in=rules.ENDED)
    return cases.order_by("due", "-opened_at", "-pk")


def counts(actor: Actor) -> Counts:
    cases = access.visible_cases(actor).filter(merged_into=None).order_by()
    rows = dict(cases.values_list("status").annotate(n=Count("pk")))
    owing = cases.filter(OWED).distinct().count()
    return Counts(
        by_status={status: rows.get(status, 0) for status in Status.values if status not in rules.ENDED},
        ended=sum(rows.get(status, 0) for status in rules.ENDED),
        owing=owing,
    )


def diseases_of(actor: Actor) -> list[tuple[str, str]]:
    """(slug, name) of every disease with a case in scope."""
    slugs = access.visible_cases(actor).order_by("disease").values_list("disease", flat=True).distinct()
    return [(slug, disease_name(slug)) for slug in slugs]


@transaction.atomic
def rows(actor: Actor, cases: Sequence[Case], *, at: datetime) -> list[Case]:
    """The rows of one page; each person shown gets an entry in the trail."""
    audit.record_reads(
        by=actor, school_id=actor.school_id, at=at, action="case.list", person_ids=sorted({case.person_id for case in cases})
    )
    return list(cases)


@dataclass(frozen=True)
class Duplicate:
    case: Case
    by: str  # of rules.SAME_BY


@dataclass(frozen=True)
class Told:
    """Somebody who was told of a decision and is asked to acknowledge it."""

    task: Task
    is_mine: bool


@dataclass(frozen=True)
class Detail:
    """Everything about one case that the actor may see. ``judged``, ``findings`` are None without SEE_CLINICAL; ``phone`` None
    without SEE_CONTACT ('' when none is recorded)."""

    case: Case
    disease: str
    place: str
    room: str
    bed: str
    phone: str | None
    guardian_phone: str | None
    judged: dict[str, Judged] | None
    facts: list[tuple[str, list[str]]]
    said: dict[str, bool | None]
    since: dict[str, datetime]
    findings: list[Finding] | None
    decisions: list[Decision]
    reports: list[Report]
    told: list[Told]
    duplicates: list[Duplicate]
    merged: list[Case]
    contacts: dict[str, int]
    events: list[str]
    may: dict[str, bool]

    @property
    def to_acknowledge(self) -> Told | None:
        """The acknowledgement that the viewer owes first."""
        return next((told for told in self.told if told.is_mine), None)

    @property
    def owed(self) -> Report | None:
        """The report that is due first."""
        return next((report for report in self.reports if not report.sent_at), None)


@transaction.atomic
def detail(actor: Actor, case: Case, *, at: datetime) -> Detail:
    """One case, with an entry in the trail for each thing shown: the case, the phone, the clinical record."""
    path = [case.unit.path]
    sees_contact = actor.may(Verb.SEE_CONTACT, at=path)
    sees_clinical = access.user_can(actor, Verb.SEE_CLINICAL, case)
    shown = [
        "case.read",
        *(["person.read-contact"] if sees_contact else []),
        *(["case.read-clinical"] if sees_clinical else []),
    ]
    for action in shown:
        audit.record_reads(by=actor, school_id=case.school_id, at=at, action=action, person_ids=[case.person_id])
    day = clock.day_of(case.diagnosed_at)
    known = knowledge.known_of(case, at=at)
    room, bed = people.home_of(case.person_id, at=at)
    labels = people.labels_of([case.unit])
    handles = access.user_can(actor, Verb.HANDLE_CASES, case)
    decisions = Decision.objects.filter(case=case).select_related("by").order_by("-pk")
    history = Finding.objects.filter(case=case).order_by("-pk")
    return Detail(
        case=case,
        disease=disease_name(case.disease),
        place=labels.get(case.unit_id, case.unit.name),
        room=room,
        bed=bed,
        phone=case.person.phone if sees_contact else None,
        guardian_phone=case.person.guardian_phone if sees_contact else None,
        judged=knowledge.judged(case, on=day, at=at) if sees_clinical else None,
        facts=list(knowledge.facts_asked(case.disease, day).items()) if sees_clinical else [],
        said=dict(known.said) if sees_clinical else {},
        since=dict(known.since) if sees_clinical else {},
        findings=list(history) if sees_clinical else None,
        decisions=list(decisions),
        reports=list(
            Report.objects.filter(case=case, void_at=None)
            .select_related("sent_by", "decision", "own_rule")
            .order_by("sequence")
        ),
        told=_told(actor, case),
        duplicates=duplicates_of(case) if handles else [],
        merged=list(Case.objects.filter(merged_into=case).order_by("pk")),
        contacts=contacts.counts(case) if sees_clinical else {},
        events=events_for(case) if handles and case.merged_into_id is None else [],
        may={
            "handle": handles and case.merged_into_id is None,
            "unmerge": handles and case.merged_into_id is not None,
            "report": access.user_can(actor, Verb.REPORT_CASES, case),
            "see_clinical": sees_clinical,
            "register_absence": case.ended_at is None and actor.may(Verb.TRACK_ABSENCES, at=path),
        },
    )


def events_for(case: Case) -> list[str]:
    """What may be decided next: a status only where a definition of it holds on the day of the diagnosis."""
    defined = rulebook.case_definitions(case.disease, clock.day_of(case.diagnosed_at))
    return [
        event
        for event in rules.events_from(case.status)
        if (status := rules.follow(case.status, event)) not in rules.DEFINED or status in defined
    ]


def openings_of(actor: Actor, unit: Unit, disease: str, on: date) -> list[str]:
    """By which decisions the actor can open a case of a disease on a day."""
    defined = rulebook.case_definitions(disease, on)
    return [event for event in access.openings_for(actor, unit) if rules.follow("", event) in defined]


def _told(actor: Actor, case: Case) -> list[Told]:
    tasks = Task.objects.filter(school_id=case.school_id, key__startswith=rules.told_of(case.pk)).select_related("owner")
    return [Told(task, user_can_acknowledge(actor, task)) for task in tasks.order_by("-opened_at", "pk")]


def user_can_acknowledge(actor: Actor, task: Task) -> bool:
    """The owner, or whoever holds the same post: the task is the post's."""
    holds = any(grant.role == task.owner_role for grant in actor.grants)
    return task.state == TaskState.OPEN and (task.owner_id == actor.person_id or holds)


def tasks_to_acknowledge(actor: Actor, case: Case) -> list[Task]:
    return [told.task for told in _told(actor, case) if told.is_mine]


def duplicates_of(case: Case) -> list[Duplicate]:
    """Other cases of the disease that look like the same person's, with what says so."""
    mine = _identity(case.person)
    same = Q(person_id=case.person_id)
    if mine.id_number:
        same |= Q(person__id_number_index=mine.id_number)
    if mine.phone:
        same |= Q(person__phone_index=mine.phone)
    if mine.birth_date:
        same |= Q(person__name=mine.name, person__birth_date=case.person.birth_date)
    others = Case.objects.filter(same, school_id=case.school_id, disease=case.disease, merged_into=None).exclude(pk=case.pk)
    found = [
        Duplicate(other, rules.same_by(mine, _identity(other.person))) for other in others.select_related("person", "unit")
    ]
    return [duplicate for duplicate in found if duplicate.by]


def _identity(person: Person) -> rules.Identity:
    return rules.Identity(
        person.pk, person.id_number_index, person.phone_index, person.name,
        f"{person.birth_date:%Y-%m-%d}" if person.birth_date else "",
    )  # fmt: skip


def person_to_open_for(actor: Actor, number: str, *, at: datetime) -> tuple[Person | None, Unit | None]:
    """Who has a number, and where they stand in the administration; (None, None) for nobody in the scope of OPEN_CASES."""
    return people.person_within(actor, Verb.OPEN_CASES, number, at=at)


def report_of(case: Case, report_id: int) -> Report | None:
    reports = Report.objects.filter(case=case, void_at=None).select_related(
        "case__person", "case__unit", "decision", "sent_by", "own_rule"
    )
    return reports.filter(pk=report_id).first()


@transaction.atomic
def record_card_read(actor: Actor, case: Case, *, at: datetime, action: str, **detail: Any) -> None:
    """The card names the id number and the phone: the trail says who saw or took it."""
    audit.record_reads(
        by=actor, school_id=case.school_id, at=at, action=action, person_ids=[case.person_id], **detail
    )  # fmt: skip
