"""The trail with names: entries of ``audit`` (which knows ids only) beside the persons they speak of.

A module of its own because it is the one place where the trail is read for somebody: it bounds the search to the schools that
the reader audits, and audits the export.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.accounts import rules
from linglou.foundation.accounts.problems import EXPORT_TOO_LARGE
from linglou.foundation.audit import actions as audit_actions
from linglou.foundation.audit import queries as audit
from linglou.foundation.audit.models import Entry
from linglou.foundation.audit.rules import action_name, shown_detail
from linglou.foundation.people.models import Person, Unit, UnitKind
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_ALLOWED
from linglou.kernel.problems import Problem

EXPORT_LIMIT = 50_000
NOBODY = 0  # no person has this id: a number that names nobody finds nothing
# That such an entry speaks of somebody tells that they reported something: their name is the auditor's to see, not the
# administrator's, who sees no health data.
TELL_OF_HEALTH = ("signal.", "task.")


@dataclass(frozen=True)
class Wanted:
    """A search as typed: numbers of persons, an action's code, campus days (both included)."""

    person: str = ""
    actor: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Line:
    """One entry as shown."""

    at: datetime
    who: str
    action: str
    code: str
    whom: str
    is_read: bool
    detail: list[tuple[str, str]]


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    older: audit.Cursor | None


def schools_of(by: Actor) -> tuple[int, ...]:
    """The schools whose trail the actor reads: those that lie wholly in a scope. Raises ``Problem(NOT_ALLOWED)`` for a post
    held below a school: an entry does not say in which college it belongs."""
    paths = tuple(by.paths(Verb.SEE_AUDIT))
    schools = Unit.objects.filter(kind=UnitKind.SCHOOL).values_list("pk", "path")
    found = tuple(school_id for school_id, path in schools if paths and path.startswith(paths))
    if not found:
        raise Problem(NOT_ALLOWED, verb=Verb.SEE_AUDIT.value)
    return found


def page(*, wanted: Wanted, by: Actor, before: audit.Cursor | None, at: datetime) -> Page:
    """One page of what was asked for, newest first."""
    found = audit.trail(_filter(wanted, by), before=before)
    return Page(_lines(found.entries, by), found.older)


@transaction.atomic
def export(*, wanted: Wanted, by: Actor, at: datetime) -> list[tuple[str, ...]]:
    """Everything that was asked for, as rows of text. Raises ``Problem(EXPORT_TOO_LARGE)``."""
    entries = audit.whole_trail(_filter(wanted, by), limit=EXPORT_LIMIT + 1)
    if len(entries) > EXPORT_LIMIT:
        raise Problem(EXPORT_TOO_LARGE, limit=EXPORT_LIMIT)
    audit_actions.record(
        by=by, school_id=by.school_id, at=at, action="audit.export", subject_type="school", subject_id=by.school_id,
        rows=len(entries), since=str(wanted.since or ""), until=str(wanted.until or ""),
    )  # fmt: skip
    return [
        (
            f"{clock.local(line.at):%Y-%m-%d %H:%M:%S}", line.who, line.action, line.whom, _("读") if line.is_read else _("写"),
            "；".join(f"{name} {value}" for name, value in line.detail),
        )
        for line in _lines(entries, by)
    ]  # fmt: skip


def _filter(wanted: Wanted, by: Actor) -> audit.Filter:
    found = audit.Filter(schools_of(by), action=wanted.action)
    if wanted.person:
        unsaid = () if _is_auditor(by) else TELL_OF_HEALTH
        found = replace(found, person_id=_person_id(wanted.person, found.schools), without=unsaid)
    if wanted.actor:
        found = replace(found, actor_id=_person_id(wanted.actor, found.schools))
    if wanted.since:
        found = replace(found, since=clock.moment(wanted.since, time()))
    if wanted.until:
        found = replace(found, until=clock.moment(wanted.until + timedelta(days=1), time()))
    return found


def _is_auditor(by: Actor) -> bool:
    return any(grant.role is Role.AUDITOR for grant in by.grants)


def _person_id(number: str, schools: tuple[int, ...]) -> int:
    typed = rules.plain(number)
    numbers = {typed, typed.upper(), typed.lower()}
    return Person.objects.filter(school_id__in=schools, number__in=numbers).values_list("pk", flat=True).first() or NOBODY


def _lines(entries: Iterable[Entry], by: Actor) -> list[Line]:
    entries, unsaid = list(entries), () if _is_auditor(by) else TELL_OF_HEALTH
    ids = {entry.subject_person_id for entry in entries if entry.subject_person_id}
    names = {person_id: f"{name} {number}" for person_id, name, number in
             Person.objects.filter(pk__in=ids).values_list("pk", "name", "number")}  # fmt: skip
    return [
        Line(
            at=entry.at, who=entry.actor_label if entry.actor_id else _("系统"), action=action_name(entry.action),
            code=entry.action, is_read=entry.is_read,
            whom="" if entry.action.startswith(unsaid) else names.get(entry.subject_person_id or NOBODY, ""),
            detail=shown_detail(_worded(entry.detail)),
        )
        for entry in entries
    ]  # fmt: skip


def _worded(detail: dict[str, Any]) -> dict[str, Any]:
    """Codes of roles and verbs as they are called."""
    roles, verbs = {role.value: role.label for role in Role}, {verb.value: str(name) for verb, name in rules.VERB_NAMES.items()}
    worded = dict(detail)
    if isinstance(detail.get("role"), str):
        worded["role"] = roles.get(detail["role"], detail["role"])
    if isinstance(detail.get("verbs"), list):
        worded["verbs"] = [verbs.get(verb, verb) for verb in map(str, detail["verbs"])]
    return worded
