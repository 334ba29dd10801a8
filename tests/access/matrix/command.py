"""Response levels and the command group: who may do what. See ``matrix``."""

from __future__ import annotations

from typing import Any

from tests.access.matrix.who import COMMANDERS, SEE_COMMAND, SIGNED_IN

ROWS: dict[str, dict[str, frozenset[str]]] = {
    "command:level": {"GET": SIGNED_IN},
    "command:switch": {"GET": COMMANDERS, "POST": COMMANDERS},
    "command:undo": {"POST": COMMANDERS},
    "command:profile": {"GET": SEE_COMMAND, "POST": COMMANDERS},
    "command:group": {"GET": SEE_COMMAND, "POST": COMMANDERS},
    "command:sheet": {"GET": SEE_COMMAND},
    "command:member": {"GET": COMMANDERS, "POST": COMMANDERS},
    "command:end_member": {"POST": COMMANDERS},
    "command:assign": {"POST": COMMANDERS},
    "command:relieve": {"POST": COMMANDERS},
    "command:add_area": {"POST": COMMANDERS},
    "command:close_area": {"POST": COMMANDERS},
    "api:level": {"GET": SIGNED_IN},
    "api:level_changes": {"GET": SEE_COMMAND},
    "api:preview_level": {"POST": COMMANDERS},
    "api:switch_level": {"POST": COMMANDERS},
    "api:undo_level": {"POST": COMMANDERS},
    "api:level_profiles": {"GET": SEE_COMMAND},
    "api:save_level_profile": {"PUT": COMMANDERS},
    "api:group_members": {"GET": SEE_COMMAND},
    "api:add_group_member": {"POST": COMMANDERS},
    "api:change_group_member": {"PATCH": COMMANDERS},
    "api:end_group_member": {"DELETE": COMMANDERS},
    "api:division": {"GET": SEE_COMMAND},
    "api:assign_responsibility": {"POST": COMMANDERS},
    "api:relieve_responsibility": {"DELETE": COMMANDERS},
    "api:add_area": {"POST": COMMANDERS},
    "api:close_area": {"DELETE": COMMANDERS},
}

SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("command:undo", "POST"): {"reason": "x"},
    ("command:assign", "POST"): {"key": "area:gate", "person_id": "{leader_id}", "alone": "on"},
    ("command:add_area", "POST"): {"name": "x"},
    ("api:preview_level", "POST"): {"level": "I"},
    ("api:switch_level", "POST"): {"level": "I", "issuer": "x", "document": "x", "previewed": "x"},
    ("api:undo_level", "POST"): {"reason": "x"},
    ("api:save_level_profile", "PUT"): {
        "gatherings": "allowed", "return_needs_approval": False, "gate": "open", "teaching": "normal", "leaders_on_duty": 0,
        "managers_on_duty": 0,
    },
    ("api:add_group_member", "POST"): {"position": "member", "duty": "x", "number": "{leader_number}"},
    ("api:change_group_member", "PATCH"): {"position": "member", "duty": "x"},
    ("api:assign_responsibility", "POST"): {"key": "area:gate", "person_id": "{leader_id}"},
    ("api:add_area", "POST"): {"name": "x"},
}  # fmt: skip

SAME_EVERYWHERE = {"command:profile", "api:save_level_profile"}  # a level is called alike at every school

SCHOOL_MATTERS = {
    "command:undo", "command:profile", "command:member", "command:end_member", "command:relieve", "command:close_area", "api:undo_level",
    "api:save_level_profile", "api:change_group_member", "api:end_group_member", "api:relieve_responsibility", "api:close_area",
}  # fmt: skip
