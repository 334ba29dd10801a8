"""How a signal's facts, and the report behind it, read. The domain that raises signals says so (it stands above this one): in
its ``AppConfig.ready`` it registers a ``Teller``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Teller(Protocol):
    """``facts``: what met the rule, one phrase each. ``answers``: (question, answer) of the whole report as it now stands,
    [] when there is none. Both in the language in force."""

    def facts(self, because: Mapping[str, Any]) -> list[str]: ...
    def answers(self, *, school_id: int, round_id: int, person_id: int) -> list[tuple[str, str]]: ...


class _Plain:
    """When nobody has registered: the codes as they are."""

    def facts(self, because: Mapping[str, Any]) -> list[str]:
        return [f"{name}: {value}" for name, value in because.items()]

    def answers(self, *, school_id: int, round_id: int, person_id: int) -> list[tuple[str, str]]:
        return []


_teller: Teller = _Plain()


def register(teller: Teller) -> None:
    global _teller
    _teller = teller


def teller() -> Teller:
    return _teller
