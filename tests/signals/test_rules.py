"""Truth tables of signals."""

from __future__ import annotations

from itertools import product

import pytest

from linglou.domains.signals import rules
from linglou.domains.signals.models import State

EVENTS = ("handle", "settle", "revise", "raise", "worsen")
POSSIBLE = {
    ("new", "handle"): "handling",
    ("new", "revise"): "revised",
    ("handling", "settle"): "settled",
    ("revised", "raise"): "new",
    ("settled", "worsen"): "new",
}


@pytest.mark.parametrize(("state", "event"), list(product(State.values, EVENTS)))
def test_every_state_under_every_event(state: str, event: str) -> None:
    assert rules.follow(state, event) == POSSIBLE.get((state, event))


@pytest.mark.parametrize(
    ("severity", "rule", "expected"),
    [(3, None, 30), (2, None, 60), (1, None, None), (0, None, None), (3, 15, 15), (1, 120, 120)],
)
def test_the_clock_is_the_rules_or_goes_by_severity(severity: int, rule: int | None, expected: int | None) -> None:
    assert rules.clock_minutes(severity, rule) == expected


def test_keys_lead_back_to_the_page() -> None:
    key = rules.task_key(17, 2, "clinic")
    assert key.startswith(rules.tasks_of(17))
    assert not key.startswith(rules.tasks_of(1))
    assert rules.page_of(key) == "/signals/17/"
