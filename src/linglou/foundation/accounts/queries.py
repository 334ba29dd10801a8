"""Reads about accounts: who may get a code, one's own sessions and tokens, who looked at one's record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.accounts import rules
from linglou.foundation.accounts.models import Account, ActivationCode, ApiToken
from linglou.foundation.accounts.problems import ABOVE_YOUR_SCOPE, ACCOUNT_EXISTS
from linglou.foundation.audit import queries as audit
from linglou.foundation.audit.models import Entry
from linglou.foundation.audit.rules import action_name
from linglou.foundation.people import chain_audit
from linglou.foundation.people.models import Membership, Person, PersonKind, Post, Readiness, Tree, Unit, UnitKind
from linglou.foundation.people.queries import actor_of, in_force, members_of
from linglou.foundation.people.rules import NEEDS
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


class Whom(StrEnum):
    """For whom codes are issued: the people of a unit, or their guardians."""

    MEMBERS = "members"
    GUARDIANS = "guardians"


@dataclass(frozen=True)
class Candidate:
    """Somebody who could get a code. ``obstacle`` says why not."""

    person_id: int
    number: str
    name: str
    unit_name: str
    has_account: bool
    has_waiting_code: bool
    obstacle: rules.Obstacle | None


@dataclass(frozen=True)
class Progress:
    """How far the people of a unit are: with an account, with a code that waits, and the rest."""

    unit: Unit
    people: int
    active: int
    waiting: int

    @property
    def without(self) -> int:
        return self.people - self.active - self.waiting


@dataclass(frozen=True)
class Look:
    """One look at somebody's record: who, in which post, when, what kind."""

    at: datetime
    who: str
    posts: str
    what: str


# codes


def unit_for_codes(unit_id: int, *, by: Actor) -> Unit:
    """An open unit at which the actor issues codes. Raises ``Problem(NOT_FOUND)``, absent or forbidden alike."""
    unit = Unit.objects.filter(pk=unit_id, closed_at=None).select_related("school").first()
    if unit is None or unit.school_id is None or not by.may(Verb.ISSUE_CODES, at=[unit.path]):
        raise Problem(NOT_FOUND)
    return unit


def roots_for_codes(by: Actor) -> list[Unit]:
    """The topmost units of the actor's scope: schools, for whoever holds the post above them."""
    paths = by.paths(Verb.ISSUE_CODES)
    units = Unit.objects.filter(path__in=paths, closed_at=None).exclude(kind=UnitKind.AUTHORITY)
    schools = Unit.objects.filter(kind=UnitKind.SCHOOL, closed_at=None)
    above = [school for school in schools if any(school.path.startswith(path) for path in paths)]
    found = {unit.pk: unit for unit in [*above, *units]}
    return [u for u in found.values() if not any(u.path != o.path and u.path.startswith(o.path) for o in found.values())]


def progress(units: Iterable[Unit], *, at: datetime) -> list[Progress]:
    """How far activation is in each unit's subtree. One query per call; cost grows with the people of the units."""
    units = list(units)
    if not units:
        return []
    inside = Q()
    for unit in units:
        inside |= Q(unit__path__startswith=unit.path, tree=unit.tree)
    waiting = ActivationCode.objects.filter(person=OuterRef("person"), used_at=None, expires_at__gt=at)
    account = Account.objects.filter(person=OuterRef("person"))
    rows = (
        in_force(Membership.objects.filter(inside), at)
        .annotate(active=Exists(account), waiting=Exists(waiting))
        .values("unit__path")
        .annotate(
            people=Count("person", distinct=True),
            actives=Count("person", distinct=True, filter=Q(active=True)),
            waitings=Count("person", distinct=True, filter=Q(active=False, waiting=True)),
        )
        .values_list("unit__path", "people", "actives", "waitings")
    )
    totals: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for path, *counts in rows:
        for unit in units:
            if path.startswith(unit.path):
                totals[unit.pk] = [a + b for a, b in zip(totals[unit.pk], counts, strict=True)]
    return [Progress(unit, *totals[unit.pk]) for unit in units]


def candidates(*, unit: Unit, whom: Whom, by: Actor, at: datetime) -> list[Candidate]:
    """The people of a unit's subtree (or their guardians), in the order of the sheet, with what stands in the way of a code."""
    members = list(members_of(unit.path, at=at, tree=unit.tree).order_by("unit__sort_key", "unit_id", "person__number"))  # type: ignore[arg-type]
    paths: dict[int, list[str]] = defaultdict(list)
    rows: dict[int, tuple[Person, str]] = {}
    if whom is Whom.MEMBERS:
        for member in members:
            rows.setdefault(member.person_id, (member.person, member.unit.name))
            paths[member.person_id].append(member.unit.path)
    else:
        wards = {member.person_id: member.unit for member in members}
        posts = in_force(Post.objects.filter(ward_id__in=wards, role=Role.GUARDIAN), at).select_related("person", "ward")
        for post in sorted(posts, key=lambda post: list(wards).index(post.ward_id)):  # type: ignore[arg-type]
            ward_unit = wards[post.ward_id]  # type: ignore[index]
            rows.setdefault(post.person_id, (post.person, f"{ward_unit.name} {post.ward.name}"))  # type: ignore[union-attr]
            paths[post.person_id].append(ward_unit.path)
    held = _holdings(rows, at=at)
    active = set(Account.objects.filter(person_id__in=rows).values_list("person_id", flat=True))
    waiting = set(
        ActivationCode.objects.filter(person_id__in=rows, used_at=None, expires_at__gt=at).values_list("person_id", flat=True)
    )
    school_path = unit.school.path  # type: ignore[union-attr]
    return [
        Candidate(
            person_id=person.pk, number=person.number, name=person.name, unit_name=unit_name,
            has_account=person.pk in active, has_waiting_code=person.pk in waiting,
            obstacle=rules.obstacle(
                issuer=by.grants, school_path=school_path, paths=paths[person.pk], holdings=held[person.pk],
                has_account=person.pk in active,
            ),
        )
        for person, unit_name in rows.values()
    ]  # fmt: skip


def _holdings(person_ids: Iterable[int], *, at: datetime) -> dict[int, list[rules.Holding]]:
    posts = list(in_force(Post.objects.filter(person_id__in=list(person_ids)), at).select_related("unit"))
    wards: dict[int, list[str]] = defaultdict(list)
    ward_ids = [post.ward_id for post in posts if post.ward_id]
    for ward_id, path in in_force(Membership.objects.filter(person_id__in=ward_ids), at).values_list("person_id", "unit__path"):
        wards[ward_id].append(path)
    held: dict[int, list[rules.Holding]] = defaultdict(list)
    for post in posts:
        paths = (post.unit.path,) if post.unit else tuple(wards[post.ward_id or 0])
        held[post.person_id].append(rules.Holding(Role(post.role), paths))
    return held


def person_for_codes(person_id: int, *, by: Actor, at: datetime) -> Person:
    """Somebody in the actor's scope for codes, whether or not they may get one. Raises ``Problem(NOT_FOUND)``."""
    person = Person.objects.filter(pk=person_id).select_related("school").first()
    if person is None or _obstacle(person, by=by, at=at)[0] is rules.Obstacle.OUT_OF_SCOPE:
        raise Problem(NOT_FOUND)
    return person


def obstacle_of(person: Person, *, by: Actor, at: datetime) -> rules.Obstacle | None:
    return _obstacle(person, by=by, at=at)[0]


def check_may_issue(*, person: Person, by: Actor, at: datetime) -> str:
    """Raises ``Problem`` (NOT_FOUND, ACCOUNT_EXISTS, ABOVE_YOUR_SCOPE); else the name of the person's unit."""
    found, unit_name = _obstacle(person, by=by, at=at)
    if found is rules.Obstacle.OUT_OF_SCOPE:
        raise Problem(NOT_FOUND)
    if found is rules.Obstacle.HAS_ACCOUNT:
        raise Problem(ACCOUNT_EXISTS, name=person.name)
    if found is rules.Obstacle.ABOVE_SCOPE:
        raise Problem(ABOVE_YOUR_SCOPE, name=person.name)
    return unit_name


def _obstacle(person: Person, *, by: Actor, at: datetime) -> tuple[rules.Obstacle | None, str]:
    held = _holdings([person.pk], at=at)[person.pk]
    units = list(in_force(Membership.objects.filter(person=person), at).select_related("unit").order_by("tree"))
    paths = [member.unit.path for member in units]
    paths += [path for holding in held if holding.role is Role.GUARDIAN for path in holding.paths]
    has_account = Account.objects.filter(person=person).exists()
    found = rules.obstacle(
        issuer=by.grants, school_path=person.school.path, paths=paths, holdings=held, has_account=has_account
    )
    return found, units[0].unit.name if units else ""


def people_with_number(number: str, *, by: Actor, at: datetime) -> list[Person]:
    """Persons with this number in the actor's scope for codes (one, or none; one per school above them)."""
    typed = rules.plain(number)
    schools = Unit.objects.filter(kind=UnitKind.SCHOOL).values("pk")
    found = Person.objects.filter(school__in=schools, number__in={typed, typed.upper(), typed.lower()}).select_related("school")
    return [p for p in found if obstacle_of(p, by=by, at=at) is not rules.Obstacle.OUT_OF_SCOPE]


# accounts


def has_school() -> bool:
    return Unit.objects.filter(kind=UnitKind.SCHOOL).exists()


def bare_actor(account: Account) -> Actor:
    """The account's person as an actor without posts: enough to sign an entry of the trail."""
    person = account.person
    return Actor(person_id=person.pk, school_id=person.school_id, account_id=account.pk, name=person.name)


def is_enrolled(account_id: int) -> bool:
    """Whether the account has a second factor."""
    return bool(Authenticator.objects.filter(user_id=account_id, type=Authenticator.Type.TOTP).exists())


def holds(person_id: int, role: Role, *, at: datetime) -> bool:
    return in_force(Post.objects.filter(person_id=person_id, role=role), at).exists()


def verbs_of(actor: Actor) -> frozenset[Verb]:
    """Every verb the actor has somewhere."""
    verbs = frozenset(verb for grant in actor.grants for verb in grant.verbs)
    return verbs if actor.token_verbs is None else verbs & actor.token_verbs


def person_of(actor: Actor) -> Person:
    return Person.objects.get(pk=actor.person_id)


@dataclass(frozen=True)
class HeldPost:
    """A post of one's own: the role, its name, and the unit or the ward it is held for."""

    role: Role
    unit_id: int | None
    label: str

    def __str__(self) -> str:
        return f"{self.label} · {self.role.label}"


def posts_of(actor: Actor) -> list[HeldPost]:
    units = Unit.objects.in_bulk([grant.unit_id for grant in actor.grants if grant.unit_id])
    wards = Person.objects.in_bulk([grant.ward_id for grant in actor.grants if grant.ward_id])
    return [
        HeldPost(grant.role, grant.unit_id, units[grant.unit_id].name if grant.unit_id else wards[grant.ward_id or 0].name)
        for grant in actor.grants
    ]


# sessions and tokens


def sessions_of(account_id: int) -> list[UserSession]:
    """The account's live sessions, last used first; those that expired meanwhile are cleared away."""
    account = Account.objects.get(pk=account_id)
    live = UserSession.objects.purge_and_list(account)
    return sorted(live, key=lambda session: session.last_seen_at, reverse=True)


def tokens_of(account_id: int) -> list[ApiToken]:
    return list(ApiToken.objects.filter(account_id=account_id).order_by("-created_at", "-pk")[:100])


def live_tokens(account_id: int, *, at: datetime) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(account_id=account_id, revoked_at=None, expires_at__gt=at)


def live_token(token_hash: str, *, at: datetime) -> ApiToken | None:
    return (
        ApiToken.objects.filter(token_hash=token_hash, revoked_at=None, expires_at__gt=at, account__is_active=True)
        .select_related("account__person")
        .first()
    )


def actor_of_token(token: ApiToken, *, at: datetime) -> Actor:
    actor = actor_of(token.account.person, account_id=token.account_id, at=at)
    known = {verb.value for verb in Verb}
    verbs = frozenset(Verb(verb) for verb in token.verbs if verb in known)
    return Actor(actor.person_id, actor.school_id, actor.account_id, actor.name, actor.grants, verbs)


def languages_of(person_ids: Iterable[int]) -> dict[int, str]:
    """The language that each of these persons has chosen; whoever has not is absent."""
    rows = Account.objects.filter(person__in=list(person_ids)).exclude(language="")
    return dict(rows.values_list("person_id", "language"))


# who left

# Posts that do not come with belonging to the school: a guardian is one by kinship, a viewer belongs to the authority, and an
# administrator is kept in lest nobody could appoint the next (the chain audit names each who has left).
STAY_FOR = (Role.GUARDIAN, Role.AUTHORITY_VIEWER, Role.ADMINISTRATOR)


def leavers_with_access(*, at: datetime, person_ids: Sequence[int] | None = None) -> list[int]:
    """Persons who belonged to the school, do not any more, and still have an account in force or a code that waits."""
    belonged = Membership.objects.filter(person=OuterRef("pk"), tree=Tree.ADMINISTRATION, superseded_at=None, ends_at__lte=at)
    belongs = in_force(Membership.objects.filter(person=OuterRef("pk"), tree=Tree.ADMINISTRATION), at)
    stays = in_force(Post.objects.filter(person=OuterRef("pk"), role__in=STAY_FOR), at)
    account = Account.objects.filter(person=OuterRef("pk"), is_active=True)
    code = ActivationCode.objects.filter(person=OuterRef("pk"), used_at=None, expires_at__gt=at)
    persons = Person.objects.filter(Exists(belonged), ~Exists(belongs), ~Exists(stays), Exists(account) | Exists(code))
    return list(
        (persons if person_ids is None else persons.filter(pk__in=person_ids)).order_by("pk").values_list("pk", flat=True)
    )


def is_back(at: datetime) -> Q:
    """The condition that an account ended because its person left, and the person belongs to the school again."""
    belongs = in_force(Membership.objects.filter(person=OuterRef("person"), tree=Tree.ADMINISTRATION), at)
    stays = in_force(Post.objects.filter(person=OuterRef("person"), role__in=STAY_FOR), at)
    return Q(left_at__isnull=False) & (Exists(belongs) | Exists(stays))


# who looked


def looks_at(actor: Actor, *, before: audit.Cursor | None, limit: int = 50) -> tuple[list[Look], audit.Cursor | None]:
    """Who looked at the actor's own record, newest first, each with the posts they held at that moment."""
    page = audit.looks_at(actor.person_id, school_id=actor.school_id, before=before, limit=limit)
    posts = _posts_at(page.entries)
    return [Look(e.at, e.actor_label, posts[e.pk], action_name(e.action)) for e in page.entries], page.older


def _posts_at(entries: Sequence[Entry]) -> dict[object, str]:
    """For each entry the posts its actor held when it was written: ``软件2401A · 辅导员``."""
    actor_ids = {entry.actor_id for entry in entries if entry.actor_id}
    held: dict[int, list[Post]] = defaultdict(list)
    for post in Post.objects.filter(person_id__in=actor_ids).select_related("unit").order_by("pk"):
        held[post.person_id].append(post)
    found: dict[object, str] = {}
    for entry in entries:
        names = [
            f"{post.unit.name} · {Role(post.role).label}" if post.unit else Role(post.role).label
            for post in held[entry.actor_id or 0]
            if _held(post, entry.at)
        ]
        found[entry.pk] = "；".join(dict.fromkeys(names))
    return found


def _held(post: Post, at: datetime) -> bool:
    return (
        post.starts_at <= at and (post.ends_at is None or post.ends_at > at)
        and post.recorded_at <= at and (post.superseded_at is None or post.superseded_at > at)
    )  # fmt: skip


# the first run


# The holes that an appointment mends.
VACANT_POSTS = frozenset(need.code for need in NEEDS if need.is_hole)


@dataclass(frozen=True)
class Checklist:
    """What a new school has so far."""

    people: int
    classes: int
    posts: int
    vacant: int
    accounts: int
    is_ready: bool


def checklist(school_id: int, *, at: datetime) -> Checklist:
    holes = chain_audit.run(Unit.objects.get(pk=school_id), at=at).counts
    return Checklist(
        vacant=sum(count for code, count in holes.items() if code in VACANT_POSTS),
        people=Person.objects.filter(school_id=school_id, kind=PersonKind.STUDENT).count(),
        classes=Unit.objects.filter(school_id=school_id, kind=UnitKind.CLASS, closed_at=None).count(),
        posts=in_force(Post.objects.filter(school_id=school_id).exclude(role=Role.ADMINISTRATOR), at).count(),
        accounts=Account.objects.filter(person__school_id=school_id).count(),
        is_ready=Readiness.objects.filter(school_id=school_id, withdrawn_at=None).exists(),
    )
