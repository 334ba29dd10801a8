"""Who sees and handles which cases: by post, in the subtree of the unit where the person stood when the case was opened."""

from __future__ import annotations

from django.db.models import QuerySet

from linglou.domains.cases import rules
from linglou.domains.cases.models import Case
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Unit
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


def visible_cases(actor: Actor, verb: Verb = Verb.SEE_CASES) -> QuerySet[Case]:
    """Every case in the scope of a verb."""
    scope = within(actor, verb)
    return Case.objects.filter(scope, school_id=actor.school_id).select_related("person", "unit")


def case_for(actor: Actor, case_id: int) -> Case:
    """Raises ``Problem(NOT_FOUND)``, whether it is absent or out of scope."""
    case = visible_cases(actor).filter(pk=case_id).first()
    if case is None:
        raise Problem(NOT_FOUND)
    return case


def user_can(actor: Actor, verb: Verb, case: Case) -> bool:
    """Whether ``actor`` may do ``verb`` (SEE_CLINICAL, HANDLE_CASES, REPORT_CASES) on a case."""
    return actor.may(verb, at=[case.unit.path])


def check_user_can(actor: Actor, verb: Verb, case: Case) -> None:
    """Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(verb, at=[case.unit.path])


def check_user_can_open(actor: Actor, unit: Unit, event: str) -> None:
    """A case of somebody in ``unit`` by a first decision. Raises ``Problem`` (NOT_FOUND: who is out of scope does not exist;
    NOT_ALLOWED: whoever only opens cases suspects, and the rest is the clinic's)."""
    if unit.school_id != actor.school_id or not actor.may(Verb.OPEN_CASES, at=[unit.path]):
        raise Problem(NOT_FOUND)
    if event not in openings_for(actor, unit):
        actor.check(Verb.HANDLE_CASES, at=[unit.path])


def openings_for(actor: Actor, unit: Unit) -> tuple[str, ...]:
    """By which first decisions ``actor`` may open a case of somebody in ``unit``."""
    return rules.OPENINGS if actor.may(Verb.HANDLE_CASES, at=[unit.path]) else rules.SUSPICIONS
