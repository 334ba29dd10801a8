"""Signals: who may do what. See ``matrix``."""

from __future__ import annotations

from typing import Any

from tests.access.matrix.who import SIGNAL_HANDLERS, SIGNALS

ROWS: dict[str, dict[str, frozenset[str]]] = {
    "signals:list": {"GET": SIGNALS},
    "signals:detail": {"GET": SIGNALS},
    "signals:handle": {"POST": SIGNAL_HANDLERS},
    "signals:settle": {"POST": SIGNAL_HANDLERS},
    "api:list_signals": {"GET": SIGNALS},
    "api:read_signal": {"GET": SIGNALS},
    "api:handle_signal": {"POST": SIGNAL_HANDLERS},
    "api:settle_signal": {"POST": SIGNAL_HANDLERS},
}  # fmt: skip

SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("api:settle_signal", "POST"): {"outcome": "excluded", "note": "x"},
}  # fmt: skip
