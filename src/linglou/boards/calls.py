"""Whom to call: missing people with their telephone numbers where the caller may have them, and the log of having tried.

Showing a number in clear is a read that its owner can see, so it is recorded here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from linglou.domains.signals.models import Severity, Signal
from linglou.domains.signals.models import State as SignalState
from linglou.engines.rounds import attempts, missing, progress
from linglou.engines.rounds.missing import PAGE, MissingPerson
from linglou.engines.rounds.models import Attempt, Round, State
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Person, Unit
from linglou.foundation.people.queries import paths_of
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

READ_CONTACT = "person.read-contact"


@dataclass
class Call:
    """One missing person as one caller sees them. ``phone`` and ``guardian_phone`` are '' where the caller may not see them or
    none is known; ``reasons`` why they come early in the list; ``may_*`` what the caller may do about them."""

    person: MissingPerson
    phone: str = ""
    guardian_name: str = ""
    guardian_phone: str = ""
    also_missing_before: bool = False
    has_signal: bool = False
    may_log: bool = False
    may_report: bool = False
    may_excuse: bool = False

    @property
    def need(self) -> tuple[bool, bool, bool, int]:
        """Sorts the most needful first: an open signal, missing before too, never reached, fewest attempts."""
        reached = self.person.was_reached
        return (reached, not self.has_signal, not self.also_missing_before, len(self.person.tried))


@dataclass(frozen=True)
class Group:
    """The calls of one class, in the order of the page."""

    unit_id: int
    name: str
    calls: list[Call]


@dataclass(frozen=True)
class CallPage:
    groups: list[Group]
    after: str

    @property
    def is_empty(self) -> bool:
        return not self.groups


def page(round_: Round, unit: Unit, *, by: Actor, at: datetime, after: str = "", limit: int = PAGE) -> CallPage:
    """One page of a unit's missing list, grouped by class. Numbers shown are recorded as read."""
    found = missing.page(round_, unit, after=after, limit=limit)
    calls = calls_for(round_, found.rows, paths=[unit.path], by=by)
    show_numbers(calls, paths=[unit.path], by=by, at=at)
    grouped: list[Group] = []
    for call in calls:
        if not grouped or grouped[-1].unit_id != call.person.unit_id:
            grouped.append(Group(call.person.unit_id, call.person.unit_name, []))
        grouped[-1].calls.append(call)
    return CallPage(grouped, found.after)


def calls_for(round_: Round, people: Sequence[MissingPerson], *, paths: Sequence[str], by: Actor) -> list[Call]:
    """The caller's view of missing people who all lie under some of ``paths``, without numbers. Signals, and what others noted
    of an attempt (a counsellor may write that somebody is ill), show only to whoever may see them."""
    ids = [person.person_id for person in people]
    if not by.may(Verb.SEE_WHAT, at=paths):
        for person in people:
            person.tried = [one if one.by_id == by.person_id else replace(one, note="") for one in person.tried]
    before = progress.previous(round_)
    again = missing.also_missing(before, ids) if before else set()
    signalled: set[int] = set()
    if ids and by.may(Verb.SEE_SIGNALS, at=paths):
        open_signals = Signal.objects.filter(
            person_id__in=ids, state__in=[SignalState.NEW, SignalState.HANDLING], severity__gte=Severity.ABNORMAL
        )
        signalled = set(open_signals.values_list("person_id", flat=True))
    is_open = round_.state == State.OPEN
    may_log, may_report, may_excuse = (by.may(verb, at=paths) for verb in (Verb.LOG_CONTACT, Verb.REPORT_FOR, Verb.EXCUSE))
    return [
        Call(
            person,
            also_missing_before=person.person_id in again,
            has_signal=person.person_id in signalled,
            may_log=may_log,
            may_report=may_report and is_open,
            may_excuse=may_excuse and is_open,
        )
        for person in people
    ]


def show_numbers(calls: Sequence[Call], *, paths: Sequence[str], by: Actor, at: datetime) -> None:
    """Put telephone numbers in clear where the caller may have them, and record who saw whose."""
    if not calls or not by.may(Verb.SEE_CONTACT, at=paths):
        return
    shown_of = Person.objects.only("school_id", "phone", "guardian_name", "guardian_phone")  # nothing else is unsealed
    people = shown_of.in_bulk([call.person.person_id for call in calls])
    shown: dict[int, list[int]] = {}
    for call in calls:
        person = people[call.person.person_id]
        call.phone, call.guardian_name, call.guardian_phone = person.phone, person.guardian_name, person.guardian_phone
        if call.phone or call.guardian_phone:
            shown.setdefault(person.school_id, []).append(person.pk)
    for school_id, ids in shown.items():
        audit.record_reads(by=by, school_id=school_id, at=at, action=READ_CONTACT, person_ids=ids)


def most_needful(round_: Round, paths: Sequence[str], *, by: Actor, at: datetime, limit: int) -> tuple[list[Call], int]:
    """Of everybody missing under some paths the ``limit`` to call first, and how many there are to call in all (of the first
    500: a list that long is read by unit, not by person)."""
    waiting = [person for person in missing.within(round_, paths, limit=500) if person.late_at is None]
    first = sorted(calls_for(round_, waiting, paths=paths, by=by), key=lambda call: call.need)[:limit]
    show_numbers(first, paths=paths, by=by, at=at)
    return first, len(waiting)


def results() -> list[tuple[str, str]]:
    """What an attempt can come to, in the reader's language."""
    return [(value, str(label)) for value, label in Attempt.choices]


def get_callable(actor: Actor, round_id: int, person_id: int, *, at: datetime) -> tuple[Round, Person]:
    """A round and a person of its school whom the actor may try to reach. Raises ``Problem(NOT_FOUND)``."""
    person = Person.objects.filter(pk=person_id).first()
    round_ = Round.objects.filter(pk=round_id, group_key="").select_related("audience").first()
    if person is None or round_ is None or round_.school_id != person.school_id:
        raise Problem(NOT_FOUND)
    if not actor.may(Verb.LOG_CONTACT, at=paths_of(person_id, at=at)):
        raise Problem(NOT_FOUND)
    return round_, person


def log(round_: Round, person: Person, *, result: Attempt, note: str, by: Actor, at: datetime) -> Call:
    """Log one attempt; what is now known of the person's being called (no unit, no number: those stand on the page)."""
    attempts.log(round_=round_, person=person, result=result, note=note, by=by, at=at)
    row = MissingPerson(person.pk, person.name, person.number, 0, "", "", None)
    missing.log(round_, [row])
    return calls_for(round_, [row], paths=paths_of(person.pk, at=at), by=by)[0]
