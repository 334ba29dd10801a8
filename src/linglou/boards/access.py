"""What a person may see on the boards, unit by unit. Scoped getters answer alike for what is absent and what is forbidden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from linglou.engines.rounds import progress
from linglou.engines.rounds.models import Round
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Unit
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@dataclass(frozen=True)
class Sight:
    """What one person sees and does at one unit. ``abnormal``: health figures (counts only); ``names``: who is missing."""

    board: bool
    names: bool
    abnormal: bool
    contact: bool
    log: bool
    report_for: bool
    excuse: bool
    export: bool
    closing: bool
    close: bool


def sight(actor: Actor, unit: Unit) -> Sight:
    def may(*verbs: Verb) -> bool:
        return any(actor.may(verb, at=[unit.path]) for verb in verbs)

    return Sight(
        board=may(Verb.SEE_BOARD),
        names=may(Verb.SEE_WHETHER),
        abnormal=may(Verb.SEE_SIGNALS, Verb.SEE_WHAT),
        contact=may(Verb.SEE_CONTACT),
        log=may(Verb.LOG_CONTACT),
        report_for=may(Verb.REPORT_FOR),
        excuse=may(Verb.EXCUSE),
        export=may(Verb.EXPORT),
        closing=may(Verb.SEE_CLOSING),
        close=may(Verb.CLOSE_ROUND),
    )


def get_unit(actor: Actor, unit_id: int, verb: Verb) -> Unit:
    """A unit in the scope of ``verb``. Raises ``Problem(NOT_FOUND)``."""
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None or not actor.may(verb, at=[unit.path]):
        raise Problem(NOT_FOUND)
    return unit


def get_round(unit: Unit, round_id: int) -> Round:
    """A round that asks somebody at a unit. Raises ``Problem(NOT_FOUND)``."""
    found = Round.objects.filter(pk=round_id, school_id=unit.school_id, group_key="").select_related("audience").first()
    if found is None or not progress.asks_at(found, unit):
        raise Problem(NOT_FOUND)
    return found


def outermost(paths: Iterable[str]) -> list[str]:
    """Paths without those that lie under another of them."""
    kept: list[str] = []
    for path in sorted(set(paths), key=len):
        if not any(path.startswith(above) for above in kept):
            kept.append(path)
    return kept


def scope_units(actor: Actor, verb: Verb) -> list[Unit]:
    """The units at which the actor's posts give ``verb``, the outermost only, in order."""
    paths = outermost(actor.paths(verb))
    return list(Unit.objects.filter(path__in=paths).order_by("tree", "sort_key", "pk"))
