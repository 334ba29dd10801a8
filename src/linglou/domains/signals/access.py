"""Who sees and handles which signals: by post, in the subtree of the unit where the person stood when it was raised."""

from __future__ import annotations

from django.db.models import QuerySet

from linglou.domains.signals.models import Signal
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


def visible_signals(actor: Actor) -> QuerySet[Signal]:
    """Every signal in the scope of SEE_SIGNALS."""
    scope = within(actor, Verb.SEE_SIGNALS)
    return Signal.objects.filter(scope, school_id=actor.school_id).select_related("person", "unit")


def signal_for(actor: Actor, signal_id: int) -> Signal:
    """Raises ``Problem(NOT_FOUND)``, whether it is absent or out of scope."""
    signal = visible_signals(actor).filter(pk=signal_id).first()
    if signal is None:
        raise Problem(NOT_FOUND)
    return signal


def user_can_handle(actor: Actor, signal: Signal) -> bool:
    return actor.may(Verb.HANDLE_SIGNALS, at=[signal.unit.path])


def check_user_can_handle(actor: Actor, signal: Signal) -> None:
    """Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(Verb.HANDLE_SIGNALS, at=[signal.unit.path])
