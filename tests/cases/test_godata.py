"""The export for Go.Data, read by its bytes: the columns, who is in it as what, and who may take it with names."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest

from linglou.domains.cases import actions as cases
from linglou.domains.cases.contacts import actions as contacts
from linglou.domains.cases.models import Contact
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from tests.cases.test_transmission import Outbreak
from tests.factories.accounts import browser
from tests.factories.people import holder
from tests.factories.stays import place, stay

PAGE, API = "/cases/transmission/godata.zip", "/api/v1/transmission/godata.zip"
CONTACT_COLUMNS = {
    "contact_status", "date_of_reporting", "date_of_last_contact", "date_of_followup_start", "date_of_followup_end", "risk_level",
    "was_case",
}  # fmt: skip
RELATIONSHIP_COLUMNS = {
    "source_uuid", "source_visualid", "target_uuid", "target_visualid", "exposure_type", "context_of_exposure", "exposure_frequency",
    "exposure_duration", "certainty_level",
}  # fmt: skip


class Box:
    """A zip, read."""

    def __init__(self, content: bytes) -> None:
        self.zip = zipfile.ZipFile(io.BytesIO(content))

    def csv(self, name: str) -> list[dict[str, str]]:
        content = self.zip.read(f"{name}.csv")
        assert content.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))

    def json(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.zip.read(f"{name}.json"))
        return found


@pytest.fixture
def outbreak(db: None) -> Outbreak:
    return Outbreak()


def take(outbreak: Outbreak, **asked: str) -> Box:
    period = {"disease": "measles", "since": f"{outbreak.ago(30)}", "until": f"{outbreak.today}"}
    answer = browser(outbreak.campus.office).get(PAGE, period | asked)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    return Box(answer.content)


def test_who_is_in_it_as_what(outbreak: Outbreak) -> None:
    box = take(outbreak)
    rows = {row["firstName"]: row for row in box.csv("cases")}
    assert set(rows) == {outbreak.first.name, outbreak.second.name, outbreak.third.name}
    index, second = rows[outbreak.first.name], rows[outbreak.second.name]
    assert (index["case_id"], index["classification"], index["outcome_id"]) == (
        f"CASE-{outbreak.cases[0].number}",
        "CONFIRMED",
        "ALIVE",
    )
    assert (index["was_contact"], index["contacts_per_case"], index["date_of_onset"]) == ("FALSE", "2", f"{outbreak.ago(25)}")
    assert (second["was_contact"], second["date_of_last_contact"]) == ("TRUE", f"{outbreak.ago(25)}")
    (contact,) = box.csv("contacts")
    assert set(contact) >= CONTACT_COLUMNS
    assert (contact["firstName"], contact["contact_status"], contact["was_case"]) == (
        outbreak.well.name,
        "FOLLOW_UP_COMPLETED",
        "FALSE",
    )
    last = outbreak.ago(25)
    assert (contact["date_of_last_contact"], contact["date_of_followup_start"], contact["date_of_followup_end"]) == (
        f"{last}", f"{last + timedelta(days=1)}", f"{last + timedelta(days=21)}",
    )  # fmt: skip
    assert contact["risk_level"] == "2_MEDIUM"


def test_relationships_name_both_ends_as_the_other_files_do(outbreak: Outbreak) -> None:
    box = take(outbreak)
    entries = {
        row["uuid"]: row.get("case_id") or row.get("contact_id") for name in ("cases", "contacts") for row in box.csv(name)
    }
    found = box.csv("relationships")
    assert set(found[0]) >= RELATIONSHIP_COLUMNS
    assert len(found) == 3
    for row in found:
        assert entries[row["source_uuid"]] == row["source_visualid"]
        assert entries[row["target_uuid"]] == row["target_visualid"]
    ends = {(row["source_visualid"], row["target_visualid"]) for row in found}
    assert (f"CASE-{outbreak.cases[0].number}", f"CASE-{outbreak.cases[1].number}") in ends
    by_context = {row["context_of_exposure"]: row for row in found}
    assert set(by_context) == {"Home/household", "Gathering"}
    household = by_context["Home/household"]
    assert (household["exposure_type"], household["certainty_level"], household["exposure_duration_minutes"]) == (
        "Direct non-physical contact (within 1 meter)", "2 - Medium", "",
    )  # fmt: skip


def test_minutes_and_certainty_by_stays(outbreak: Outbreak) -> None:
    room, met = place(outbreak.campus.school), outbreak.at - timedelta(days=3, hours=1)
    classmate = outbreak.campus.students[5]
    for who in (outbreak.third, classmate):
        stay(who, room, met, minutes=45)
    contacts.propose(case=outbreak.cases[2], by=outbreak.doctor, at=outbreak.at)
    contact = Contact.objects.get(case=outbreak.cases[2], person=classmate)
    contacts.decide(case=contact.case, contact_ids=[contact.pk], event="confirm", by=outbreak.doctor, at=outbreak.at)
    (row,) = [one for one in take(outbreak).csv("relationships") if one["context_of_exposure"] == "School"]
    assert (row["exposure_duration_minutes"], row["exposure_duration"], row["exposure_frequency"], row["certainty_level"]) == (
        "45", "Short (minutes)", "1-5 Times", "3 - High",
    )  # fmt: skip
    assert row["exposure_type"].startswith("Other")
    assert room.name in row["comment"]
    assert row["is_contact_date_estimated"] == "FALSE"
    (told,) = [one for one in take(outbreak).csv("contacts") if one["firstName"] == classmate.name]
    assert (told["contact_status"], told["active"]) == ("UNDER_FOLLOW_UP", "TRUE")


def test_json_speaks_the_reference_data(outbreak: Outbreak) -> None:
    box = take(outbreak)
    case = box.json("cases")[0]
    assert set(case) >= {"id", "visualId", "firstName", "dateOfReporting", "classification"}
    assert case["classification"] == "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_CONFIRMED"
    assert case["dateOfOnset"] == f"{outbreak.ago(25)}"
    (contact,) = box.json("contacts")
    assert contact["followUp"]["status"].endswith("_FOLLOW_UP_COMPLETED")
    link = box.json("relationships")[0]
    assert [end["type"].rsplit("_", 1)[-1] for end in link["persons"]] == ["CASE", "CASE"]
    assert link["certaintyLevelId"] == "LNG_REFERENCE_DATA_CATEGORY_CERTAINTY_LEVEL_2_MEDIUM"
    assert link["exposureTypeId"].endswith("WITHIN_1_METER")


def test_the_same_person_keeps_one_uuid(outbreak: Outbreak) -> None:
    before = {row["firstName"]: row["uuid"] for row in take(outbreak).csv("contacts")}
    outbreak.case(outbreak.well, 6)
    after = {row["firstName"]: row for row in take(outbreak).csv("cases")}
    assert after[outbreak.well.name]["uuid"] == before[outbreak.well.name]
    assert after[outbreak.well.name]["was_contact"] == "TRUE"
    assert take(outbreak).csv("contacts") == []


def test_a_discarded_case_is_one_or_a_contact_again(outbreak: Outbreak) -> None:
    for n in (1, 2):
        cases.decide(
            case=outbreak.cases[n], event="exclude", diagnosed_at=outbreak.at, reason="风疹", by=outbreak.doctor, at=outbreak.at
        )
    box = take(outbreak)
    assert {row["firstName"]: row["classification"] for row in box.csv("cases")} == {
        outbreak.first.name: "CONFIRMED", outbreak.third.name: "NOT_A_CASE_DISCARDED",
    }  # fmt: skip
    assert {row["firstName"]: row["was_case"] for row in box.csv("contacts")} == {
        outbreak.second.name: "TRUE", outbreak.well.name: "FALSE",
    }  # fmt: skip


def test_a_merged_case_speaks_through_the_other(outbreak: Outbreak) -> None:
    twin = outbreak.case(outbreak.campus.students[5], 14)
    cases.merge(case=outbreak.cases[1], into=twin, by=outbreak.doctor, at=outbreak.at, reason="两个学号")
    (row,) = [
        one for one in take(outbreak).csv("relationships") if one["target_visualid"] == f"CASE-{outbreak.cases[2].number}"
    ]
    assert row["source_visualid"] == f"CASE-{twin.number}"


def test_twice_ill_is_two_cases(outbreak: Outbreak) -> None:
    cases.decide(case=outbreak.cases[0], event="recover", diagnosed_at=outbreak.at, by=outbreak.doctor, at=outbreak.at)
    outbreak.case(outbreak.first, 1)
    rows = [row for row in take(outbreak).csv("cases") if row["firstName"] == outbreak.first.name]
    assert len({row["uuid"] for row in rows}) == 2
    assert {row["outcome_id"] for row in rows} == {"RECOVERED", "ALIVE"}
    sources = {row["source_visualid"] for row in take(outbreak).csv("relationships")}
    assert f"CASE-{outbreak.cases[0].number}" in sources


def test_without_names_no_name_is_in_any_byte(outbreak: Outbreak) -> None:
    box = take(outbreak, names="0")
    content = b"".join(box.zip.read(name) for name in box.zip.namelist() if name != "README.txt").decode()
    for person in (outbreak.first, outbreak.second, outbreak.third, outbreak.well):
        assert person.name not in content
        assert person.number not in content
    assert {row["firstName"] for row in box.csv("cases")} == {row["case_id"] for row in box.csv("cases")}


def test_taking_it_is_on_the_trail_and_the_file_says_who(outbreak: Outbreak) -> None:
    box = take(outbreak)
    assert outbreak.campus.office.name in box.zip.read("README.txt").decode()
    looked = Entry.objects.filter(action="case.export-godata", actor_id=outbreak.campus.office.pk)
    assert set(looked.values_list("subject_person_id", flat=True)) == {
        one.pk for one in (outbreak.first, outbreak.second, outbreak.third, outbreak.well)
    }  # fmt: skip


def test_only_the_office_takes_it(outbreak: Outbreak) -> None:
    asked = {"disease": "measles", "since": f"{outbreak.ago(30)}", "until": f"{outbreak.today}"}
    clinic = holder(Role.CLINIC, outbreak.campus.school)
    for who in (clinic, outbreak.campus.counsellor, outbreak.campus.command):
        assert browser(who).get(PAGE, asked).status_code == 403
        assert browser(who).get(API, asked).status_code == 403
    assert "导出到 Go.Data" in browser(outbreak.campus.office).get("/cases/transmission/").content.decode()
    assert "导出到 Go.Data" not in browser(clinic).get("/cases/transmission/").content.decode()
    assert browser(outbreak.campus.office).get(PAGE, {"disease": "measles"}).status_code == 422


def test_over_the_api(outbreak: Outbreak) -> None:
    answer = browser(outbreak.campus.office).get(API, {"disease": "measles", "names": "false"})
    box = Box(answer.content)
    assert len(box.csv("cases")) == 3
    assert len(box.csv("relationships")) == 3
    none = browser(outbreak.campus.office).get(API, {"disease": "mumps"})
    assert Box(none.content).csv("cases") == []


def test_a_day_is_the_campus_day(outbreak: Outbreak) -> None:
    days = [row["date_of_reporting"] for row in take(outbreak).csv("cases")]
    assert all(date.fromisoformat(day) for day in days)
    assert days[-1] == f"{clock.day_of(outbreak.cases[2].diagnosed_at)}"
