"""Writes about people: units are opened and closed, memberships and posts are added and superseded, never changed.

``at`` is when a thing is recorded; ``since`` (default: ``at``) when it starts to hold, earlier or later. What was known at any past
moment stays as it was: a fact recorded today does not exist for yesterday's roster, whatever day it speaks of.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import access, chain_audit, contacts, names, queries, rules
from linglou.foundation.people.facts import in_force
from linglou.foundation.people.models import Membership, Person, PersonKind, Post, Readiness, Tree, Unit
from linglou.foundation.people.problems import (
    ALREADY_THERE,
    CHAIN_HAS_HOLES,
    ENDS_BEFORE_START,
    LAST_ADMINISTRATOR,
    NOT_A_MEMBER,
    POST_ALREADY_HELD,
    POST_ENDED,
    POST_NOT_FOR_THEM,
    POST_NOT_HERE,
    POSTS_APART,
    UNIT_CLOSED,
    UNIT_HAS_NO_MEMBERS,
    UNIT_KIND_NOT_HERE,
    UNIT_NAME_TAKEN,
    UNIT_NOT_EMPTY,
    UNIT_STILL_STAFFED,
    WARD_IS_THEMSELVES,
)
from linglou.kernel.problems import Problem

# -- units ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_unit(
    *, parent: Unit | None, tree: str, kind: str, name: str, at: datetime, by: Actor | None, code: str = "", sort_key: str = ""
) -> Unit:
    """Open a unit under ``parent``. Raises ``Problem`` UNIT_KIND_NOT_HERE, UNIT_CLOSED (the parent) or UNIT_NAME_TAKEN."""
    if not rules.may_stand_under(tree, kind, parent.kind if parent else None):
        raise Problem(UNIT_KIND_NOT_HERE, parent=parent.name if parent else "—", wanted=kind)
    if parent:
        _lock_open(parent)
    unit = Unit(
        parent=parent, tree=tree, kind=kind, name=name, code=code, sort_key=sort_key or name, opened_at=at, path="",
        depth=parent.depth + 1 if parent else 0, school_id=parent.school_id if parent else None,
    )  # fmt: skip
    try:
        with transaction.atomic():
            unit.path = f"new:{tree}:{kind}:{name}:{parent.pk if parent else 0}"
            unit.save()
    except IntegrityError as error:
        raise Problem(UNIT_NAME_TAKEN, name=name) from error
    unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
    if kind == "school":
        unit.school_id = unit.pk
    unit.save(update_fields=["path", "school"])
    _audit_unit(by, unit, at, "unit.open")
    return unit


@transaction.atomic
def close_unit(*, unit: Unit, at: datetime, by: Actor | None) -> None:
    """Close a unit for good. Raises ``Problem`` UNIT_CLOSED, UNIT_NOT_EMPTY (members, planned ones too, or open units under
    it) or UNIT_STILL_STAFFED (posts in force or planned)."""
    unit = _lock_open(unit)
    still = Q(superseded_at=None) & (Q(ends_at=None) | Q(ends_at__gt=at))
    members = Membership.objects.filter(still, unit=unit).count()
    children = Unit.objects.filter(parent=unit, closed_at=None).count()
    if members or children:
        raise Problem(UNIT_NOT_EMPTY, name=unit.name, members=members, children=children)
    posts = Post.objects.filter(still, unit=unit).count()
    if posts:
        raise Problem(UNIT_STILL_STAFFED, name=unit.name, posts=posts)
    unit.closed_at = at
    unit.save(update_fields=["closed_at"])
    _audit_unit(by, unit, at, "unit.close")


def _lock_open(unit: Unit) -> Unit:
    """The unit's row, locked, so that nobody closes it meanwhile. Raises ``Problem(UNIT_CLOSED)``."""
    locked = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    if locked.closed_at is not None:
        raise Problem(UNIT_CLOSED, name=locked.name)
    return locked


# -- where people belong -------------------------------------------------------------------------------------------------


@transaction.atomic
def join(
    *, person: Person, unit: Unit, at: datetime, by: Actor | None, place: str = "", since: datetime | None = None
) -> Membership:
    """The person belongs to ``unit`` from ``since``; what holds in the same tree ends at that moment, and what was planned
    after it is given up. Raises ``Problem`` UNIT_HAS_NO_MEMBERS, UNIT_CLOSED, ALREADY_THERE or ENDS_BEFORE_START."""
    since = since or at
    if unit.kind not in rules.HAVE_MEMBERS or unit.school_id != person.school_id:
        raise Problem(UNIT_HAS_NO_MEMBERS, name=unit.name)
    _lock_open(unit)
    open_facts = Membership.objects.filter(person=person, tree=unit.tree, superseded_at=None, ends_at=None)
    if open_facts.filter(unit=unit, place=place, starts_at__lte=since).exists():
        raise Problem(ALREADY_THERE, name=person.name, unit=unit.name)
    leave(person=person, tree=unit.tree, at=at, by=by, since=since)
    membership = Membership.objects.create(
        school_id=person.school_id, person=person, unit=unit, tree=unit.tree, place=place, starts_at=since, recorded_at=at,
        recorded_by=by.person_id if by else None,
    )  # fmt: skip
    _audit(by, person, at, "membership.join", unit_id=unit.pk)
    return membership


@transaction.atomic
def leave(*, person: Person, tree: str, at: datetime, by: Actor | None, since: datetime | None = None, reason: str = "") -> int:
    """End at ``since`` what holds in one tree, and give up what is planned after it; how many facts that were (0: none).
    Raises ``Problem(ENDS_BEFORE_START)`` when it would end before it began."""
    since = since or at
    facts = Membership.objects.select_for_update().filter(Q(ends_at=None) | Q(ends_at__gt=since), person=person, tree=tree)
    ended = 0
    for fact in facts.filter(superseded_at=None):
        _end(fact, at, by, since)
        _audit(by, person, at, "membership.leave", unit_id=fact.unit_id, **({"reason": reason} if reason else {}))
        ended += 1
    return ended


@transaction.atomic
def end_membership(
    *, person: Person, tree: str, at: datetime, by: Actor | None, since: datetime | None = None, reason: str = ""
) -> None:
    """``leave``, asked for by somebody, with a reason of ``rules.LEAVE_REASONS``. Raises ``Problem(NOT_A_MEMBER)`` when there is
    nothing to end."""
    if not leave(person=person, tree=tree, at=at, by=by, since=since, reason=reason):
        raise Problem(NOT_A_MEMBER, name=person.name)


@transaction.atomic
def depart(*, person: Person, at: datetime, by: Actor | None, reason: str, since: datetime | None = None) -> None:
    """The person leaves the school at ``since``: every membership and post ends, and every guardian's post over them. What the
    import does with a confirmed leaver. Raises ``Problem`` NOT_A_MEMBER (nothing to end), ENDS_BEFORE_START or
    LAST_ADMINISTRATOR."""
    since = since or at
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    still = Q(superseded_at=None) & (Q(ends_at=None) | Q(ends_at__gt=since))
    posts = list(Post.objects.select_for_update().filter(still & (Q(person=person) | Q(ward=person))).order_by("pk"))
    ended = sum(leave(person=person, tree=tree, at=at, by=by, since=since, reason=reason) for tree in Tree)
    if not ended and not posts:
        raise Problem(NOT_A_MEMBER, name=person.name)
    for post in posts:
        if post.person_id == person.pk:
            _check_others_administer(post, person, at)
        _end(post, at, by, since)
        _audit(by, post.person, at, "post.dismiss", role=post.role, unit_id=post.unit_id, reason=reason)
    _audit(by, person, at, "person.depart", reason=reason, since=since.isoformat())


# -- posts ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def appoint(
    *,
    person: Person,
    role: Role,
    at: datetime,
    by: Actor | None,
    unit: Unit | None = None,
    ward: Person | None = None,
    since: datetime | None = None,
) -> Post:
    """Give a post at ``unit``, or a guardian's for ``ward``, from ``since``. Raises ``Problem`` POST_NOT_HERE, UNIT_CLOSED,
    POST_NOT_FOR_THEM, POSTS_APART, WARD_IS_THEMSELVES or POST_ALREADY_HELD. Who may give it is ``access``'s question."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if unit:
        if unit.kind not in rules.POSTS_AT[role] or unit.school_id not in (None, person.school_id):
            raise Problem(POST_NOT_HERE, unit=unit.name, role=role.label)
        _lock_open(unit)
    elif role is not Role.GUARDIAN or ward is None or ward.school_id != person.school_id:
        raise Problem(POST_NOT_HERE, unit="—", role=role.label)
    elif ward.pk == person.pk:
        raise Problem(WARD_IS_THEMSELVES, name=person.name)
    if person.kind not in rules.POSTS_FOR[role]:
        raise Problem(POST_NOT_FOR_THEM, name=person.name, role=role.label)
    still = Post.objects.filter(Q(ends_at=None) | Q(ends_at__gt=since or at), person=person, superseded_at=None)
    clash = rules.conflicts(role, (Role(held) for held in still.values_list("role", flat=True)))
    if clash:
        raise Problem(POSTS_APART, name=person.name, held=clash[0].label, role=role.label)
    try:
        with transaction.atomic():
            post = Post.objects.create(
                school_id=person.school_id, person=person, role=role, unit=unit, ward=ward, starts_at=since or at,
                recorded_at=at, recorded_by=by.person_id if by else None,
            )  # fmt: skip
    except IntegrityError as error:
        raise Problem(POST_ALREADY_HELD, name=person.name) from error
    _audit(
        by, person, at, "post.appoint", role=role.value, unit_id=unit.pk if unit else None, ward_id=ward.pk if ward else None
    )
    return post


@transaction.atomic
def appoint_guardian(*, ward: Person, name: str, phone: str, at: datetime, by: Actor | None) -> Post:
    """Make somebody the guardian of ``ward``: the guardian or member of staff who is known by that name and phone, or a new
    guardian, numbered after the ward. Raises what ``appoint`` raises, and OWN_POST for whoever names themselves."""
    name = names.normalise(name)
    known = Person.objects.filter(school_id=ward.school_id, name=name, phone_index=contacts.phone_index(phone))
    person = known.filter(kind__in=rules.POSTS_FOR[Role.GUARDIAN]).first() or Person.objects.create(
        school_id=ward.school_id, number=_guardian_number(ward), name=name, kind=PersonKind.GUARDIAN,
        phone=contacts.normal_phone(phone), created_at=at,
    )  # fmt: skip
    if by:  # only now is it known whom the name and the phone meant
        access.check_user_can_appoint(by, Role.GUARDIAN, person, at, ward=ward)
    return appoint(person=person, role=Role.GUARDIAN, ward=ward, at=at, by=by)


def _guardian_number(ward: Person) -> str:
    """JZ and the ward's number; the second guardian gets -2, and so on."""
    Person.objects.select_for_update(no_key=True).get(pk=ward.pk)
    first = f"JZ{ward.number}"[:36]
    taken = set(Person.objects.filter(school_id=ward.school_id, number__startswith=first).values_list("number", flat=True))
    return next(number for n in range(1, len(taken) + 2) if (number := first if n == 1 else f"{first}-{n}") not in taken)


@transaction.atomic
def dismiss(*, post: Post, at: datetime, by: Actor | None) -> None:
    """End a post. Raises ``Problem`` POST_ENDED, or LAST_ADMINISTRATOR: somebody must be able to appoint the next one."""
    fact = Post.objects.select_for_update(of=("self",)).select_related("person").get(pk=post.pk)
    if fact.superseded_at is not None or (fact.ends_at is not None and fact.ends_at <= at):
        raise Problem(POST_ENDED, name=fact.person.name)
    _check_others_administer(fact, fact.person, at)
    _end(fact, at, by, at)
    _audit(by, fact.person, at, "post.dismiss", role=fact.role, unit_id=fact.unit_id)


def _check_others_administer(post: Post, person: Person, at: datetime) -> None:
    if post.role == Role.ADMINISTRATOR and post.unit_id:
        administrators = Post.objects.select_for_update().filter(unit_id=post.unit_id, role=Role.ADMINISTRATOR)
        if not [other for other in in_force(administrators, at) if other.person_id != person.pk]:
            raise Problem(LAST_ADMINISTRATOR, name=person.name)


def _end(fact: Membership | Post, at: datetime, by: Actor | None, since: datetime) -> None:
    """Supersede a fact by the same fact with an end. One that would never hold a moment, because it was only planned, is only
    superseded. Raises ``Problem(ENDS_BEFORE_START)`` for one that has already held."""
    if since < fact.starts_at <= at:
        raise Problem(ENDS_BEFORE_START, starts=fact.starts_at, ends=since)
    closed = {field.attname: getattr(fact, field.attname) for field in fact._meta.concrete_fields if not field.primary_key}
    fact.superseded_at = at
    fact.save(update_fields=["superseded_at"])
    if fact.starts_at < since:
        closed |= {"ends_at": since, "recorded_at": at, "superseded_at": None, "recorded_by": by.person_id if by else None}
        type(fact).objects.create(**closed)


# -- reads that leave a trail --------------------------------------------------------------------------------------------


@transaction.atomic
def look_up(*, by: Actor, text: str, at: datetime, limit: int = 20, kinds: Collection[str] = ()) -> queries.Found:
    """``queries.search``; when a phone number told whose it is, that is a read of a sensitive record."""
    found = queries.search(actor=by, text=text, at=at, limit=limit, kinds=kinds)
    if found.by_phone:
        record_read(by=by, persons=[card.person for card in found.cards], at=at, what="phone")
    return found


@transaction.atomic
def view_person(*, by: Actor, person_id: int, at: datetime, contact: bool = True, identity: bool = False) -> View:
    """Everything that ``by`` may see of a person. Phone numbers are in clear when they may be seen and ``contact`` is asked for,
    the id number and birth date when ``identity`` is; either leaves a trail. Raises ``Problem`` NOT_FOUND, or NOT_ALLOWED for
    an identity that may not be seen."""
    person = access.get_person(by, person_id, at)
    sight = access.sight_of(by, person, at)
    if identity:
        access.check_user_can_see_identity(by, person.pk, at)
    clear_contact, clear_identity = contact and sight.contact, identity or sight.own
    if clear_contact and (person.phone or person.guardian_phone):
        record_read(by=by, persons=[person], at=at, what="contact")
    if clear_identity:
        record_read(by=by, persons=[person], at=at, what="identity")
    masked = contacts.masked_phone
    return View(
        person=person,
        sight=sight,
        profile=queries.profile_of(person, at=at),
        phone=person.phone if clear_contact else masked(person.phone),
        guardian_name=person.guardian_name if sight.contact else "",
        guardian_phone=person.guardian_phone if clear_contact else masked(person.guardian_phone) if sight.contact else "",
        id_number=person.id_number if clear_identity
        else contacts.masked_id_number(person.id_number) if sight.contact or sight.identity else "",
        birth_date=person.birth_date if clear_identity else None,
        contact_is_clear=clear_contact,
        identity_is_clear=clear_identity,
    )  # fmt: skip


@dataclass(frozen=True)
class View:
    """A person as one viewer sees them. A phone or id number that may not be seen is masked, or '' where even that says too
    much: a class monitor learns nothing of families and papers."""

    person: Person
    sight: access.Sight
    profile: queries.Profile
    phone: str
    guardian_name: str
    guardian_phone: str
    id_number: str
    birth_date: date | None
    contact_is_clear: bool
    identity_is_clear: bool


def record_read(*, by: Actor, persons: list[Person], at: datetime, what: str) -> None:
    """Somebody has been shown ``what`` (contact, identity, phone) of these persons in clear. A look at oneself leaves none."""
    ids = [person.pk for person in persons]
    if ids:
        audit.record_reads(by=by, school_id=persons[0].school_id, at=at, action=f"person.read-{what}", person_ids=ids)


# -- readiness -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def declare_ready(*, school: Unit, at: datetime, by: Actor) -> Readiness:
    """Declare that the school's responsible chain is whole, in place of an earlier declaration.
    Raises ``Problem(CHAIN_HAS_HOLES)``."""
    _lock_open(school)
    holes = chain_audit.run(school, at=at).holes
    if holes:
        raise Problem(CHAIN_HAS_HOLES, holes=holes)
    Readiness.objects.filter(school=school, withdrawn_at=None).update(withdrawn_at=at)
    readiness = Readiness.objects.create(school=school, declared_at=at, declared_by_id=by.person_id)
    _audit_unit(by, school, at, "readiness.declare")
    return readiness


@transaction.atomic
def withdraw_readiness(*, school: Unit, at: datetime, by: Actor) -> None:
    """Take the declaration back; nothing happens when there is none."""
    if Readiness.objects.filter(school=school, withdrawn_at=None).update(withdrawn_at=at):
        _audit_unit(by, school, at, "readiness.withdraw")


def _audit_unit(by: Actor | None, unit: Unit, at: datetime, action: str) -> None:
    if unit.school_id:
        audit.record(
            by=by, school_id=unit.school_id, at=at, action=action, subject_type="unit", subject_id=unit.pk, name=unit.name
        )


def _audit(by: Actor | None, person: Person, at: datetime, action: str, **detail: Any) -> None:
    audit.record(
        by=by, school_id=person.school_id, at=at, action=action, subject_type="person", subject_id=person.pk,
        person_id=person.pk, **detail,
    )  # fmt: skip
