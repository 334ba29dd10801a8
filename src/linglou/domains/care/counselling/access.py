"""Who sees what the counselling centre knows: whoever holds COUNSEL over the person, and nobody else."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from linglou.domains.care.models import Assessment, CounsellingNote
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Person
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


def _scope(actor: Actor) -> Q:
    scope = within(actor, Verb.COUNSEL)
    return scope & Q(school_id=actor.school_id)


def visible_assessments(actor: Actor) -> QuerySet[Assessment]:
    return Assessment.objects.filter(_scope(actor))


def visible_notes(actor: Actor) -> QuerySet[CounsellingNote]:
    return CounsellingNote.objects.filter(_scope(actor))


def assessment_for(actor: Actor, assessment_id: int) -> Assessment:
    """Raises ``Problem(NOT_FOUND)``, whether it is absent or out of scope."""
    found = visible_assessments(actor).filter(pk=assessment_id).first()
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def person_for(actor: Actor, person_id: int, *, at: datetime) -> Person:
    """Somebody in the scope of COUNSEL, or whom the centre already knows. Raises ``Problem(NOT_FOUND)``."""
    person = Person.objects.filter(pk=person_id, school_id=actor.school_id).first()
    if person is None or not _in_scope(actor, person, at):
        raise Problem(NOT_FOUND)
    return person


def _in_scope(actor: Actor, person: Person, at: datetime) -> bool:
    if actor.may(Verb.COUNSEL, at=people.paths_of(person.pk, at=at)):
        return True
    return visible_assessments(actor).filter(person=person).exists() or visible_notes(actor).filter(person=person).exists()
