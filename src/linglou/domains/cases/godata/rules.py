"""Pure: how cases and contacts are called in Go.Data. Columns are those of its reporting files (``cases_clean``, ``contacts_clean``,
``relationships_clean``) that a school can fill; codes are its reference data, whose prefixes only the JSON carries.

Nothing is claimed that nobody knows: a contact by stays was in the same place, not within a metre of each other, unless the setting
or the seats say so.
"""

from __future__ import annotations

from datetime import date, timedelta

CASE_COLUMNS = (
    "uuid", "case_id", "location_id", "location_name", "firstName", "gender", "age", "age_class", "occupation", "classification",
    "outcome_id", "disease", "date_of_reporting", "date_of_data_entry", "date_of_onset", "date_of_outcome", "date_of_last_contact",
    "date_become_case", "has_relationships", "was_contact", "hospitalization_typeid", "hospitalization_centername", "contacts_per_case",
)  # fmt: skip
CONTACT_COLUMNS = (
    "uuid", "contact_id", "active", "contact_status", "location_id", "location_name", "firstName", "gender", "age", "age_class",
    "occupation", "date_of_reporting", "date_of_data_entry", "date_of_last_contact", "date_of_followup_start", "date_of_followup_end",
    "risk_level", "risk_reason", "was_case",
)  # fmt: skip
RELATIONSHIP_COLUMNS = (
    "uuid", "source_uuid", "source_visualid", "source_gender", "source_age", "target_uuid", "target_visualid", "target_gender",
    "target_age", "date_of_first_contact", "date_of_last_contact", "date_of_data_entry", "exposure_type", "context_of_exposure",
    "exposure_frequency", "exposure_duration", "exposure_duration_minutes", "certainty_level", "relation_detail",
    "is_contact_date_estimated", "comment",
)  # fmt: skip

PREFIX = "LNG_REFERENCE_DATA_CATEGORY_"
CLASSIFICATIONS = {
    "suspected": "SUSPECT", "probable": "PROBABLE", "confirmed": "CONFIRMED", "asymptomatic": "CONFIRMED",
    "excluded": "NOT_A_CASE_DISCARDED",
}  # fmt: skip
OUTCOMES = {"recovered": "RECOVERED", "died": "DECEASED"}
GENDERS = {"male": "MALE", "female": "FEMALE"}
# In the words of the reporting files.
LEVELS = {1: "1 - Low", 2: "2 - Medium", 3: "3 - High"}
LEVEL_CODES = {1: "1_LOW", 2: "2_MEDIUM", 3: "3_HIGH"}
WITHIN_A_METRE, OTHER_EXPOSURE = "Direct non-physical contact (within 1 meter)", "Other (please specify in comment field)"
TOGETHER = frozenset({"household", "dorm-room", "canteen"})  # settings that bring people within a metre by themselves
CONTEXTS = {
    "household": "Home/household", "dorm-room": "Home/household", "class-session": "School", "vehicle": "Transport",
    "gathering": "Gathering", "canteen": "Canteen", "place": "Other", "named": "Other",
}  # fmt: skip
AGE_CLASSES = ((5, "0-4"), (10, "5-9"), (15, "10-14"), (20, "15-19"), (30, "20-29"), (40, "30-39"), (50, "40-49"), (60, "50-59"),
               (65, "60-64"), (70, "65-69"), (75, "70-74"), (80, "75-79"))  # fmt: skip
HOUR, DAY = 60, 24 * 60


def classification(status: str, last_defined: str) -> str:
    """Of a case; one that ended keeps the classification it had (``last_defined``), an excluded one is discarded."""
    return CLASSIFICATIONS[status if status in CLASSIFICATIONS else last_defined]


def outcome(status: str) -> str:
    """``RECOVERED``, ``DECEASED``, or ``ALIVE`` of a case that goes on; '' of one that is none."""
    return "" if status == "excluded" else OUTCOMES.get(status, "ALIVE")


def contact_status(until: date | None, *, today: date, is_lost: bool = False, has_died: bool = False) -> str:
    """By the observation: under follow-up to its last day, then completed; '' where no rule names one. Who died, and whom nobody
    reached in the last days of being watched (``is_lost``), come before the days."""
    if has_died:
        return "DIED"
    if is_lost:
        return "LOST_TO_FOLLOW_UP"
    if until is None:
        return ""
    return "UNDER_FOLLOW_UP" if today <= until else "FOLLOW_UP_COMPLETED"


def follow_up(last: date, days: int | None) -> tuple[date | None, date | None]:
    """First and last day of the observation: the days after the last contact. (None, None) without a rule, or with no day."""
    if not days:
        return None, None
    return last + timedelta(days=1), last + timedelta(days=days)


def certainty(*, is_close: bool, by_hand: bool, missed: str) -> int:
    """How sure the exposure is: 3 where stays meet the contact definition, 2 where somebody told of it, 1 where the definition is
    not met, or nobody knows where people sat."""
    if by_hand:
        return 2
    return 3 if is_close and not missed else 1


def risk(where: str, *, is_close: bool) -> int:
    """3 for those who live with the case, 2 for other close contacts, 1 for those who do not meet the definition."""
    if not is_close:
        return 1
    return 3 if where in ("household", "dorm-room") else 2


def exposure_type(where: str, rows: int | None, seats: int | None) -> str:
    """Within a metre where the setting or neighbouring seats say so, other elsewhere."""
    neighbours = rows is not None and seats is not None and rows <= 1 and seats <= 1
    return WITHIN_A_METRE if where in TOGETHER or neighbours else OTHER_EXPOSURE


def frequency(meetings: int) -> str:
    """How often they met, in the classes of Go.Data; '' where nobody counted."""
    if not meetings:
        return ""
    classes = ((5, "1-5 Times"), (10, "6-10 Times"), (20, "11-20 Times"))
    return next((name for most, name in classes if meetings <= most), "Over 21 Times")


def duration(minutes: int) -> str:
    """How long together, in the classes of Go.Data; '' where nobody measured it. (The minutes stand beside it.)"""
    if not minutes:
        return ""
    return "Short (minutes)" if minutes < HOUR else "Medium (hours)" if minutes < DAY else "Long (days)"


def code(kind: str, word: str) -> str | None:
    """A word of the reporting files as the reference data of the API: ``Short (minutes)`` -> ``..._SHORT_MINUTES``; None for ''."""
    if not word:
        return None
    plain = "".join(letter if letter.isalnum() else " " for letter in word)
    return PREFIX + kind + "_" + "_".join(plain.upper().split())


def age(birth: date | None, today: date) -> int | None:
    """In whole years."""
    if birth is None:
        return None
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def age_class(years: int | None) -> str:
    if years is None:
        return "unknown"
    return next((name for below, name in AGE_CLASSES if years < below), "80+")


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
