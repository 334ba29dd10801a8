"""Reads of contacts. Each person shown leaves an entry in the trail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from linglou.domains.cases.models import Case, Contact, ContactState, Status
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit


@dataclass(frozen=True)
class Filter:
    """What of the contacts of a case is shown. ``close``: '' all, 'close' or 'not'."""

    state: str = ContactState.PROPOSED
    where: str = ""
    close: str = ""
    degree: str = ""
    text: str = ""


def filtered(case: Case, wanted: Filter) -> QuerySet[Contact]:
    """Close ones first, the longest together first."""
    contacts = Contact.objects.filter(case=case).select_related("person", "unit", "via__person")
    if wanted.state:
        contacts = contacts.filter(state=wanted.state)
    if wanted.where:
        contacts = contacts.filter(where=wanted.where)
    if wanted.close:
        contacts = contacts.filter(is_close=wanted.close == "close")
    if wanted.degree:
        contacts = contacts.filter(degree=int(wanted.degree))
    if wanted.text:
        contacts = contacts.filter(
            Q(person__name__icontains=wanted.text)
            | Q(person__number__icontains=wanted.text)
            | Q(unit__name__icontains=wanted.text)
        )
    return contacts.order_by("degree", "-is_close", "-minutes", "pk")


def first_degree(case_ids: Iterable[int]) -> QuerySet[Contact]:
    """Contacts of the first degree of some cases that are confirmed, or still wait for a review. ``whose`` says of which."""
    contacts = _of(case_ids).filter(degree=1)
    shown = contacts.filter(state__in=[ContactState.CONFIRMED, ContactState.PROPOSED])
    needed = ("person_id", "unit_id", "state", "where", "place", "minutes", "first_at", "last_at")  # there may be thousands
    of_case = ("case__disease", "case__diagnosed_at", "case__merged_into_id")
    return shown.select_related("case").only("case_id", *needed, *of_case).order_by("case_id", "pk")


def confirmed(case_ids: Iterable[int]) -> QuerySet[Contact]:
    """The confirmed contacts of some cases, of both degrees, with all that is told of them. ``whose`` says of which."""
    contacts = _of(case_ids).filter(state=ContactState.CONFIRMED)
    return contacts.select_related("case__person", "person", "unit", "via__person").order_by("case_id", "pk")


def waiting_of(cases: Iterable[Case]) -> dict[int, int]:
    """Case -> how many of its contacts wait for a review; only those that have any."""
    waiting = Contact.objects.filter(case__in=list(cases), state=ContactState.PROPOSED).order_by()
    return dict(waiting.values_list("case_id").annotate(n=Count("pk")))


def _of(case_ids: Iterable[int]) -> QuerySet[Contact]:
    """Of cases, and of those merged into them."""
    wanted = list(case_ids)
    return Contact.objects.filter(Q(case_id__in=wanted) | Q(case__merged_into__in=wanted))


def whose(contact: Contact) -> int:
    """The case that a contact is of: where its case was merged into another, the other."""
    return contact.case.merged_into_id or contact.case_id


def counts(case: Case) -> dict[str, int]:
    """How many contacts there are in each state."""
    found = dict(Contact.objects.filter(case=case).order_by().values_list("state").annotate(n=Count("pk")))
    return {state: found.get(state, 0) for state in ContactState.values}


def kinds(case: Case, state: str) -> dict[str, int]:
    """Kind of meeting -> how many of the contacts in a state ('' any) it speaks for, the most first."""
    contacts = Contact.objects.filter(case=case, **({"state": state} if state else {}))
    return dict(contacts.values_list("where").annotate(n=Count("pk")).order_by("-n", "where"))


def has_second_degree(case: Case) -> bool:
    return Contact.objects.filter(case=case, degree=2).exists()


@transaction.atomic
def shown(actor: Actor, contacts: Iterable[Contact], *, at: datetime) -> list[Contact]:
    """The rows of one page, audited."""
    rows = list(contacts)
    _look(actor, rows, at)
    return rows


def mine(actor: Actor) -> QuerySet[Contact]:
    """Confirmed contacts among the people in the actor's scope: who, since when, of which degree; never of whom. Each person once,
    by the contact that was the last."""
    scope = within(actor, Verb.SEE_CASES)
    contacts = Contact.objects.filter(scope, school_id=actor.school_id, state=ContactState.CONFIRMED)
    contacts = contacts.exclude(case__status=Status.EXCLUDED)
    last = contacts.order_by("person_id", "-last_at", "degree").distinct("person_id").values("pk")
    return Contact.objects.filter(pk__in=last).select_related("person", "unit").order_by("-last_at", "pk")


def _look(actor: Actor, rows: Sequence[Contact], at: datetime) -> None:
    audit.record_reads(
        by=actor, school_id=actor.school_id, at=at, action="contact.list", person_ids=sorted({row.person_id for row in rows})
    )
