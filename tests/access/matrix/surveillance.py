"""Alerts and events: who may do what. See ``matrix``."""

from __future__ import annotations

from typing import Any

from tests.access.matrix.who import ALERT_HANDLERS, ALERTS

ROWS: dict[str, dict[str, frozenset[str]]] = {
    "surveillance:list": {"GET": ALERTS},
    "surveillance:detail": {"GET": ALERTS},
    "surveillance:handle": {"POST": ALERT_HANDLERS},
    "surveillance:settle": {"POST": ALERT_HANDLERS},
    "surveillance:events": {"GET": ALERT_HANDLERS},
    "surveillance:new_event": {"GET": ALERT_HANDLERS, "POST": ALERT_HANDLERS},
    "surveillance:event": {"GET": ALERT_HANDLERS},
    "surveillance:add_people": {"POST": ALERT_HANDLERS},
    "surveillance:withdraw_event": {"POST": ALERT_HANDLERS},
    "api:list_alerts": {"GET": ALERTS},
    "api:read_alert": {"GET": ALERTS},
    "api:handle_alert": {"POST": ALERT_HANDLERS},
    "api:settle_alert": {"POST": ALERT_HANDLERS},
    "api:record_event": {"POST": ALERT_HANDLERS},
    "api:read_event": {"GET": ALERT_HANDLERS},
    "api:add_to_event": {"POST": ALERT_HANDLERS},
    "api:withdraw_event": {"POST": ALERT_HANDLERS},
}  # fmt: skip

SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("api:settle_alert", "POST"): {"outcome": "not-outbreak", "note": "x"},
    ("api:record_event", "POST"): {"kind": "food-poisoning", "day": "2026-11-23", "unit": "x"},
    ("api:add_to_event", "POST"): {"unit": "x"},
}  # fmt: skip
