"""What can be done. A verb says nothing of who may do it (roles.py) or whether the state permits it (a domain's rules.py)."""

from enum import StrEnum


class Verb(StrEnum):
    # people
    SEE_NAMES = "see-names"  # who belongs to a unit, by name and number
    SEE_CONTACT = "see-contact"  # phone numbers in clear, of the person and the family
    SEE_IDENTITY = "see-identity"  # id numbers in clear, birth date
    IMPORT_ROSTER = "import-roster"
    MANAGE_UNITS = "manage-units"
    APPOINT = "appoint"  # give and end posts
    AUDIT_CHAIN = "audit-chain"  # holes in the responsible chain
    ISSUE_CODES = "issue-codes"  # activation codes, second-factor and password resets
    # daily health report
    SEE_WHETHER = "see-whether"  # who has reported and who has not; never what
    SEE_WHAT = "see-what"  # the answers of a health report
    REPORT_FOR = "report-for"  # proxy report
    LOG_CONTACT = "log-contact"  # attempts to reach a missing person
    EXCUSE = "excuse"
    CONFIRM_UNIT = "confirm-unit"  # a unit's zero report
    SEE_BOARD = "see-board"  # counts by unit
    EDIT_SCHEDULE = "edit-schedule"
    EDIT_FORM = "edit-form"
    CLOSE_ROUND = "close-round"
    SEE_CLOSING = "see-closing"  # the closing sheet, missing persons by name
    SEE_SIGNALS = "see-signals"
    HANDLE_SIGNALS = "handle-signals"
    HANDLE_TASKS = "handle-tasks"  # tasks about a unit's people: see all, settle, hand on
    EXPORT = "export"  # any file with names in it; watermarked and audited
    # whereabouts
    SEE_WHEREABOUTS = "see-whereabouts"  # where somebody is and has been, and who is on a screening list
    CHECK_WHEREABOUTS = "check-whereabouts"  # call back a sample, settle screenings
    KEEP_RISK_AREAS = "keep-risk-areas"
    IMPORT_STAYS = "import-stays"  # timetable, attendance, gate and canteen logs
    # alerts
    SEE_ALERTS = "see-alerts"  # thresholds that were reached, and the people counted
    HANDLE_ALERTS = "handle-alerts"
    # cases
    SEE_CASES = "see-cases"  # who is a case, of what status, and where
    SEE_CLINICAL = "see-clinical"  # findings and laboratory results
    OPEN_CASES = "open-cases"  # a suspected case, which must not wait; nothing that is decided later
    HANDLE_CASES = "handle-cases"  # record findings, decide the status
    REPORT_CASES = "report-cases"  # report to the health authority
    # care
    SEE_CARE = "see-care"  # who is under observation, and their care plan; no counselling, no questionnaire
    HANDLE_CARE = "handle-care"  # place people, keep the day's log, answer needs, name the people of a plan
    RELEASE = "release"  # extend, release, issue certificates
    KEEP_ROOMS = "keep-rooms"  # isolation rooms and how many they hold
    TRACK_ABSENCES = "track-absences"  # absence through illness, followed until the return
    COUNSEL = "counsel"  # questionnaires and counselling notes: the counselling centre alone
    # command
    SEE_COMMAND = "see-command"  # the command group, its division of responsibility and numbers, the history of levels
    SET_LEVEL = "set-level"  # record the level that the government set, and what each changes
    KEEP_GROUP = "keep-group"  # members of the command group, and who is responsible for what
    # the installation
    SEE_AUDIT = "see-audit"
    CONFIGURE = "configure"  # channels, readiness, settings
    SEE_RULES = "see-rules"
    KEEP_OWN_RULES = "keep-own-rules"  # what the school asks beside the packs
