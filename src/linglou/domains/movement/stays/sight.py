"""What pages and API do alike: read a small file at once, and look at where a person was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from linglou.domains.movement.gates import queries as gates
from linglou.domains.movement.models import StayImport
from linglou.domains.movement.stays import actions, queries
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Person
from linglou.foundation.people.queries import cards_of
from linglou.kernel.problems import Problem


def read_small(job: StayImport, *, at: datetime, by: Actor) -> StayImport:
    """Read a file that is the caller's to read; a large one is left to the worker. A file that is no such list is forgotten.
    Raises its ``Problem``."""
    if not actions.is_inline(job):
        return job
    job = actions.read(job, at=at)
    refused: Problem | None = queries.refusal_of(job)
    if refused and not job.counts:
        actions.discard(job, by=by)
        raise refused
    return job


@dataclass(frozen=True)
class Days:
    """A person's stays of the last fourteen days, day by day, the latest first; ``where`` they belong."""

    person: Person
    where: str
    days: list[tuple[date, list[queries.Shown]]]
    gates: gates.Gates

    @property
    def known(self) -> list[tuple[date, list[queries.Shown]]]:
        return [(day, stays) for day, stays in self.days if stays]

    @property
    def unknown(self) -> list[date]:
        """Days of which nothing is known."""
        return [day for day, stays in self.days if not stays]


@transaction.atomic
def look(*, by: Actor, person_id: int, at: datetime) -> Days:
    """Where a person was; the look is on the trail. Raises ``Problem(NOT_FOUND)``."""
    person = queries.get_person(by, person_id, at=at)
    audit.record_reads(by=by, school_id=person.school_id, at=at, action="stays.read", person_ids=[person.pk])
    card = cards_of([person.pk], at=at)[0]
    return Days(person, card.place, queries.days_of(person, at=at), gates.of_person(person, at=at))
