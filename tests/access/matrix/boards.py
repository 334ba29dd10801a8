"""The boards: who may do what. See ``matrix``."""

from __future__ import annotations

from typing import Any

from tests.access.matrix.who import (
    ADMINISTRATOR,
    BOARD,
    BRANCH,
    CALLERS,
    CLINIC,
    CLOSINGS,
    COMMAND,
    LEADERS,
    OFFICE,
    ROOM_HEAD,
    SIGNED_IN,
)

ROWS: dict[str, dict[str, frozenset[str]]] = {
    "boards:start": {"GET": SIGNED_IN},
    "boards:home": {"GET": BOARD | BRANCH},
    "boards:board": {"GET": BOARD},
    "boards:missing": {"GET": CALLERS - ROOM_HEAD | COMMAND | CLINIC},
    "boards:missing_export": {"GET": LEADERS | COMMAND},
    "boards:log_attempt": {"POST": CALLERS},
    "boards:clinic": {"GET": CLINIC},
    "boards:work": {"GET": CALLERS},
    "boards:closings": {"GET": CLOSINGS},
    "boards:closing": {"GET": CLOSINGS},
    "boards:close": {"GET": OFFICE | COMMAND, "POST": OFFICE | COMMAND},
    "boards:verify": {"GET": CLOSINGS},
    "boards:closing_export": {"GET": CLOSINGS},
    "boards:tasks": {"GET": SIGNED_IN},
    "boards:unit_tasks": {"GET": LEADERS | COMMAND},
    "boards:task": {"GET": LEADERS | COMMAND},
    "boards:settle_task": {"POST": LEADERS | COMMAND},
    "boards:hand_on_task": {"POST": LEADERS | COMMAND},
    "boards:inbox": {"GET": SIGNED_IN},
    "boards:read_all": {"POST": SIGNED_IN},
    "boards:read": {"POST": SIGNED_IN},
    "boards:channels": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "boards:add_group_channel": {"POST": OFFICE | ADMINISTRATOR},
    "boards:channel": {"GET": SIGNED_IN},
    "boards:test_channel": {"POST": SIGNED_IN},
    "boards:switch_channel": {"POST": SIGNED_IN},
    "boards:remove_channel": {"POST": SIGNED_IN},
    "api:get_board": {"GET": BOARD},
    "api:get_missing": {"GET": CALLERS - ROOM_HEAD | COMMAND | CLINIC},
    "api:log_attempt": {"POST": CALLERS},
    "api:close_round": {"POST": OFFICE | COMMAND},
    "api:list_closings": {"GET": CLOSINGS},
    "api:get_closing": {"GET": CLOSINGS},
}  # fmt: skip

SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("boards:log_attempt", "POST"): {"result": "called"},
    ("api:log_attempt", "POST"): {"person_id": "{person_id}", "result": "called"},
    ("api:get_board", "GET"): {"unit_id": "{unit_id}"},
    ("api:get_missing", "GET"): {"unit_id": "{unit_id}"},
}  # fmt: skip

MEANT: dict[str, dict[str, str]] = {
    "boards:closing": {"round_id": "closed_id"},
    "boards:verify": {"round_id": "closed_id"},
    "boards:closing_export": {"round_id": "closed_id"},
    "api:get_closing": {"round_id": "closed_id"},
    "boards:log_attempt": {"person_id": "missing_id"},
    "api:log_attempt": {"person_id": "missing_id"},
}

SCHOOL_MATTERS = {
    "boards:closing",
    "boards:close",
    "boards:verify",
    "boards:closing_export",
    "api:get_closing",
    "api:close_round",
    "boards:channel",
}
