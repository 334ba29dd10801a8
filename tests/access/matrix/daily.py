"""The daily report: who may do what. See ``matrix``."""

from __future__ import annotations

from typing import Any

from tests.access.matrix.who import BRANCH, DEANERY, LEADERS, OFFICE, PROXIES, PUBLIC, SIGNED_IN, STUDENTS

ROWS: dict[str, dict[str, frozenset[str]]] = {
    "daily:report": {"GET": STUDENTS, "POST": STUDENTS},
    "daily:unchanged": {"POST": SIGNED_IN},
    "daily:done": {"GET": SIGNED_IN},
    "daily:report_for": {"GET": PROXIES, "POST": PROXIES},
    "daily:done_for": {"GET": PROXIES},
    "daily:regions": {"GET": SIGNED_IN},
    "daily:receipts": {"GET": PUBLIC},
    "daily:receipt": {"GET": PUBLIC},
    "daily:history": {"GET": SIGNED_IN},
    "daily:excuses": {"GET": LEADERS, "POST": LEADERS},
    "daily:cancel_excuse": {"POST": LEADERS},
    "daily:schedules": {"GET": OFFICE},
    "daily:new_schedule": {"GET": OFFICE, "POST": OFFICE},
    "daily:schedule": {"GET": OFFICE, "POST": OFFICE},
    "daily:open_now": {"POST": OFFICE},
    "daily:forms": {"GET": OFFICE},
    "daily:new_form": {"GET": OFFICE, "POST": OFFICE},
    "daily:form": {"GET": OFFICE, "POST": OFFICE},
    "daily:unit_reports": {"GET": LEADERS | BRANCH},
    "daily:unit_report": {"GET": DEANERY | OFFICE, "POST": DEANERY | OFFICE},
    "api:current_rounds": {"GET": SIGNED_IN},
    "api:proxy_ticket": {"GET": PROXIES},
    "api:submit": {"POST": PUBLIC},  # the ticket stands in for a log-in, and is refused with 401 when it is wrong
    "api:my_responses": {"GET": SIGNED_IN},
    "api:verify_receipt": {"GET": PUBLIC},
    "api:list_excuses": {"GET": LEADERS},
    "api:approve_excuse": {"POST": LEADERS},
    "api:cancel_excuse": {"POST": LEADERS},
}  # fmt: skip

SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("daily:open_now", "POST"): {"closes": "18:00"},
    ("api:approve_excuse", "POST"): {
        "person_id": "{person_id}", "reason": "leave", "first_day": "2026-11-23", "last_day": "2026-11-24",
    },
}  # fmt: skip

MEANT: dict[str, dict[str, str]] = {
    "daily:unit_report": {"round_id": "unit_round_id", "unit_id": "college_id"},
}

SAME_EVERYWHERE = {
    "daily:receipt",
    "api:verify_receipt",
    "daily:form",
    "daily:done",
    "daily:unchanged",
    "api:submit",
}

SCHOOL_MATTERS = {
    "daily:schedule",
    "daily:open_now",
    "daily:report",
}
