"""Who may do what, address by address: the one table. ``test_matrix.py`` walks the URLconf and asks everything as everybody.

A row is ``name: {method: who}``; ``who`` are the roles that pass the gate for something *here* (class A, its college, their own
school). Everybody else is refused: sent to log in when nobody, 403 or 404 otherwise. An address without a row fails the test.
"""

from __future__ import annotations

from typing import Any

from linglou.foundation.access.roles import Role

ANONYMOUS, STUDENT = "anonymous", "student"
ROLES = frozenset(role.value for role in Role)


def _roles(*roles: Role) -> frozenset[str]:
    return frozenset(role.value for role in roles)


# Who
SIGNED_IN = ROLES | {STUDENT}
PUBLIC = SIGNED_IN | {ANONYMOUS}
NOBODY: frozenset[str] = frozenset()
MONITOR, ROOM_HEAD, COUNSELLOR = _roles(Role.CLASS_MONITOR), _roles(Role.ROOM_HEAD), _roles(Role.COUNSELLOR)
DEANERY = _roles(Role.COLLEGE_SECRETARY, Role.DEAN)
SECRETARY, BRANCH = _roles(Role.COLLEGE_SECRETARY), _roles(Role.BRANCH_SECRETARY)
OFFICE, COMMAND, CLINIC = _roles(Role.PREVENTION_OFFICE), _roles(Role.COMMAND_GROUP), _roles(Role.CLINIC)
COUNSELLING, AUDITOR = _roles(Role.COUNSELLING), _roles(Role.AUDITOR)
ADMINISTRATOR, GUARDIAN = _roles(Role.ADMINISTRATOR), _roles(Role.GUARDIAN)
FIGURES_ONLY = _roles(Role.LOGISTICS, Role.GATE, Role.AUTHORITY_VIEWER)

LEADERS = COUNSELLOR | DEANERY | OFFICE
STUDENTS = MONITOR | ROOM_HEAD | {STUDENT}  # on the roster of the daily round
BOARD = MONITOR | LEADERS | COMMAND | CLINIC | AUDITOR | FIGURES_ONLY
CALLERS = MONITOR | ROOM_HEAD | LEADERS
PROXIES = MONITOR | COUNSELLOR | OFFICE | GUARDIAN
CLOSINGS = LEADERS | COMMAND
SIGNALS = LEADERS | COMMAND | CLINIC
SIGNAL_HANDLERS = COUNSELLOR | SECRETARY | OFFICE | CLINIC
CASES = LEADERS | COMMAND | CLINIC
CARE = LEADERS | COMMAND | CLINIC | COUNSELLING
CARERS = COUNSELLOR | SECRETARY | OFFICE | CLINIC
ROOM_KEEPERS = OFFICE | CLINIC | _roles(Role.LOGISTICS)
CASE_REPORTERS = OFFICE | CLINIC
ALERTS = LEADERS | COMMAND | CLINIC
ALERT_HANDLERS = OFFICE | CLINIC
WHEREABOUTS = LEADERS | COMMAND | CLINIC
CHECKERS = COUNSELLOR | SECRETARY | OFFICE | CLINIC
COUNTS = AUDITOR | FIGURES_ONLY  # of the whole school, no names
NAMES = MONITOR | ROOM_HEAD | LEADERS | COMMAND | CLINIC | COUNSELLING | ADMINISTRATOR
UNITS = (NAMES | AUDITOR) - ROOM_HEAD  # of class A: a room head's scope is the room
CHAIN = DEANERY | OFFICE | COMMAND | AUDITOR | ADMINISTRATOR
APPOINTERS = OFFICE | ADMINISTRATOR
ISSUERS = COUNSELLOR | OFFICE | ADMINISTRATOR
TRAIL = AUDITOR | ADMINISTRATOR
RULES = LEADERS | COMMAND | CLINIC | AUDITOR | ADMINISTRATOR | _roles(Role.AUTHORITY_VIEWER)

# Those whose scope is the whole school: next door is theirs too.
SCHOOL_WIDE = OFFICE | COMMAND | CLINIC | COUNSELLING | AUDITOR | ADMINISTRATOR | FIGURES_ONLY

ROWS: dict[str, dict[str, frozenset[str]]] = {
    # boards
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
    # the daily report
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
    # signals
    "signals:list": {"GET": SIGNALS},
    "signals:detail": {"GET": SIGNALS},
    "signals:handle": {"POST": SIGNAL_HANDLERS},
    "signals:settle": {"POST": SIGNAL_HANDLERS},
    # movement
    "movement:overview": {"GET": WHEREABOUTS | COUNTS},
    "movement:ask": {"POST": OFFICE},
    "movement:people": {"GET": WHEREABOUTS},
    "movement:mine": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "movement:person": {"GET": WHEREABOUTS, "POST": CHECKERS},
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
    # cases
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
    # care
    "care:list": {"GET": CARE},
    "care:mine": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "care:need": {"GET": CARERS, "POST": CARERS},
    "care:rooms": {"GET": ROOM_KEEPERS, "POST": ROOM_KEEPERS},
    "care:add_rooms": {"POST": ROOM_KEEPERS},
    "care:change_beds": {"POST": ROOM_KEEPERS},
    "care:plan": {"GET": CARE},
    "care:log": {"POST": CARERS},
    "care:place": {"POST": CARERS},
    "care:people": {"POST": CARERS},
    "care:arrange": {"POST": CARERS},
    "care:raise_need": {"POST": CARERS},
    "care:close": {"POST": CARERS},
    "care:extend": {"POST": CLINIC},
    "care:release": {"POST": CLINIC},
    "care:resume": {"POST": CLINIC},
    # alerts
    "surveillance:list": {"GET": ALERTS},
    "surveillance:detail": {"GET": ALERTS},
    "surveillance:handle": {"POST": ALERT_HANDLERS},
    "surveillance:settle": {"POST": ALERT_HANDLERS},
    "surveillance:events": {"GET": ALERT_HANDLERS},
    "surveillance:new_event": {"GET": ALERT_HANDLERS, "POST": ALERT_HANDLERS},
    "surveillance:event": {"GET": ALERT_HANDLERS},
    "surveillance:add_people": {"POST": ALERT_HANDLERS},
    "surveillance:withdraw_event": {"POST": ALERT_HANDLERS},
    "movement:stays": {"GET": OFFICE, "POST": OFFICE},
    "movement:stay_template": {"GET": OFFICE},
    "movement:stay_import": {"GET": OFFICE},
    "movement:apply_stays": {"POST": OFFICE},
    "movement:discard_stays": {"POST": OFFICE},
    "movement:stay_errors": {"GET": OFFICE},
    "movement:stays_of": {"GET": LEADERS | COMMAND | CLINIC},
    # people
    "people:search": {"GET": NAMES | BRANCH},
    "people:me": {"GET": SIGNED_IN},
    "people:add-where": {"GET": APPOINTERS},
    "people:add": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:correct": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:depart": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:person": {"GET": NAMES | GUARDIAN},
    "people:identity": {"POST": COUNSELLOR | OFFICE | CLINIC},
    "people:add-guardian": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:move": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:leave": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:dismiss": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:units": {"GET": UNITS | ROOM_HEAD | BRANCH},
    "people:unit": {"GET": UNITS},
    "people:open-unit": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:close-unit": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:join": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:appoint": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:chain": {"GET": CHAIN},
    "people:ready": {"POST": ADMINISTRATOR},
    "people:imports": {"GET": APPOINTERS, "POST": APPOINTERS},
    "people:import-template": {"GET": APPOINTERS},
    "people:import": {"GET": APPOINTERS},
    "people:import-progress": {"GET": APPOINTERS},
    "people:import-options": {"POST": APPOINTERS},
    "people:import-apply": {"POST": APPOINTERS},
    "people:import-discard": {"POST": APPOINTERS},
    "people:import-errors": {"GET": APPOINTERS},
    # accounts
    "accounts:overview": {"GET": SIGNED_IN},
    "accounts:activate": {"GET": PUBLIC, "POST": PUBLIC},
    "accounts:codes": {"GET": ISSUERS},
    "accounts:unit_codes": {"GET": ISSUERS, "POST": ISSUERS},
    "accounts:person_code": {"GET": ISSUERS, "POST": ISSUERS},
    "accounts:language": {"POST": SIGNED_IN},
    "accounts:sessions": {"GET": SIGNED_IN},
    "accounts:end_session": {"POST": SIGNED_IN},
    "accounts:tokens": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "accounts:revoke_token": {"POST": SIGNED_IN},
    "accounts:looks": {"GET": SIGNED_IN},
    "accounts:trail": {"GET": TRAIL},
    "accounts:export_trail": {"POST": TRAIL},
    "accounts:setup": {"GET": NOBODY, "POST": NOBODY},  # there is a school
    "accounts:checklist": {"GET": ADMINISTRATOR},
    "account_login": {"GET": PUBLIC, "POST": PUBLIC},
    "account_logout": {"GET": PUBLIC, "POST": PUBLIC},
    "account_inactive": {"GET": PUBLIC},
    "account_reauthenticate": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "account_change_password": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "mfa_index": {"GET": SIGNED_IN},
    "mfa_authenticate": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "mfa_reauthenticate": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "mfa_activate_totp": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "mfa_deactivate_totp": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "mfa_view_recovery_codes": {"GET": NOBODY},  # nobody here has any
    "mfa_generate_recovery_codes": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "mfa_download_recovery_codes": {"GET": NOBODY},
    # the rest
    "rulebook:rules": {"GET": RULES},
    "rulebook:diseases": {"GET": RULES},
    "rulebook:disease": {"GET": RULES},
    "rulebook:school": {"GET": RULES},
    "ui:gallery": {"GET": PUBLIC},
    "ui:language": {"POST": PUBLIC},
    "problems": {"GET": PUBLIC},
    "server:healthz": {"GET": PUBLIC},
    "server:metrics": {"GET": PUBLIC},
    # the API
    "api:openapi-json": {"GET": PUBLIC},
    "api:api-root": {"GET": NOBODY},
    "api:me": {"GET": SIGNED_IN},
    "api:list_tokens": {"GET": SIGNED_IN},
    "api:create_token": {"POST": SIGNED_IN},
    "api:revoke_token": {"DELETE": SIGNED_IN},
    "api:search_people": {"GET": NAMES | BRANCH},
    "api:get_person": {"GET": NAMES | GUARDIAN},
    "api:list_units": {"GET": SIGNED_IN},  # of one's own scope: an empty list for most
    "api:get_unit": {"GET": UNITS},
    "api:get_chain_audit": {"GET": CHAIN},
    "api:imports": {"GET": APPOINTERS},
    "api:upload": {"POST": APPOINTERS},
    "api:one": {"GET": APPOINTERS},
    "api:verdicts": {"GET": APPOINTERS},
    "api:errors": {"GET": APPOINTERS},
    "api:apply": {"POST": APPOINTERS},
    "api:discard": {"POST": APPOINTERS},
    "api:list_signals": {"GET": SIGNALS},
    "api:read_signal": {"GET": SIGNALS},
    "api:handle_signal": {"POST": SIGNAL_HANDLERS},
    "api:settle_signal": {"POST": SIGNAL_HANDLERS},
    "api:my_whereabouts": {"GET": SIGNED_IN},
    "api:tell_stay": {"POST": SIGNED_IN},
    "api:tell_trip": {"POST": SIGNED_IN},
    "api:whereabouts_picture": {"GET": WHEREABOUTS | COUNTS},
    "api:list_screenings": {"GET": WHEREABOUTS},
    "api:settle_screening": {"POST": CHECKERS},
    "api:list_risk_areas": {"GET": SIGNED_IN},
    "api:list_risk_area": {"POST": OFFICE},
    "api:withdraw_risk_area": {"POST": OFFICE},
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
    "api:list_plans": {"GET": CARE},
    "api:read_plan": {"GET": CARE},
    "api:log_care": {"POST": CARERS},
    "api:place_person": {"POST": CARERS},
    "api:name_people": {"POST": CARERS},
    "api:ask_for": {"POST": CARERS},
    "api:close_plan": {"POST": CARERS},
    "api:extend_observation": {"POST": CLINIC},
    "api:release_observation": {"POST": CLINIC},
    "api:resume_observation": {"POST": CLINIC},
    "api:my_care": {"GET": SIGNED_IN},
    "api:ask_for_myself": {"POST": SIGNED_IN},
    "api:read_need": {"GET": CARERS},
    "api:answer_need": {"POST": CARERS},
    "api:list_sites": {"GET": ROOM_KEEPERS},
    "api:add_site": {"POST": ROOM_KEEPERS},
    "api:add_rooms": {"POST": ROOM_KEEPERS},
    "api:change_beds": {"PATCH": ROOM_KEEPERS},
    "api:list_alerts": {"GET": ALERTS},
    "api:read_alert": {"GET": ALERTS},
    "api:handle_alert": {"POST": ALERT_HANDLERS},
    "api:settle_alert": {"POST": ALERT_HANDLERS},
    "api:record_event": {"POST": ALERT_HANDLERS},
    "api:read_event": {"GET": ALERT_HANDLERS},
    "api:add_to_event": {"POST": ALERT_HANDLERS},
    "api:withdraw_event": {"POST": ALERT_HANDLERS},
    "api:stay_imports": {"GET": OFFICE},
    "api:upload_stays": {"POST": OFFICE},
    "api:stay_import": {"GET": OFFICE},
    "api:stay_verdicts": {"GET": OFFICE},
    "api:apply_stays": {"POST": OFFICE},
    "api:discard_stays": {"POST": OFFICE},
    "api:current_rounds": {"GET": SIGNED_IN},
    "api:proxy_ticket": {"GET": PROXIES},
    "api:submit": {"POST": PUBLIC},  # the ticket stands in for a log-in, and is refused with 401 when it is wrong
    "api:my_responses": {"GET": SIGNED_IN},
    "api:verify_receipt": {"GET": PUBLIC},
    "api:list_excuses": {"GET": LEADERS},
    "api:approve_excuse": {"POST": LEADERS},
    "api:cancel_excuse": {"POST": LEADERS},
    "api:get_board": {"GET": BOARD},
    "api:get_missing": {"GET": CALLERS - ROOM_HEAD | COMMAND | CLINIC},
    "api:log_attempt": {"POST": CALLERS},
    "api:close_round": {"POST": OFFICE | COMMAND},
    "api:list_closings": {"GET": CLOSINGS},
    "api:get_closing": {"GET": CLOSINGS},
}  # fmt: skip

# What must be sent so that it is the gate that answers, not the form. ``{name}`` is an object of the place that is asked about.
SENT: dict[tuple[str, str], dict[str, Any]] = {
    ("people:move", "POST"): {"unit": "{unit_id}"},
    ("people:leave", "POST"): {"reason": "other"},
    ("people:depart", "POST"): {"reason": "other"},
    ("people:add", "POST"): {"number": "20249999", "name": "新来", "kind": "student"},
    ("people:correct", "POST"): {"number": "20249999", "name": "新名", "kind": "student"},
    ("people:join", "POST"): {"person": "{person_id}"},
    ("people:appoint", "POST"): {"person": "{person_id}"},
    ("people:ready", "POST"): {"unit": "{school_id}"},
    ("daily:open_now", "POST"): {"closes": "18:00"},
    ("boards:log_attempt", "POST"): {"result": "called"},
    ("api:create_token", "POST"): {"name": "x"},
    ("api:upload", "POST"): {"file": "@roster.csv"},
    ("api:search_people", "GET"): {"q": "欧阳"},
    ("movement:person", "POST"): {"do": "campus"},
    ("movement:record_check", "POST"): {"result": "confirmed"},
    ("movement:screened", "POST"): {"outcome": "excluded"},
    ("api:tell_stay", "POST"): {"region": "330106", "from_day": "2026-11-20"},
    ("api:tell_trip", "POST"): {"day": "2026-11-20", "from_region": "330106", "to_region": "110108", "means": "train"},
    ("api:settle_screening", "POST"): {"outcome": "excluded"},
    ("movement:withdraw_area", "POST"): {"reason": "x"},
    ("movement:stays", "POST"): {"kind": "gate", "file": "@gate.csv"},
    ("api:upload_stays", "POST"): {"kind": "gate", "file": "@gate.csv"},
    ("api:list_risk_area", "POST"): {"region": "3301", "level": "high", "from_day": "2026-11-23", "issuer": "x"},
    ("api:withdraw_risk_area", "POST"): {"reason": "x"},
    ("api:settle_signal", "POST"): {"outcome": "excluded", "note": "x"},
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
    ("api:log_care", "POST"): {"kind": "check", "temperature": "36.6"},
    ("api:place_person", "POST"): {"kind": "home"},
    ("api:ask_for", "POST"): {"kind": "meal", "text": "x"},
    ("api:ask_for_myself", "POST"): {"kind": "meal", "text": "x"},
    ("api:answer_need", "POST"): {"answer": "x"},
    ("api:close_plan", "POST"): {"follow_up_on": "2030-01-01"},
    ("api:extend_observation", "POST"): {"last_day": "2030-01-01", "reason": "x"},
    ("api:release_observation", "POST"): {"reason": "x"},
    ("api:resume_observation", "POST"): {"reason": "x"},
    ("api:add_site", "POST"): {"name": "x", "kind": "hotel"},
    ("api:add_rooms", "POST"): {"names": ["x"]},
    ("api:change_beds", "PATCH"): {"beds": "3"},
    ("api:settle_alert", "POST"): {"outcome": "not-outbreak", "note": "x"},
    ("api:record_event", "POST"): {"kind": "food-poisoning", "day": "2026-11-23", "unit": "x"},
    ("api:add_to_event", "POST"): {"unit": "x"},
    ("api:approve_excuse", "POST"): {
        "person_id": "{person_id}", "reason": "leave", "first_day": "2026-11-23", "last_day": "2026-11-24",
    },
    ("api:log_attempt", "POST"): {"person_id": "{person_id}", "result": "called"},
    ("api:get_board", "GET"): {"unit_id": "{unit_id}"},
    ("api:get_missing", "GET"): {"unit_id": "{unit_id}"},
}  # fmt: skip

# Addresses whose parameters name something else than the ones of the same name elsewhere.
MEANT: dict[str, dict[str, str]] = {
    "boards:closing": {"round_id": "closed_id"},
    "boards:verify": {"round_id": "closed_id"},
    "boards:closing_export": {"round_id": "closed_id"},
    "api:get_closing": {"round_id": "closed_id"},
    "daily:unit_report": {"round_id": "unit_round_id", "unit_id": "college_id"},
    "boards:log_attempt": {"person_id": "missing_id"},
    "api:log_attempt": {"person_id": "missing_id"},
}

# Addresses that answer alike whatever they are asked about: a public receipt, one's own school's form, the way back home.
SAME_EVERYWHERE = {
    "daily:receipt", "api:verify_receipt", "daily:form", "daily:done", "daily:unchanged", "api:submit", "rulebook:disease",
    "movement:stay_template",
}  # fmt: skip

# Next door is another college; these speak of the school as a whole.
SCHOOL_MATTERS = {
    "boards:closing", "boards:close", "boards:verify", "boards:closing_export", "api:get_closing", "api:close_round",
    "daily:schedule", "daily:open_now", "movement:withdraw_area", "api:withdraw_risk_area", "movement:area_import", "movement:apply_areas", "movement:area_errors", "daily:report",
    "care:add_rooms", "care:change_beds", "api:add_rooms", "api:change_beds", "movement:stay_import", "movement:apply_stays", "movement:discard_stays", "movement:stay_errors", "api:stay_import",
    "api:stay_verdicts", "api:apply_stays", "api:discard_stays", "boards:channel",
    "people:import", "people:import-progress", "people:import-options", "people:import-apply", "people:import-discard",
    "people:import-errors", "api:one", "api:verdicts", "api:errors", "api:apply", "api:discard",
}  # fmt: skip
