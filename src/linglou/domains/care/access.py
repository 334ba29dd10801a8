"""Who sees and handles whose care: by post, in the subtree of the unit where the person stood when the plan was opened. A person
sees their own."""

from __future__ import annotations

from django.db.models import QuerySet

from linglou.domains.care.models import Need, Observation, Plan
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


def visible_plans(actor: Actor) -> QuerySet[Plan]:
    """Every plan in the scope of SEE_CARE."""
    scope = within(actor, Verb.SEE_CARE)
    return Plan.objects.filter(scope, school_id=actor.school_id).select_related("person", "unit")


def plan_for(actor: Actor, plan_id: int) -> Plan:
    """Raises ``Problem(NOT_FOUND)``, whether it is absent or out of scope."""
    plan = visible_plans(actor).filter(pk=plan_id).first()
    if plan is None:
        raise Problem(NOT_FOUND)
    return plan


def user_can(actor: Actor, verb: Verb, plan: Plan) -> bool:
    """Whether ``actor`` may do ``verb`` (HANDLE_CARE, RELEASE, SEE_CASES ...) about a plan."""
    return actor.may(verb, at=[plan.unit.path])


def check_user_can(actor: Actor, verb: Verb, plan: Plan) -> None:
    """Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(verb, at=[plan.unit.path])


def observation_for(plan: Plan, observation_id: int) -> Observation:
    """One of a plan that the actor may see. Raises ``Problem(NOT_FOUND)``."""
    one = Observation.objects.filter(pk=observation_id, plan=plan).first()
    if one is None:
        raise Problem(NOT_FOUND)
    return one


def need_for(actor: Actor, need_id: int, *, owned: bool) -> Need:
    """A need, for who handles the plan's care or (``owned``) has the task. Raises ``Problem(NOT_FOUND)``."""
    need = Need.objects.filter(pk=need_id, plan__school_id=actor.school_id).select_related("plan__person", "plan__unit").first()
    if need is None or not (owned or actor.may(Verb.HANDLE_CARE, at=[need.plan.unit.path])):
        raise Problem(NOT_FOUND)
    return need
