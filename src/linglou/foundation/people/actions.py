"""Writes about people: units are opened and closed, memberships and posts are added and superseded, never changed."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Membership, Person, Post, Unit
from linglou.foundation.people.problems import ENDS_BEFORE_START, POST_ALREADY_HELD, UNIT_NAME_TAKEN
from linglou.kernel.problems import Problem


@transaction.atomic
def open_unit(
    *, parent: Unit | None, tree: str, kind: str, name: str, at: datetime, by: Actor | None, code: str = "", sort_key: str = ""
) -> Unit:
    """Open a unit under ``parent``. Raises ``Problem(UNIT_NAME_TAKEN)``."""
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
    if unit.school_id:
        audit.record(
            by=by, school_id=unit.school_id, at=at, action="unit.open", subject_type="unit", subject_id=unit.pk, name=name
        )
    return unit


@transaction.atomic
def join(*, person: Person, unit: Unit, at: datetime, by: Actor | None, place: str = "") -> Membership:
    """The person belongs to ``unit`` from ``at``; an open membership in the same tree ends at that moment."""
    leave(person=person, tree=unit.tree, at=at, by=by)
    membership = Membership.objects.create(
        school_id=person.school_id, person=person, unit=unit, tree=unit.tree, place=place, starts_at=at, recorded_at=at,
        recorded_by=by.person_id if by else None,
    )  # fmt: skip
    _audit(by, person, at, "membership.join", unit_id=unit.pk)
    return membership


@transaction.atomic
def leave(*, person: Person, tree: str, at: datetime, by: Actor | None) -> None:
    """End the open membership of one tree, if there is one."""
    for fact in Membership.objects.select_for_update().filter(person=person, tree=tree, superseded_at=None, ends_at=None):
        _end(fact, at, by)
        _audit(by, person, at, "membership.leave", unit_id=fact.unit_id)


@transaction.atomic
def appoint(
    *, person: Person, role: Role, at: datetime, by: Actor | None, unit: Unit | None = None, ward: Person | None = None
) -> Post:
    """Give a post. Raises ``Problem(POST_ALREADY_HELD)``."""
    try:
        with transaction.atomic():
            post = Post.objects.create(
                school_id=person.school_id, person=person, role=role, unit=unit, ward=ward, starts_at=at, recorded_at=at,
                recorded_by=by.person_id if by else None,
            )  # fmt: skip
    except IntegrityError as error:
        raise Problem(POST_ALREADY_HELD, name=person.name) from error
    _audit(by, person, at, "post.appoint", role=role.value, unit_id=unit.pk if unit else None)
    return post


@transaction.atomic
def dismiss(*, post: Post, at: datetime, by: Actor | None) -> None:
    """End a post."""
    _end(post, at, by)
    _audit(by, post.person, at, "post.dismiss", role=post.role, unit_id=post.unit_id)


def _end(fact: Membership | Post, at: datetime, by: Actor | None) -> None:
    """Supersede an open fact by the same fact with an end. A fact that never held a moment is only superseded."""
    if fact.starts_at > at:
        raise Problem(ENDS_BEFORE_START, starts=fact.starts_at, ends=at)
    closed = {field.attname: getattr(fact, field.attname) for field in fact._meta.concrete_fields if not field.primary_key}
    fact.superseded_at = at
    fact.save(update_fields=["superseded_at"])
    if fact.starts_at < at:
        closed |= {"ends_at": at, "recorded_at": at, "superseded_at": None, "recorded_by": by.person_id if by else None}
        type(fact).objects.create(**closed)


def _audit(by: Actor | None, person: Person, at: datetime, action: str, **detail: object) -> None:
    audit.record(
        by=by, school_id=person.school_id, at=at, action=action, subject_type="person", subject_id=person.pk,
        person_id=person.pk, **detail,
    )  # fmt: skip
