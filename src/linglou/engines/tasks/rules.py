"""Pure decisions about tasks: the states, and to whom an overdue task climbs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from linglou.foundation.access.roles import Role
from linglou.foundation.people.rules import CHAIN

# (state, event) -> state. What is not in the table cannot happen.
TRANSITIONS: dict[tuple[str, str], str] = {
    ("open", "settle"): "done",
    ("open", "cancel"): "cancelled",
}

# At the top of the chain a task stays, and its owner is reminded once a day.
TOP_REMINDS_EVERY_MINUTES = 24 * 60

# Links whose holders own tasks: a class monitor helps, but owns none.
FIRST_OWNING_LINK = 1


@dataclass(frozen=True)
class Kind:
    """What a flow declares about the tasks it opens: their name, the outcomes among which their owner chooses, and a page that
    helps (from the task's key; '' for none), with its name. ``is_done_there``: the work itself is done on that page. ``within``: a
    role whose holders alone may ever own it: it climbs from one of them to the next, never along the responsible chain."""

    key: str
    label: Any
    outcomes: dict[str, Any]
    page: Callable[[str], str] = lambda _key: ""
    page_label: Any = ""
    is_done_there: bool = False
    within: Role | None = None


KINDS: dict[str, Kind] = {}


def declare(kind: Kind) -> Kind:
    """Register a kind once. Raises ``ValueError`` when the key is taken."""
    if kind.key in KINDS:
        raise ValueError(f"task kind declared twice: {kind.key}")
    KINDS[kind.key] = kind
    return kind


def within(kind: str) -> Role | None:
    """The role among whose holders tasks of a kind stay; None for those that climb the chain."""
    declared = KINDS.get(kind)
    return declared.within if declared else None


def follow(state: str, event: str) -> str | None:
    """The state after ``event``, or None when the state does not permit it."""
    return TRANSITIONS.get((state, event))


@dataclass(frozen=True)
class Step:
    """The next owner, and the role by which the task is theirs."""

    role: Role
    person_id: int


# One link of a responsible chain, as the decision needs it: (role, person) of every holder.
Holders = Sequence[tuple[Role, int]]


def next_step(chain: Sequence[Holders], *, owner_role: str, owner_id: int | None, had: Collection[int] = ()) -> Step | None:
    """Who gets an overdue task: the nearest link above the owner's that is held by somebody who has not ``had`` the task. A
    link without a holder is stepped over. None at the top.

    ``chain`` follows ``people.rules.CHAIN``, nearest first. A role outside the chain (the clinic) climbs to the office."""
    for holders in chain[_link_above(chain, owner_role, owner_id) :]:
        for role, person_id in holders:
            if person_id != owner_id and person_id not in had:
                return Step(role, person_id)
    return None


def next_within(holders: Sequence[int], *, role: Role, owner_id: int | None, had: Collection[int] = ()) -> Step | None:
    """Who gets an overdue task that stays among the ``holders`` of a role: the next of them, after the owner and around, who has not
    ``had`` it. None when everybody has."""
    start = holders.index(owner_id) + 1 if owner_id in holders else 0
    around = [*holders[start:], *holders[:start]]
    return next((Step(role, one) for one in around if one != owner_id and one not in had), None)


def _link_above(chain: Sequence[Holders], owner_role: str, owner_id: int | None) -> int:
    if owner_id is None:
        return FIRST_OWNING_LINK
    for n, roles in enumerate(CHAIN):
        if owner_role in roles:
            return max(n + 1, FIRST_OWNING_LINK)
    if not owner_role:
        for n, holders in enumerate(chain):
            if any(person_id == owner_id for _role, person_id in holders):
                return max(n + 1, FIRST_OWNING_LINK)
    return next(n for n, roles in enumerate(CHAIN) if Role.PREVENTION_OFFICE in roles)
