"""Who may see and do what with people, units and posts. ``check_user_can_*`` raise with the reason, ``user_can_*`` are their
boolean twins for the buttons; ``get_*`` answer alike for what is absent and what is out of scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import rules
from linglou.foundation.people.facts import in_force, paths_of
from linglou.foundation.people.models import Person, Post, Unit
from linglou.foundation.people.problems import OWN_POST, POST_NOT_YOURS_TO_GIVE
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

# Any of these over a unit shows its page; the people on it still need SEE_NAMES.
UNIT_VERBS = (Verb.SEE_NAMES, Verb.MANAGE_UNITS, Verb.APPOINT, Verb.AUDIT_CHAIN)


@dataclass(frozen=True)
class Sight:
    """What one viewer may see and do with one person, decided once for a page."""

    own: bool
    contact: bool
    identity: bool
    move: bool
    correct: bool
    depart: bool
    appoint_guardian: bool


def get_person(actor: Actor, person_id: int, at: datetime) -> Person:
    """A person whom the actor may see by name: oneself, a ward, or somebody in the scope of SEE_NAMES.
    Raises ``Problem(NOT_FOUND)``, also for a person outside that scope."""
    person = Person.objects.filter(pk=person_id).select_related("school").first()
    if person is None or not (person_id == actor.person_id or _in_scope(actor, Verb.SEE_NAMES, person_id, at)):
        raise Problem(NOT_FOUND)
    return person


def sight_of(actor: Actor, person: Person, at: datetime) -> Sight:
    """What ``actor`` may see of ``person`` and do with them (a ``get_person`` has come before)."""
    own, paths = person.pk == actor.person_id, paths_of(person.pk, at=at)

    def may(verb: Verb) -> bool:
        return actor.may(verb, at=paths, person_id=person.pk)

    return Sight(
        own=own,
        contact=own or may(Verb.SEE_CONTACT),
        identity=own or may(Verb.SEE_IDENTITY),
        move=may(Verb.MANAGE_UNITS),
        correct=may(Verb.IMPORT_ROSTER),
        depart=not own and may(Verb.MANAGE_UNITS),
        appoint_guardian=person.kind == "student"
        and may(Verb.APPOINT)
        and rules.may_give(_givers(actor, paths), Role.GUARDIAN),
    )


def check_user_can_see_identity(actor: Actor, person_id: int, at: datetime) -> None:
    """Raises ``Problem(NOT_ALLOWED)``."""
    if person_id != actor.person_id:
        actor.check(Verb.SEE_IDENTITY, at=paths_of(person_id, at=at), person_id=person_id)


def _in_scope(actor: Actor, verb: Verb, person_id: int, at: datetime) -> bool:
    is_ward = any(grant.ward_id == person_id for grant in actor.grants)
    return is_ward or actor.may(verb, at=paths_of(person_id, at=at))


# -- units ---------------------------------------------------------------------------------------------------------------


def scopes(actor: Actor) -> list[str]:
    """The subtrees whose units the actor may open, without those that lie in another one."""
    paths = sorted({path for verb in UNIT_VERBS for path in actor.paths(verb)})
    return [path for path in paths if not any(path != other and path.startswith(other) for other in paths)]


def get_unit(actor: Actor, unit_id: int) -> Unit:
    """A unit in one of the actor's scopes, or above one (the way down to it). Raises ``Problem(NOT_FOUND)``."""
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None or not any(unit.path.startswith(scope) or scope.startswith(unit.path) for scope in scopes(actor)):
        raise Problem(NOT_FOUND)
    return unit


def user_can_see_names(actor: Actor, unit: Unit) -> bool:
    return actor.may(Verb.SEE_NAMES, at=[unit.path])


def check_user_can_manage_unit(actor: Actor, unit: Unit) -> None:
    """To open a unit under it, to close it, to move people into it. Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(Verb.MANAGE_UNITS, at=[unit.path])


def user_can_manage_unit(actor: Actor, unit: Unit) -> bool:
    return actor.may(Verb.MANAGE_UNITS, at=[unit.path])


def check_user_can_move(actor: Actor, person: Person, at: datetime) -> None:
    """To end where a person belongs. Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(Verb.MANAGE_UNITS, at=paths_of(person.pk, at=at))


def check_user_can_add(actor: Actor, unit: Unit) -> None:
    """To enter a new person at a unit: what the import does, one at a time. Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(Verb.IMPORT_ROSTER, at=[unit.path])
    check_user_can_manage_unit(actor, unit)


def user_can_add(actor: Actor, unit: Unit) -> bool:
    return actor.may(Verb.IMPORT_ROSTER, at=[unit.path]) and user_can_manage_unit(actor, unit)


def user_can_add_somewhere(actor: Actor) -> bool:
    return actor.may_anywhere(Verb.IMPORT_ROSTER) and actor.may_anywhere(Verb.MANAGE_UNITS)


def check_user_can_correct(actor: Actor, person: Person, at: datetime) -> None:
    """To correct a record, as an import would. Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(Verb.IMPORT_ROSTER, at=paths_of(person.pk, at=at))


def check_user_can_depart(actor: Actor, person: Person, at: datetime) -> None:
    """To have somebody leave the school, which ends their posts too: so those must be the actor's to end. Raises ``Problem``
    NOT_ALLOWED, OWN_POST (nobody sends themselves away) or POST_NOT_YOURS_TO_GIVE."""
    check_user_can_move(actor, person, at)
    if person.pk == actor.person_id:
        raise Problem(OWN_POST)
    for post in in_force(Post.objects.filter(person=person, unit__isnull=False), at).select_related("unit"):
        role = Role(post.role)
        if post.unit and not rules.may_give(_givers(actor, [post.unit.path]), role):
            raise Problem(POST_NOT_YOURS_TO_GIVE, role=role.label)


# -- posts ---------------------------------------------------------------------------------------------------------------


def check_user_can_appoint(
    actor: Actor, role: Role, person: Person, at: datetime, *, unit: Unit | None = None, ward: Person | None = None
) -> None:
    """Give or end a post of ``person`` at ``unit``, or for ``ward``. Raises ``Problem`` NOT_ALLOWED (no APPOINT there),
    POST_NOT_YOURS_TO_GIVE (that post is somebody else's to give) or OWN_POST."""
    paths = [unit.path] if unit else paths_of(ward.pk, at=at) if ward else []
    actor.check(Verb.APPOINT, at=paths)
    if not rules.may_give(_givers(actor, paths), role):
        raise Problem(POST_NOT_YOURS_TO_GIVE, role=role.label)
    if person.pk == actor.person_id:
        raise Problem(OWN_POST)


def user_can_give(actor: Actor, role: Role, unit: Unit) -> bool:
    """Whether a post at or below ``unit`` is the actor's to give and to end."""
    return rules.may_give(_givers(actor, [unit.path]), role)


def check_user_can_appoint_guardian(actor: Actor, ward: Person, at: datetime) -> None:
    """Give ``ward`` a guardian, whoever that will be. Raises ``Problem`` NOT_ALLOWED or POST_NOT_YOURS_TO_GIVE."""
    paths = paths_of(ward.pk, at=at)
    actor.check(Verb.APPOINT, at=paths)
    if not rules.may_give(_givers(actor, paths), Role.GUARDIAN):
        raise Problem(POST_NOT_YOURS_TO_GIVE, role=Role.GUARDIAN.label)


def roles_user_can_give(actor: Actor, unit: Unit) -> tuple[Role, ...]:
    """The posts at a unit that the actor may give and end."""
    if not actor.may(Verb.APPOINT, at=[unit.path]):
        return ()
    givers = _givers(actor, [unit.path])
    return tuple(role for role in rules.roles_at(unit.kind) if rules.may_give(givers, role))


def get_post(actor: Actor, post_id: int, at: datetime) -> Post:
    """A post in force that the actor may see. Raises ``Problem(NOT_FOUND)``."""
    posts = in_force(Post.objects.filter(pk=post_id), at).select_related("person", "unit", "ward")
    post = posts.first()
    if post is None:
        raise Problem(NOT_FOUND)
    if post.ward:
        get_person(actor, post.ward.pk, at)
    else:
        get_unit(actor, post.unit_id or 0)  # a constraint: it is held at a unit where it is not for a ward
    return post


def _givers(actor: Actor, paths: list[str]) -> list[Role]:
    """The actor's roles that stand over one of the paths."""
    return [grant.role for grant in actor.grants if grant.path and any(path.startswith(grant.path) for path in paths)]


# -- the chain audit -----------------------------------------------------------------------------------------------------


def check_user_can_declare_ready(actor: Actor, school: Unit) -> None:
    """Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(Verb.CONFIGURE, at=[school.path])


def user_can_declare_ready(actor: Actor, school: Unit) -> bool:
    return actor.may(Verb.CONFIGURE, at=[school.path])
