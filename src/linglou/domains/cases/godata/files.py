"""The export as a zip: each of the three as CSV (UTF-8 with a mark, as spreadsheets want it) in the columns of Go.Data's reporting
files, and as JSON in the fields and the reference data of its API; and who took it, when."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from linglou.domains.cases.documents import mark_of
from linglou.domains.cases.godata import rules
from linglou.domains.cases.godata.queries import Export, Row
from linglou.foundation.access.actor import Actor

FOLLOW_UP = "LNG_REFERENCE_DATA_CONTACT_FINAL_FOLLOW_UP_STATUS_TYPE_"
LEVEL_OF = {rules.LEVELS[n]: rules.LEVEL_CODES[n] for n in rules.LEVELS}
EXPOSURE_CODES = {rules.WITHIN_A_METRE: "DIRECT_NON_PHYSICAL_CONTACT_WITHIN_1_METER", rules.OTHER_EXPOSURE: "OTHER"}


def as_zip(export: Export, *, by: Actor, at: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("cases.csv", as_csv(rules.CASE_COLUMNS, export.cases))
        box.writestr("contacts.csv", as_csv(rules.CONTACT_COLUMNS, export.contacts))
        box.writestr("relationships.csv", as_csv(rules.RELATIONSHIP_COLUMNS, export.relationships))
        box.writestr("cases.json", _as_json(_case(row) for row in export.cases))
        box.writestr("contacts.json", _as_json(_contact(row) for row in export.contacts))
        box.writestr("relationships.json", _as_json(_relationship(row, export) for row in export.relationships))
        box.writestr("README.txt", f"{mark_of(by, at)}\r\n")
    return out.getvalue()


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Days as 2026-03-01, truth as TRUE and FALSE, nothing for what nobody knows."""
    out = io.StringIO(newline="")
    sheet = csv.writer(out)
    sheet.writerow(columns)
    sheet.writerows([[_cell(row[column]) for column in columns] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "" if value is None else value


def _as_json(rows: Iterable[Row]) -> bytes:
    return json.dumps(list(rows), ensure_ascii=False, indent=1).encode()


def _person(row: Row, visual_id: str) -> Row:
    return {
        "id": row["uuid"], "visualId": visual_id, "firstName": row["firstName"], "gender": rules.code("GENDER", row["gender"]),
        "age": {"years": row["age"]}, "occupation": rules.code("OCCUPATION", row["occupation"]),
        "addresses": [{"locationId": row["location_id"], "addressLine1": row["location_name"]}] if row["location_id"] else [],
        "dateOfReporting": _day(row["date_of_reporting"]),
    }  # fmt: skip


def _case(row: Row) -> Row:
    return _person(row, row["case_id"]) | {
        "classification": rules.code("CASE_CLASSIFICATION", row["classification"]), "outcomeId": rules.code("OUTCOME", row["outcome_id"]),
        "dateOfOnset": _day(row["date_of_onset"]), "dateOfOutcome": _day(row["date_of_outcome"]),
        "dateBecomeCase": _day(row["date_become_case"]), "wasContact": row["was_contact"],
    }  # fmt: skip


def _contact(row: Row) -> Row:
    starts, ends = _day(row["date_of_followup_start"]), _day(row["date_of_followup_end"])
    status = row["contact_status"]
    return _person(row, row["contact_id"]) | {
        "dateOfLastContact": _day(row["date_of_last_contact"]), "riskLevel": rules.code("RISK_LEVEL", row["risk_level"]),
        "riskReason": row["risk_reason"], "wasCase": row["was_case"],
        "followUp": {"startDate": starts, "endDate": ends, "status": FOLLOW_UP + status} if status else None,
    }  # fmt: skip


def _relationship(row: Row, export: Export) -> Row:
    cases = {case["uuid"] for case in export.cases}
    return {
        "id": row["uuid"],
        "persons": [
            {
                "id": row[f"{end}_uuid"], "visualId": row[f"{end}_visualid"], end: True,
                "type": rules.code("PERSON_TYPE", "CASE" if row[f"{end}_uuid"] in cases else "CONTACT"),
            }
            for end in ("source", "target")
        ],
        "contactDate": _day(row["date_of_last_contact"]), "dateOfFirstContact": _day(row["date_of_first_contact"]),
        "contactDateEstimated": row["is_contact_date_estimated"],
        "certaintyLevelId": rules.code("CERTAINTY_LEVEL", LEVEL_OF[row["certainty_level"]]),
        "exposureTypeId": rules.code("EXPOSURE_TYPE", EXPOSURE_CODES[row["exposure_type"]]),
        "exposureFrequencyId": rules.code("EXPOSURE_FREQUENCY", row["exposure_frequency"]),
        "exposureDurationId": rules.code("EXPOSURE_DURATION", row["exposure_duration"]),
        "socialRelationshipDetail": row["relation_detail"], "exposureDurationMinutes": row["exposure_duration_minutes"],
        "contextOfExposure": row["context_of_exposure"], "comment": row["comment"],
    }  # fmt: skip


def _day(day: date | None) -> str | None:
    return f"{day}" if day else None
