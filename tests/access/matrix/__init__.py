"""Who may do what, address by address: the one table. ``test_matrix.py`` walks the URLconf and asks everything as everybody.

A row is ``name: {method: who}``; ``who`` are the roles that pass the gate for something *here* (class A, its college, their own
school). Everybody else is refused: sent to log in when nobody, 403 or 404 otherwise. An address without a row fails the test.

Each module holds the rows of one domain, pages and API, with whatever else its addresses need:
``SENT``: what must be sent so that it is the gate that answers, not the form; ``{name}`` is an object of the place asked about.
``MEANT``: addresses whose parameters name something else than the ones of the same name elsewhere.
``SAME_EVERYWHERE``: those that answer alike whatever they are asked about: a public receipt, one's own school's form.
``SCHOOL_MATTERS``: next door is another college; these speak of the school as a whole.
"""

from __future__ import annotations

from typing import Any

from tests.access.matrix import boards, care, cases, command, daily, foundation, movement, signals, surveillance

PARTS = (boards, care, cases, command, daily, foundation, movement, signals, surveillance)


def _joined(table: str) -> dict[Any, Any]:
    return {key: value for part in PARTS for key, value in getattr(part, table, {}).items()}


def _all(names: str) -> set[str]:
    return {name for part in PARTS for name in getattr(part, names, ())}


ROWS: dict[str, dict[str, frozenset[str]]] = _joined("ROWS")
SENT: dict[tuple[str, str], dict[str, Any]] = _joined("SENT")
MEANT: dict[str, dict[str, str]] = _joined("MEANT")
SAME_EVERYWHERE, SCHOOL_MATTERS = _all("SAME_EVERYWHERE"), _all("SCHOOL_MATTERS")
