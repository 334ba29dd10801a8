"""Cases, contacts and transmission: who may do what. See ``matrix``."""

from __future__ import annotations

from typing import Any

from tests.access.matrix.who import CASE_REPORTERS, CASES, CLINIC, OFFICE

ROWS: dict[str, dict[str, frozenset[str]]] = {
    "cases:list": {"GET": CASES},
    "cases:new": {"GET": CASE_REPORTERS, "POST": CASE_REPORTERS},
    "cases:detail": {"GET": CASES},
    "cases:find": {"POST": CLINIC},
    "cases:decide": {"POST": CLINIC},
    "cases:undo": {"POST": CLINIC},
    "cases:move": {"POST": CLINIC},
    "cases:merge": {"POST": CLINIC},
    "cases:unmerge": {"POST": CLINIC},
    "cases:acknowledge": {"POST": CASES},
    "cases:transmission": {"GET": CASE_REPORTERS},
    "cases:godata": {"GET": OFFICE},
    "cases:mine": {"GET": CASES},
    "cases:contacts": {"GET": CASE_REPORTERS},
    "cases:propose": {"POST": CLINIC},
    "cases:decide_contacts": {"POST": CLINIC},
    "cases:add_contact": {"POST": CLINIC},
    "cases:report": {"GET": CASE_REPORTERS},
    "cases:fill": {"POST": CASE_REPORTERS},
    "cases:send": {"POST": CASE_REPORTERS},
    "cases:export": {"GET": CASE_REPORTERS},
    "api:list_cases": {"GET": CASES},
    "api:open_case": {"POST": CASE_REPORTERS},
    "api:read_case": {"GET": CASES},
    "api:record_findings": {"POST": CLINIC},
    "api:decide_case": {"POST": CLINIC},
    "api:undo_decision": {"POST": CLINIC},
    "api:acknowledge_case": {"POST": CASES},
    "api:move_patient": {"POST": CLINIC},
    "api:merge_case": {"POST": CLINIC},
    "api:unmerge_case": {"POST": CLINIC},
    "api:read_report": {"GET": CASE_REPORTERS},
    "api:fill_report": {"POST": CASE_REPORTERS},
    "api:send_report": {"POST": CASE_REPORTERS},
    "api:list_contacts": {"GET": CASE_REPORTERS},
    "api:propose_contacts": {"POST": CLINIC},
    "api:decide_contacts": {"POST": CLINIC},
    "api:add_contact": {"POST": CLINIC},
    "api:my_contacts": {"GET": CASES},
    "api:read_transmission": {"GET": CASE_REPORTERS},
    "api:export_godata": {"GET": OFFICE},
}  # fmt: skip

SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("api:open_case", "POST"): {
        "person_number": "{person_number}", "disease": "influenza", "event": "suspect", "reason": "x",
        "diagnosed_at": "2026-01-05T08:00:00+08:00",
    },
    ("api:decide_case", "POST"): {"event": "exclude", "reason": "x", "diagnosed_at": "2026-01-05T08:00:00+08:00"},
    ("api:undo_decision", "POST"): {"reason": "x"},
    ("api:read_transmission", "GET"): {"disease": "measles"},
    ("api:export_godata", "GET"): {"disease": "measles"},
    ("cases:godata", "GET"): {"disease": "measles", "since": "2026-01-01", "until": "2026-12-31"},
    ("api:move_patient", "POST"): {"whereabouts": "home"},
    ("api:merge_case", "POST"): {"into_id": "{into_id}", "reason": "x"},
    ("api:unmerge_case", "POST"): {"reason": "x"},
    ("api:decide_contacts", "POST"): {"contact_ids": ["{contact_id}"], "event": "reject"},
    ("api:add_contact", "POST"): {
        "person_number": "{missing_number}", "where": "named", "first_at": "2026-01-05T08:00:00+08:00",
        "last_at": "2026-01-05T09:00:00+08:00",
    },
    ("api:send_report", "POST"): {"means": "phone", "recipient": "区疾控", "sent_at": "2026-01-05T08:00:00+08:00"},
}  # fmt: skip
