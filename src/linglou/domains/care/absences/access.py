"""Who follows whose absence: by post, in the subtree of the unit where the person stood when it was registered."""

from __future__ import annotations

from django.db.models import QuerySet

from linglou.domains.care.models import Absence
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


def visible_absences(actor: Actor) -> QuerySet[Absence]:
    """Every absence in the scope of TRACK_ABSENCES."""
    scope = within(actor, Verb.TRACK_ABSENCES)
    found = Absence.objects.filter(scope, school_id=actor.school_id)
    return found.select_related("person", "unit", "registered_by", "ended_by", "certificate")


def absence_for(actor: Actor, absence_id: int) -> Absence:
    """Raises ``Problem(NOT_FOUND)``, whether it is absent or out of scope."""
    found = visible_absences(actor).filter(pk=absence_id).first()
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def user_can_certify(actor: Actor, absence: Absence) -> bool:
    return actor.may(Verb.RELEASE, at=[absence.unit.path])


def check_user_can_certify(actor: Actor, absence: Absence) -> None:
    """Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(Verb.RELEASE, at=[absence.unit.path])
