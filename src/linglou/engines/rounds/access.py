"""In which capacity someone may answer a round for a person, and whether they may see what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linglou.engines.rounds.models import Source
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

# The capacity that is written on a proxy report, the strongest first.
CAPACITIES: tuple[tuple[Role, Source], ...] = (
    (Role.COUNSELLOR, Source.COUNSELLOR),
    (Role.PREVENTION_OFFICE, Source.OFFICE),
    (Role.CLASS_MONITOR, Source.MONITOR),
)


@dataclass(frozen=True)
class Standing:
    """What the actor is to a person in matters of the report."""

    person: Person
    source: Source
    sees_answers: bool

    @property
    def is_self(self) -> bool:
        return self.source is Source.SELF


def standing(actor: Actor, person_id: int, *, at: datetime) -> Standing:
    """How the actor may report for a person. Raises ``Problem(NOT_FOUND)`` when the person is absent, of another school, or
    not one that the actor may report for: the three look alike."""
    person = Person.objects.filter(pk=person_id, school_id=actor.school_id).first()
    if person is None:
        raise Problem(NOT_FOUND)
    if person.pk == actor.person_id:
        return Standing(person, Source.SELF, True)
    if person.pk in actor.wards(Verb.REPORT_FOR):
        return Standing(person, Source.GUARDIAN, person.pk in actor.wards(Verb.SEE_WHAT))
    paths = people.paths_of(person.pk, at=at)
    held = {
        grant.role for grant in actor.grants if grant.unit_id and any(path.startswith(grant.path) for path in paths)
    }  # fmt: skip
    source = next((source for role, source in CAPACITIES if role in held), None)
    if source is None or not actor.may(Verb.REPORT_FOR, at=paths):
        raise Problem(NOT_FOUND)
    return Standing(person, source, actor.may(Verb.SEE_WHAT, at=paths))
