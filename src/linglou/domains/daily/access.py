"""Who may report for whom in a round, confirm for a unit, excuse a person."""

from __future__ import annotations

from datetime import datetime

from linglou.engines.rounds.access import Standing, standing
from linglou.engines.rounds.models import Round
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person, Unit
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


def standing_in(round_: Round, actor: Actor, person_id: int, *, at: datetime) -> Standing:
    """The same for one round. To be asked by a round of a group says something about a person, so it is only for those who may see
    the answers. Raises ``Problem(NOT_FOUND)``."""
    found = standing(actor, person_id, at=at)
    if round_.group_key and not found.sees_answers:
        raise Problem(NOT_FOUND)
    return found


def unit_to_confirm(actor: Actor, unit_id: int) -> Unit:
    """A unit whose zero report the actor may give. Raises ``Problem(NOT_FOUND)``."""
    unit = Unit.objects.filter(pk=unit_id, school_id=actor.school_id, closed_at=None).first()
    if unit is None or not actor.may(Verb.CONFIRM_UNIT, at=[unit.path]):
        raise Problem(NOT_FOUND)
    return unit


def person_to_excuse(actor: Actor, person_id: int, *, at: datetime) -> Person:
    """A person whom the actor may excuse. Raises ``Problem(NOT_FOUND)``."""
    person = Person.objects.filter(pk=person_id, school_id=actor.school_id).first()
    if person is None or not actor.may(Verb.EXCUSE, at=people.paths_of(person.pk, at=at)):
        raise Problem(NOT_FOUND)
    return person
