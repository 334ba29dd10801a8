"""Who sees whose whereabouts, and who checks them: by post, in the subtree where the person stands. Where somebody has been is
sensitive (PIPL Art. 28): it never shows to a class monitor, the authority or the administrator, who at most see counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from linglou.engines.rounds import access as rounds
from linglou.engines.rounds.access import Standing
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.facts import paths_of
from linglou.foundation.people.models import Person, Unit, UnitKind
from linglou.kernel.common_problems import NOT_ALLOWED, NOT_FOUND
from linglou.kernel.problems import Problem


def person_to_see(actor: Actor, person_id: int, *, at: datetime) -> Person:
    """A person whose whereabouts the actor may see. Raises ``Problem(NOT_FOUND)``, whether absent or out of scope."""
    person = Person.objects.filter(pk=person_id, school_id=actor.school_id).first()
    if person is None or not actor.may(Verb.SEE_WHEREABOUTS, at=paths_of(person.pk, at=at)):
        raise Problem(NOT_FOUND)
    return person


def standing_to_tell(actor: Actor, person_id: int, *, at: datetime) -> Standing:
    """How the actor may answer the round for a person. Only a post that sees whereabouts sees what stands: a class monitor and a
    guardian answer for whoever has told nothing. Raises ``Problem(NOT_FOUND)``, whether absent or not theirs to answer for."""
    found = rounds.standing(actor, person_id, at=at)
    if found.is_self:
        return found
    return replace(found, sees_answers=actor.may(Verb.SEE_WHEREABOUTS, at=paths_of(person_id, at=at)))


def user_can_check(actor: Actor, person: Person, *, at: datetime) -> bool:
    """Whether the actor may record for a person what they said on the telephone."""
    return actor.may(Verb.CHECK_WHEREABOUTS, at=paths_of(person.pk, at=at))


def check_user_can_check(actor: Actor, person: Person, *, at: datetime) -> None:
    """Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(Verb.CHECK_WHEREABOUTS, at=paths_of(person.pk, at=at))


def sees_counts(actor: Actor) -> bool:
    """Whoever sees whereabouts sees the picture; so does, by college and in counts alone, whoever sees the board of the school."""
    return actor.may_anywhere(Verb.SEE_WHEREABOUTS) or _sees_school(actor)


def check_sees_counts(actor: Actor) -> None:
    """Raises ``Problem(NOT_ALLOWED)``."""
    if not sees_counts(actor):
        raise Problem(NOT_ALLOWED, verb=Verb.SEE_WHEREABOUTS.value)


def unit_to_picture(actor: Actor, unit_id: int | None) -> Unit:
    """The unit whose picture is asked for: one in the scope of SEE_WHEREABOUTS, or the school for those who see counts alone.
    None: the widest there is. Raises ``Problem(NOT_FOUND)``."""
    if unit_id is None:
        paths = sorted(actor.paths(Verb.SEE_WHEREABOUTS), key=len)
        found = Unit.objects.filter(path=paths[0]).first() if paths else None
        if found is None or found.kind == UnitKind.AUTHORITY:
            found = Unit.objects.get(pk=actor.school_id)
        return found
    unit = Unit.objects.filter(pk=unit_id, school_id=actor.school_id).first()
    if unit and (actor.may(Verb.SEE_WHEREABOUTS, at=[unit.path]) or (unit.pk == actor.school_id and _sees_school(actor))):
        return unit
    raise Problem(NOT_FOUND)


def unit_to_see(actor: Actor, unit_id: int) -> Unit:
    """A unit whose people's whereabouts the actor may see by name. Raises ``Problem(NOT_FOUND)``."""
    unit = Unit.objects.filter(pk=unit_id, school_id=actor.school_id).first()
    if unit is None or not actor.may(Verb.SEE_WHEREABOUTS, at=[unit.path]):
        raise Problem(NOT_FOUND)
    return unit


def _sees_school(actor: Actor) -> bool:
    school = Unit.objects.filter(pk=actor.school_id).values_list("path", flat=True).first()
    return bool(school) and actor.may(Verb.SEE_BOARD, at=[str(school)])
