"""Reads about people, units and posts, at any moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from linglou.foundation.access.actor import Actor, Grant
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import queries as trails
from linglou.foundation.people import rules
from linglou.foundation.people import search as searching
from linglou.foundation.people.facts import IN_FORCE_SQL as IN_FORCE_SQL
from linglou.foundation.people.facts import in_force as in_force
from linglou.foundation.people.facts import paths_of as paths_of
from linglou.foundation.people.facts import subtree
from linglou.foundation.people.models import Membership, Person, Post, Tree, Unit, UnitKind


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
    """The responsible chain of a person at a moment, as it was known at that moment, nearest first: the steps that are owed to
    somebody in their unit (``rules.chain_in``). A person without an administrative unit has only holes."""
    membership = (
        in_force(Membership.objects.filter(person_id=person_id, tree=Tree.ADMINISTRATION), at).select_related("unit").first()
    )
    if membership is None:
        return [Link(roles, None, ()) for roles in rules.CHAIN]
    return chain_of_unit(membership.unit, at=at)


def chain_of_unit(unit: Unit, *, at: datetime) -> list[Link]:
    """The responsible chain above a unit. Each step owed is looked for at the unit itself, then at its ancestors."""
    above = {ancestor.pk: ancestor for ancestor in Unit.objects.filter(pk__in=unit.ancestor_ids)}
    posts = in_force(Post.objects.filter(unit_id__in=above), at).select_related("person")
    held: dict[tuple[str, int], list[Person]] = defaultdict(list)
    for post in posts:
        held[post.role, post.unit_id or 0].append(post.person)
    links = []
    for roles in rules.chain_in(ancestor.kind for ancestor in above.values()):
        link = Link(roles, None, ())
        for unit_id in reversed(unit.ancestor_ids):
            holders = tuple(person for role in roles for person in held[role, unit_id])
            if holders:
                link = Link(roles, above[unit_id], holders)
                break
        links.append(link)
    return links


def chains_by_unit(unit_ids: Iterable[int], *, at: datetime) -> dict[int, list[list[tuple[Role, int]]]]:
    """``chain_of_unit`` for many units in three queries: per unit one item for each step of ``rules.CHAIN``, nearest first,
    with (role, person) of every holder; none where the step is vacant, or not owed there."""
    units = list(Unit.objects.filter(pk__in=set(unit_ids)))
    above = {ancestor for unit in units for ancestor in unit.ancestor_ids}
    kinds = dict(Unit.objects.filter(pk__in=above).values_list("pk", "kind"))
    posts = in_force(Post.objects.filter(unit_id__in=above), at).order_by("pk").values_list("role", "unit_id", "person_id")
    held: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    for role, unit_id, person_id in posts:
        held[role, unit_id].append(person_id)
    chains = {}
    for unit in units:
        ancestors = unit.ancestor_ids[::-1]
        owed = rules.chain_in(kinds[unit_id] for unit_id in ancestors)
        links: list[list[tuple[Role, int]]] = []
        for roles in rules.CHAIN:
            if roles not in owed:
                links.append([])
                continue
            steps = ([(role, person) for role in roles for person in held[role, unit_id]] for unit_id in ancestors)
            links.append(next((holders for holders in steps if holders), []))
        chains[unit.pk] = links
    return chains


def owners_by_unit(
    school_id: int, *, at: datetime, roles: Sequence[Role] = rules.OWNERS, unit_ids: Collection[int] | None = None
) -> dict[int, int]:
    """For every unit of a school (or those of ``unit_ids``) the person who owns tasks about its people: the nearest holder of
    the first of ``roles`` found going up, role by role (a counsellor at the class before a dean at the college). A counsellor
    owns what is about students, so nothing about a unit outside a class."""
    posts = in_force(Post.objects.filter(school_id=school_id, unit__isnull=False, role__in=roles), at).order_by("pk")
    held: dict[tuple[str, int], int] = {}
    for role, unit_id, person_id in posts.values_list("role", "unit_id", "person_id"):
        held.setdefault((role, unit_id), person_id)
    owners: dict[int, int] = {}
    units = Unit.objects.filter(school_id=school_id)
    classes = set(units.filter(kind="class").values_list("pk", flat=True))
    wanted = units if unit_ids is None else units.filter(pk__in=unit_ids)
    outside = [role for role in roles if role is not Role.COUNSELLOR]
    for unit_id, path in wanted.values_list("pk", "path"):
        ancestors = [int(part) for part in reversed(path.strip("/").split("/"))]
        owed = outside if classes.isdisjoint(ancestors) else roles
        found = (held.get((role, above)) for role in owed for above in ancestors)
        owner = next((person_id for person_id in found if person_id), None)
        if owner:
            owners[unit_id] = owner
    return owners


def holders_of(role: Role, *, school_id: int, at: datetime) -> list[int]:
    """Who holds a role anywhere in a school, in the order of their appointment."""
    posts = in_force(Post.objects.filter(role=role, school_id=school_id), at).order_by("pk")
    return list(dict.fromkeys(posts.values_list("person_id", flat=True)))


def units_by_id(ids: Iterable[int]) -> dict[int, Unit]:
    return Unit.objects.in_bulk(list(ids))


def units_of_persons(person_ids: Iterable[int], *, at: datetime) -> dict[int, int]:
    """Person -> the unit where they belong in the administration; nobody who belongs nowhere."""
    belongs = Membership.objects.filter(person_id__in=set(person_ids), tree=Tree.ADMINISTRATION)
    return dict(in_force(belongs, at).values_list("person_id", "unit_id"))


def person_by_number(school_id: int, number: str) -> Person | None:
    """Who has a student or staff number in a school, however it was typed. The caller asks whether that is theirs to know."""
    return Person.objects.filter(school_id=school_id, number__iexact=number.strip()).first()


def person_within(actor: Actor, verb: Verb, number: str, *, at: datetime) -> tuple[Person | None, Unit | None]:
    """Who has a number, and where they stand in the administration; (None, None) for nobody in the scope of ``verb``."""
    person = person_by_number(actor.school_id, number)
    belongs = in_force(Membership.objects.filter(person=person, tree=Tree.ADMINISTRATION), at).select_related("unit")
    unit = next((membership.unit for membership in belongs), None) if person else None
    return (person, unit) if unit and actor.may(verb, at=[unit.path]) else (None, None)


def home_of(person_id: int, *, at: datetime) -> tuple[str, str]:
    """Where a person lives on campus, and the bed; ('', '') for somebody who lives outside."""
    homes = in_force(Membership.objects.filter(person_id=person_id, tree=Tree.RESIDENCE), at).select_related("unit")
    home = homes.first()
    if home is None:
        return "", ""
    shown = [UnitKind.CAMPUS, UnitKind.BUILDING, UnitKind.ROOM]
    names = Unit.objects.filter(pk__in=home.unit.ancestor_ids, kind__in=shown).order_by("depth").values_list("name", flat=True)
    return " ".join(names), home.place


def persons_by_id(ids: Iterable[int]) -> dict[int, Person]:
    return Person.objects.in_bulk(list(ids))


# -- search --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Card:
    """A person in a list: ``place`` is where they belong in the administration, from the college down ('' : nowhere)."""

    person: Person
    place: str
    room: str


@dataclass(frozen=True)
class Found:
    """What a search gives. ``by_sound``: nobody is written so, these are read so. ``by_phone``: found by a whole number."""

    cards: list[Card] = field(default_factory=list)
    has_more: bool = False
    by_phone: bool = False
    by_sound: bool = False


def search(*, actor: Actor, text: str, at: datetime, limit: int = 20, kinds: Collection[str] = ()) -> Found:
    """People in the actor's scope whose name, pinyin, initials or number begin with ``text``, or whose phone it is (only for
    those whom the actor may contact). See ``people.search``; ``actions.look_up`` also leaves the trail of a phone search."""
    match = searching.match(actor=actor, text=text, at=at, limit=limit, kinds=kinds)
    return Found(cards_of(match.ids, at=at), match.has_more, match.by_phone, match.by_sound)


def members_for(unit: Unit, *, at: datetime, kinds: Collection[str], by: Actor, limit: int = 60) -> Found:
    """The people of the unit itself who may hold a post there, before anything is searched for: mostly it is one of them.
    Nobody, for whoever may not see names there."""
    if not by.may(Verb.SEE_NAMES, at=[unit.path]):
        return Found()
    ids = list(members_at(unit, at=at).filter(person__kind__in=kinds).values_list("person_id", flat=True)[: limit + 1])
    return Found(cards_of(ids[:limit], at=at), has_more=len(ids) > limit)


CARD_FIELDS = ("id", "school_id", "number", "name", "kind")

# Per person one row for each tree they belong to: where, in words, from below the school.
CARDS_SQL = f"""
    SELECT p.id, p.school_id, p.number, p.name, p.kind, here.tree, here.label
    FROM people_person p LEFT JOIN LATERAL (
        SELECT m.tree, (
            SELECT string_agg(a.name, ' · ' ORDER BY a.depth) FROM people_unit a
            WHERE a.id = ANY(string_to_array(trim(BOTH '/' FROM u.path), '/')::bigint[])
              AND a.kind NOT IN ('authority', 'school')
        ) AS label
        FROM people_membership m JOIN people_unit u ON u.id = m.unit_id
        WHERE m.person_id = p.id AND m.tree <> 'party' AND {IN_FORCE_SQL.format(f="m")}
    ) here ON true
    WHERE p.id = ANY(%(ids)s)
"""


def cards_of(person_ids: Sequence[int], *, at: datetime) -> list[Card]:
    """The persons in the order given, with where they belong, in one query. Of each person only what the list shows is loaded."""
    if not person_ids:
        return []
    persons: dict[int, Person] = {}
    places: dict[tuple[int, str], str] = {}
    with connection.cursor() as cursor:
        cursor.execute(CARDS_SQL, {"ids": list(person_ids), "at": at})
        for *columns, tree, label in cursor.fetchall():
            person = persons.setdefault(columns[0], Person.from_db("default", CARD_FIELDS, columns))
            places[person.pk, tree or ""] = label or ""
    return [
        Card(persons[pk], places.get((pk, Tree.ADMINISTRATION), ""), places.get((pk, Tree.RESIDENCE), ""))
        for pk in person_ids
        if pk in persons
    ]


def labels_of(units: Iterable[Unit]) -> dict[int, str]:
    """What to call each unit where its tree is not shown: its ancestors' names from below the school, joined by ' · '."""
    units = list(units)
    wanted = {part for unit in units for part in unit.ancestor_ids}
    names = dict(Unit.objects.filter(pk__in=wanted).exclude(kind__in=("authority", "school")).values_list("pk", "name"))
    return {unit.pk: " · ".join(names[part] for part in unit.ancestor_ids if part in names) or unit.name for unit in units}


def labels_by_path(paths: Iterable[str]) -> dict[str, str]:
    """``labels_of``, for units known by their paths."""
    units = list(Unit.objects.filter(path__in=list(paths)))
    labels = labels_of(units)
    return {unit.path: labels[unit.pk] for unit in units}


# -- one person ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Profile:
    """Where a person belongs and has belonged, the posts they hold, who is responsible for them, who their guardians are."""

    memberships: list[Membership]
    history: list[Membership]
    posts: list[Post]
    guardians: list[Post]
    chain: list[Link]
    labels: dict[int, str]
    departure: Departure | None = None


@dataclass(frozen=True)
class Departure:
    """That somebody has left the school: why (in words), and from when."""

    reason: str
    since: datetime


def departure_of(person: Person) -> Departure | None:
    """The last departure in the trail of a person; who has come back since is the caller's question."""
    wanted = trails.Filter((person.school_id,), person_id=person.pk, action="person.depart")
    for entry in trails.trail(wanted, limit=1).entries:
        reason = rules.LEAVE_REASONS.get(entry.detail.get("reason", ""), "")
        return Departure(str(reason), datetime.fromisoformat(entry.detail["since"]))
    return None


def profile_of(person: Person, *, at: datetime) -> Profile:
    facts = list(Membership.objects.filter(person=person, superseded_at=None).select_related("unit").order_by("-starts_at"))
    trees = list(Tree)
    current = [fact for fact in facts if fact.starts_at <= at and (fact.ends_at is None or fact.ends_at > at)]
    posts = list(
        in_force(Post.objects.filter(Q(person=person) | Q(ward=person)), at)
        .select_related("unit", "ward", "person")
        .order_by("pk")
    )
    units = [fact.unit for fact in facts] + [post.unit for post in posts if post.unit]
    return Profile(
        memberships=sorted(current, key=lambda fact: trees.index(Tree(fact.tree))),
        history=facts,
        posts=[post for post in posts if post.person_id == person.pk],
        guardians=[post for post in posts if post.ward_id == person.pk],
        chain=chain_of(person.pk, at=at),
        labels=labels_of(units),
        departure=None if current else departure_of(person),
    )


# -- units ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Branch:
    """A unit in a list of its siblings, with how many people belong to it or under it."""

    unit: Unit
    members: int


@dataclass(frozen=True)
class Seat:
    """A post that can be held at a unit, and who holds it (none: vacant; which matters where the unit needs it)."""

    role: Role
    posts: list[Post]
    is_needed: bool


MEMBERS_SQL = f"""
    SELECT split_part(u.path, '/', %(position)s)::bigint AS child, count(*)
    FROM people_membership m JOIN people_unit u ON u.id = m.unit_id
    WHERE u.path > %(path)s AND u.path < %(path_end)s AND u.tree = %(tree)s AND {IN_FORCE_SQL.format(f="m")}
    GROUP BY child
"""


def children_of(unit: Unit, *, tree: str, at: datetime) -> list[Branch]:
    """The open units right under ``unit`` in one tree, kind by kind, with the number of people in each subtree."""
    kinds = [kind for _tree, kind in rules.CHILDREN.get(unit.kind, ())]
    children = list(Unit.objects.filter(parent=unit, tree=tree, closed_at=None).order_by("sort_key", "pk"))
    children.sort(key=lambda child: kinds.index(child.kind) if child.kind in kinds else len(kinds))
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"position": unit.path.count("/") + 1, "tree": tree, "at": at, **subtree(unit.path)}
        cursor.execute(MEMBERS_SQL, values)
        counts = dict(cursor.fetchall())
    return [Branch(child, counts.get(child.pk, 0)) for child in children]


def members_at(unit: Unit, *, at: datetime) -> QuerySet[Membership]:
    """The people who belong to the unit itself, not to a part of it, in the order of their numbers."""
    facts = in_force(Membership.objects.filter(unit=unit), at)
    return facts.select_related("person").defer("person__id_number", "person__guardian_phone").order_by("person__number")


def seats_of(unit: Unit, *, at: datetime) -> list[Seat]:
    """Every post that a unit of its kind has, held or vacant."""
    posts = in_force(Post.objects.filter(unit=unit), at).select_related("person").order_by("starts_at", "pk")
    held: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        held[post.role].append(post)
    return [Seat(role, held[role], rules.is_needed(role, unit.kind)) for role in rules.roles_at(unit.kind)]


def ancestors_of(unit: Unit) -> list[Unit]:
    """From the root to the parent."""
    return list(Unit.objects.filter(pk__in=unit.ancestor_ids[:-1]).order_by("depth"))
