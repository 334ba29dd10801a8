"""Reads about people, units and posts, at any moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from linglou.foundation.access.actor import Actor, Grant
from linglou.foundation.access.roles import Role
from linglou.foundation.people import rules
from linglou.foundation.people.models import Fact, Membership, Person, Post, Tree, Unit

F = TypeVar("F", bound=Fact)

# The condition by which SQL picks the facts that hold, and were known, at one moment; ``{f}`` is the table's alias.
IN_FORCE_SQL = (
    "{f}.starts_at <= %(at)s AND ({f}.ends_at IS NULL OR {f}.ends_at > %(at)s) "
    "AND {f}.recorded_at <= %(at)s AND ({f}.superseded_at IS NULL OR {f}.superseded_at > %(at)s)"
)


def in_force(facts: QuerySet[F], at: datetime) -> QuerySet[F]:
    """The facts that hold at ``at`` as they were known at ``at``."""
    return facts.filter(
        Q(ends_at=None) | Q(ends_at__gt=at),
        Q(superseded_at=None) | Q(superseded_at__gt=at),
        starts_at__lte=at,
        recorded_at__lte=at,
    )


def units_in(path: str) -> QuerySet[Unit]:
    """The subtree of a path, open units only."""
    return Unit.objects.filter(path__startswith=path, closed_at=None)


def grants_of(person_id: int, *, at: datetime) -> tuple[Grant, ...]:
    """What a person's posts give at ``at``."""
    posts = in_force(Post.objects.filter(person_id=person_id), at).select_related("unit")
    return tuple(Grant(Role(post.role), post.unit_id, post.unit.path if post.unit else "", post.ward_id) for post in posts)


def actor_of(person: Person, *, account_id: int, at: datetime) -> Actor:
    return Actor(
        person_id=person.pk,
        school_id=person.school_id,
        account_id=account_id,
        name=person.name,
        grants=grants_of(person.pk, at=at),
    )


def paths_of(person_id: int, *, at: datetime) -> list[str]:
    """The paths of every unit the person belongs to: what ``Actor.may(verb, at=...)`` is asked about a person."""
    return list(in_force(Membership.objects.filter(person_id=person_id), at).values_list("unit__path", flat=True))


def members_of(path: str, *, at: datetime, tree: Tree = Tree.ADMINISTRATION) -> QuerySet[Membership]:
    """Memberships in a subtree at a moment, with the person and the unit."""
    members = Membership.objects.filter(unit__path__startswith=path, tree=tree)
    return in_force(members, at).select_related("person", "unit")


@dataclass(frozen=True)
class Link:
    """One step of a responsible chain: the unit where the post is held, and its holders (none: a hole)."""

    roles: tuple[Role, ...]
    unit: Unit | None
    holders: tuple[Person, ...]


def chain_of(person_id: int, *, at: datetime) -> list[Link]:
    """The responsible chain of a person at a moment, nearest first. A person without an administrative unit has only holes."""
    membership = (
        in_force(Membership.objects.filter(person_id=person_id, tree=Tree.ADMINISTRATION), at).select_related("unit").first()
    )
    if membership is None:
        return [Link(roles, None, ()) for roles in rules.CHAIN]
    return chain_of_unit(membership.unit, at=at)


def chain_of_unit(unit: Unit, *, at: datetime) -> list[Link]:
    """The responsible chain above a unit. Each step is looked for at the unit itself, then at its ancestors."""
    above = {ancestor.pk: ancestor for ancestor in Unit.objects.filter(pk__in=unit.ancestor_ids)}
    posts = in_force(Post.objects.filter(unit_id__in=above), at).select_related("person")
    held: dict[tuple[str, int], list[Person]] = defaultdict(list)
    for post in posts:
        held[post.role, post.unit_id or 0].append(post.person)
    links = []
    for roles in rules.CHAIN:
        link = Link(roles, None, ())
        for unit_id in reversed(unit.ancestor_ids):
            holders = tuple(person for role in roles for person in held[role, unit_id])
            if holders:
                link = Link(roles, above[unit_id], holders)
                break
        links.append(link)
    return links


def chains_by_unit(unit_ids: Iterable[int], *, at: datetime) -> dict[int, list[list[tuple[Role, int]]]]:
    """``chain_of_unit`` for many units in two queries: per unit, nearest link first, (role, person) of every holder."""
    units = list(Unit.objects.filter(pk__in=set(unit_ids)))
    above = {ancestor for unit in units for ancestor in unit.ancestor_ids}
    posts = in_force(Post.objects.filter(unit_id__in=above), at).order_by("pk").values_list("role", "unit_id", "person_id")
    held: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    for role, unit_id, person_id in posts:
        held[role, unit_id].append(person_id)
    chains = {}
    for unit in units:
        ancestors = unit.ancestor_ids[::-1]
        links = []
        for roles in rules.CHAIN:
            steps = ([(role, person) for role in roles for person in held[role, unit_id]] for unit_id in ancestors)
            links.append(next((holders for holders in steps if holders), []))
        chains[unit.pk] = links
    return chains


def owners_by_unit(school_id: int, *, at: datetime, roles: Sequence[Role] = rules.OWNERS) -> dict[int, int]:
    """For every open unit of a school the person who owns tasks about its people: the nearest holder of the first of
    ``roles`` found going up, role by role (a counsellor at the class before a dean at the college)."""
    posts = in_force(Post.objects.filter(school_id=school_id, unit__isnull=False, role__in=roles), at).order_by("pk")
    held: dict[tuple[str, int], int] = {}
    for role, unit_id, person_id in posts.values_list("role", "unit_id", "person_id"):
        held.setdefault((role, unit_id), person_id)
    owners: dict[int, int] = {}
    for unit in Unit.objects.filter(school_id=school_id).only("pk", "path"):
        ancestors = unit.ancestor_ids[::-1]
        found = (held.get((role, unit_id)) for role in roles for unit_id in ancestors)
        owner = next((person_id for person_id in found if person_id), None)
        if owner:
            owners[unit.pk] = owner
    return owners


def persons_by_id(ids: Iterable[int]) -> dict[int, Person]:
    return Person.objects.in_bulk(list(ids))
