"""Reads of signals. What shows a person's health is audited here, in the transaction of the read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from linglou.domains.signals import access, rules, words
from linglou.domains.signals.models import Severity, Signal, State
from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Tree, Unit, UnitKind
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules import TriageRule

UNFINISHED = (State.NEW, State.HANDLING)


def listed(actor: Actor, *, state: str = "", severity: int | None = None, unit: Unit | None = None) -> QuerySet[Signal]:
    """Signals in scope; ``state`` '' for those not finished. The worst first, among them the longest waiting."""
    signals = access.visible_signals(actor)
    signals = signals.filter(state=state) if state in State.values else signals.filter(state__in=UNFINISHED)
    if severity is not None:
        signals = signals.filter(severity=severity)
    if unit:
        signals = signals.filter(unit__path__startswith=unit.path)
    finished = state in State.values and state not in UNFINISHED
    return signals.order_by("-raised_at", "-pk") if finished else signals.order_by("-severity", "raised_at", "pk")


@dataclass(frozen=True)
class Counts:
    """How many signals the actor sees, by state; ``urgent`` are the unfinished ones of the highest severity."""

    new: int
    handling: int
    settled: int
    revised: int
    urgent: int

    @property
    def unfinished(self) -> int:
        return self.new + self.handling


def counts(actor: Actor, *, unit: Unit | None = None) -> Counts:
    signals = access.visible_signals(actor).order_by()
    if unit:
        signals = signals.filter(unit__path__startswith=unit.path)
    urgent = Q(severity=Severity.URGENT, state__in=UNFINISHED)
    found = signals.aggregate(
        **{state.value: Count("pk", filter=Q(state=state)) for state in State}, urgent=Count("pk", filter=urgent)
    )
    return Counts(**found)


def unfinished(school_id: int, *, person_ids: Collection[int] | None = None) -> list[tuple[int, int]]:
    """(person, signal) of every abnormal or urgent signal that is not finished, of some persons or of all."""
    found = Signal.objects.filter(school_id=school_id, state__in=UNFINISHED, severity__gte=Severity.ABNORMAL)
    if person_ids is not None:
        found = found.filter(person_id__in=person_ids)
    return list(found.order_by("pk").values_list("person_id", "pk"))


def units_to_choose(actor: Actor) -> list[Unit]:
    """The colleges and departments in scope; the classes where the scope is smaller than a college."""
    units = Unit.objects.filter(
        within(actor, Verb.SEE_SIGNALS, "path"), school_id=actor.school_id, tree=Tree.ADMINISTRATION, closed_at=None
    )
    upper = list(units.filter(kind__in=[UnitKind.COLLEGE, UnitKind.DEPARTMENT]).order_by("sort_key"))
    return upper if len(upper) > 1 else list(units.filter(kind=UnitKind.CLASS).order_by("sort_key"))


def unit_to_filter_by(actor: Actor, unit_id: str | None) -> Unit | None:
    """The unit of a filter, if it lies in scope."""
    if not unit_id or not unit_id.isdecimal():
        return None
    unit = Unit.objects.filter(pk=int(unit_id), school_id=actor.school_id).first()
    return unit if unit and actor.may(Verb.SEE_SIGNALS, at=[unit.path]) else None


@dataclass(frozen=True)
class Row:
    """A signal as a list shows it. ``act_by`` is the first clock that runs out."""

    signal: Signal
    title: str
    facts: list[str]
    act_by: datetime | None


@transaction.atomic
def rows(actor: Actor, signals: Sequence[Signal], *, at: datetime) -> list[Row]:
    """The rows of one page; each person shown gets an entry in the trail."""
    audit.record_reads(
        by=actor, school_id=actor.school_id, at=at, action="signal.list",
        person_ids=sorted({signal.person_id for signal in signals}),
    )  # fmt: skip
    return [Row(signal, title_of(signal), words.teller().facts(signal.because), act_by(signal)) for signal in signals]


def rule_of(signal: Signal) -> TriageRule | None:
    return rulebook.triage_rule(signal.rule_id, signal.rule_edition)


def title_of(signal: Signal) -> str:
    """What the rule that fired is called, in the language in force; its id when the packs no longer hold it."""
    rule = rule_of(signal)
    return rulebook.said(rule.title) if rule else signal.rule_id


def act_by(signal: Signal) -> datetime | None:
    """When the first clock of a signal runs out; None when nobody needs to act."""
    rule = rule_of(signal)
    minutes = min((task.minutes for task in rule.tasks), default=None) if rule else rules.clock_minutes(signal.severity, None)
    return signal.raised_at + timedelta(minutes=minutes) if minutes else None


@dataclass(frozen=True)
class Detail:
    """Everything about one signal that the actor may see. ``phone`` is None where SEE_CONTACT is missing ('' when none is
    recorded), ``answers`` None where SEE_WHAT is."""

    signal: Signal
    rule: TriageRule | None
    title: str
    advice: str
    caveat: str
    facts: list[str]
    act_by: datetime | None
    units: list[Unit]
    room: str
    bed: str
    phone: str | None
    guardian_phone: str | None
    answers: list[tuple[str, str]] | None
    tasks: list[Task]
    settled_by: str
    may_handle: bool
    may_open_case: bool
    may_register_absence: bool


@transaction.atomic
def detail(actor: Actor, signal: Signal, *, at: datetime) -> Detail:
    """One signal, with an entry in the trail for each thing shown: the signal, the phone, the report."""
    path, person = [signal.unit.path], signal.person
    sees_contact = actor.may(Verb.SEE_CONTACT, at=path)
    sees_what = actor.may(Verb.SEE_WHAT, at=path)
    shown = ["signal.read", *(["person.read-contact"] if sees_contact else []), *(["response.read"] if sees_what else [])]
    for action in shown:
        audit.record_reads(
            by=actor, school_id=signal.school_id, at=at, action=action, person_ids=[person.pk], signal_id=signal.pk,
            round_id=signal.round_id,
        )  # fmt: skip
    rule = rule_of(signal)
    room, bed = people.home_of(person.pk, at=at)
    answers = words.teller().answers(
        school_id=signal.school_id, round_id=signal.round_id or 0, person_id=person.pk
    ) if sees_what else None  # fmt: skip
    settler = people.persons_by_id([signal.settled_by]).get(signal.settled_by) if signal.settled_by else None
    tasks = Task.objects.filter(school_id=signal.school_id, key__startswith=rules.tasks_of(signal.pk))
    return Detail(
        signal=signal,
        rule=rule,
        title=title_of(signal),
        advice=rulebook.said(rule.advice) if rule else "",
        caveat=rulebook.said(rule.caveat) if rule else "",
        facts=words.teller().facts(signal.because),
        act_by=act_by(signal),
        units=_units_above(signal.unit),
        room=room,
        bed=bed,
        phone=person.phone if sees_contact else None,
        guardian_phone=person.guardian_phone if sees_contact else None,
        answers=answers,
        tasks=list(tasks.select_related("owner").order_by("due_at", "pk")),
        settled_by=settler.name if settler else "",
        may_handle=access.user_can_handle(actor, signal),
        may_register_absence=actor.may(Verb.TRACK_ABSENCES, at=path),
        may_open_case=signal.state in UNFINISHED and actor.may(Verb.OPEN_CASES, at=path),
    )


def _units_above(unit: Unit) -> list[Unit]:
    """From the college down to the unit itself."""
    above = Unit.objects.filter(pk__in=unit.ancestor_ids).exclude(kind__in=[UnitKind.AUTHORITY, UnitKind.SCHOOL])
    return list(above.order_by("depth"))
