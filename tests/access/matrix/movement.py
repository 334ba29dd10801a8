"""Whereabouts, screening and stays: who may do what. See ``matrix``."""

from __future__ import annotations

from typing import Any

from tests.access.matrix.who import CHECKERS, CLINIC, COMMAND, COUNTS, LEADERS, OFFICE, PROXIES, SIGNED_IN, WHEREABOUTS

ROWS: dict[str, dict[str, frozenset[str]]] = {
    "movement:overview": {"GET": WHEREABOUTS | COUNTS},
    "movement:ask": {"POST": OFFICE},
    "movement:people": {"GET": WHEREABOUTS},
    "movement:gates": {"GET": WHEREABOUTS},
    "api:list_at_gates": {"GET": WHEREABOUTS},
    "api:person_at_gates": {"GET": WHEREABOUTS},
    "movement:mine": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "movement:person": {"GET": WHEREABOUTS, "POST": CHECKERS},
    "movement:tell_for": {"GET": PROXIES, "POST": PROXIES},
    "movement:checks": {"GET": CHECKERS, "POST": CHECKERS},
    "movement:record_check": {"POST": CHECKERS},
    "movement:screening": {"GET": WHEREABOUTS},
    "movement:screened": {"GET": WHEREABOUTS, "POST": CHECKERS},
    "movement:risk_areas": {"GET": SIGNED_IN, "POST": OFFICE},
    "movement:withdraw_area": {"GET": OFFICE, "POST": OFFICE},
    "movement:upload_areas": {"GET": OFFICE, "POST": OFFICE},
    "movement:area_template": {"GET": OFFICE},
    "movement:area_import": {"GET": OFFICE},
    "movement:apply_areas": {"POST": OFFICE},
    "movement:area_errors": {"GET": OFFICE},
    "movement:stays": {"GET": OFFICE, "POST": OFFICE},
    "movement:stay_template": {"GET": OFFICE},
    "movement:stay_import": {"GET": OFFICE},
    "movement:apply_stays": {"POST": OFFICE},
    "movement:discard_stays": {"POST": OFFICE},
    "movement:stay_errors": {"GET": OFFICE},
    "movement:stays_of": {"GET": LEADERS | COMMAND | CLINIC},
    "api:my_whereabouts": {"GET": SIGNED_IN},
    "api:tell_stay": {"POST": SIGNED_IN},
    "api:tell_trip": {"POST": SIGNED_IN},
    "api:whereabouts_of": {"GET": PROXIES},
    "api:tell_stay_for": {"POST": PROXIES},
    "api:tell_trip_for": {"POST": PROXIES},
    "api:whereabouts_picture": {"GET": WHEREABOUTS | COUNTS},
    "api:list_screenings": {"GET": WHEREABOUTS},
    "api:settle_screening": {"POST": CHECKERS},
    "api:list_risk_areas": {"GET": SIGNED_IN},
    "api:list_risk_area": {"POST": OFFICE},
    "api:withdraw_risk_area": {"POST": OFFICE},
    "api:stay_imports": {"GET": OFFICE},
    "api:upload_stays": {"POST": OFFICE},
    "api:stay_import": {"GET": OFFICE},
    "api:stay_verdicts": {"GET": OFFICE},
    "api:apply_stays": {"POST": OFFICE},
    "api:discard_stays": {"POST": OFFICE},
}  # fmt: skip

SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("movement:person", "POST"): {"do": "campus"},
    ("movement:tell_for", "POST"): {"do": "campus"},
    ("movement:record_check", "POST"): {"result": "confirmed"},
    ("movement:screened", "POST"): {"outcome": "excluded"},
    ("api:tell_stay", "POST"): {"region": "330106", "from_day": "2026-11-20"},
    ("api:tell_trip", "POST"): {"day": "2026-11-20", "from_region": "330106", "to_region": "110108", "means": "train"},
    ("api:tell_stay_for", "POST"): {"region": "330106", "from_day": "2026-11-20"},
    ("api:tell_trip_for", "POST"): {"day": "2026-11-20", "from_region": "330106", "to_region": "110108", "means": "train"},
    ("api:settle_screening", "POST"): {"outcome": "excluded"},
    ("movement:withdraw_area", "POST"): {"reason": "x"},
    ("movement:stays", "POST"): {"kind": "gate", "file": "@gate.csv"},
    ("api:upload_stays", "POST"): {"kind": "gate", "file": "@gate.csv"},
    ("api:list_risk_area", "POST"): {"region": "3301", "level": "high", "from_day": "2026-11-23", "issuer": "x"},
    ("api:withdraw_risk_area", "POST"): {"reason": "x"},
}  # fmt: skip

SAME_EVERYWHERE = {
    "movement:stay_template",
}

SCHOOL_MATTERS = {
    "movement:withdraw_area",
    "api:withdraw_risk_area",
    "movement:area_import",
    "movement:apply_areas",
    "movement:area_errors",
    "movement:stay_import",
    "movement:apply_stays",
    "movement:discard_stays",
    "movement:stay_errors",
    "api:stay_import",
    "api:stay_verdicts",
    "api:apply_stays",
    "api:discard_stays",
}
