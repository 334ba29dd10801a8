"""An outbreak as an API client drives it: opened by the office, decided by the clinic, traced, reviewed in bulk, reported, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from linglou.domains.cases.models import Case, Contact, Finding
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.cases.test_contacts import Ward
from tests.factories.accounts import browser
from tests.factories.cases import CONFIRMED, SUSPECTED, case

API = "/api/v1"


class Api:
    """A client that sends and reads JSON."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str, **asked: Any) -> Any:
        answer = self.client.get(API + path, asked)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def post(self, path: str, expect: int = 200, **sent: Any) -> Any:
        answer = self.client.post(API + path, sent, content_type="application/json")
        assert answer.status_code == expect, answer.content
        return answer.json()


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward()


@pytest.fixture
def doctor(ward: Ward) -> Api:
    return Api(browser(Person.objects.get(pk=ward.doctor.person_id)))


@pytest.fixture
def office(ward: Ward) -> Api:
    return Api(browser(ward.campus.office))


def test_the_office_opens_a_suspected_case_and_the_clinic_decides(ward: Ward, office: Api, doctor: Api) -> None:
    someone, now = ward.others[4], clock.now().isoformat()
    opening = {
        "person_number": someone.number, "disease": "measles", "diagnosed_at": now, "reason": "家长来电",
        "findings": {"facts": SUSPECTED, "events": {"onset": now, "rash-onset": now}},
    }  # fmt: skip
    assert office.post("/cases", 403, event="confirm", **opening)["code"] == "not-allowed"
    assert not Case.objects.filter(person=someone).exists()
    opened = office.post("/cases", 201, event="suspect", **opening)
    assert (opened["status"], opened["events"]) == ("suspected", [])
    here = f"/cases/{opened['id']}"
    for path, sent in (
        ("decide", {"event": "confirm", "diagnosed_at": now, "reason": "x"}),
        ("findings", {}),
        ("undo", {"reason": "x"}),
    ):
        assert office.post(f"{here}/{path}", 403, **sent)["code"] == "not-allowed"
    found = {"facts": CONFIRMED, "specimens": {"igm-positive": {"kind": "血清", "laboratory": "市疾控", "sampled_at": now}}}
    doctor.post(f"{here}/findings", **found)
    assert Finding.objects.get(case_id=opened["id"], code="igm-positive").laboratory == "市疾控"
    assert doctor.post(f"{here}/decide", event="confirm", diagnosed_at=now)["status"] == "confirmed"


def test_the_page_offers_the_office_the_suspicion_alone(ward: Ward, office: Api, doctor: Api) -> None:
    url = f"/cases/new/?number={ward.others[4].number}&disease=measles"
    mine, theirs = (one.client.get(url).content.decode() for one in (office, doctor))
    assert 'value="suspect"' in mine
    assert 'value="confirm"' not in mine
    assert 'value="confirm"' in theirs
    assert browser(ward.campus.counsellor).get(url).status_code == 403
    now = f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}"
    typed = {"event": "confirm", "diagnosed_at": now, "whereabouts": "dorm", "reason": "x"}
    assert office.client.post(url, typed).status_code == 422
    assert office.client.post(url, typed | {"event": "suspect"}).status_code == 302
    assert Case.objects.get(person=ward.others[4]).status == "suspected"


def test_contacts_are_traced_reviewed_and_named(ward: Ward, doctor: Api, office: Api) -> None:
    here = f"/cases/{ward.case.pk}/contacts"
    assert doctor.post(f"{here}/propose")["proposed"] == 2
    listed = office.get(here, state="proposed", close="close", where="class-session", degree="1")
    assert (listed["total"], listed["counts"]["proposed"], listed["rule_id"], listed["obstacle"]) == (2, 2, "MEAS-CONTACT", "")
    assert listed["window"]["from_at"] < listed["items"][0]["first_at"]
    assert listed["items"][0]["meetings"][0]["minutes"] == 45
    ids = [item["id"] for item in listed["items"]]
    assert office.post(f"{here}/decide", 403, contact_ids=ids, event="confirm")["code"] == "not-allowed"
    assert doctor.post(f"{here}/decide", contact_ids=ids, event="confirm", note="同班") == {"decided": 2}
    assert doctor.post(f"{here}/decide", contact_ids=ids, event="confirm") == {"decided": 0}
    assert doctor.post(f"{here}/propose", 409, degree=2)["code"] == "case-not-traced"  # measles is traced to the first degree
    met = {"first_at": ward.lesson.isoformat(), "last_at": (ward.lesson + timedelta(hours=1)).isoformat()}
    named = doctor.post(here, 201, person_number=ward.others[4].number, where="household", note="表姐", **met)
    assert (named["state"], named["by_hand"], named["note"]) == ("confirmed", True, "表姐")
    assert doctor.post(here, 404, person_number=ward.patient.number, where="household", **met)["code"] == "not-found"
    assert office.get(here, text=ward.others[4].number)["total"] == 1
    assert Contact.objects.filter(case=ward.case, state="confirmed").count() == 3


def test_a_counsellor_reads_who_and_when_and_not_of_whom(ward: Ward, doctor: Api) -> None:
    doctor.post(f"/cases/{ward.case.pk}/contacts/propose")
    ward.decide("confirm", ward.contact(0))
    counsellor = Api(browser(ward.campus.counsellor))
    mine = counsellor.get("/contacts")
    assert [item["person_id"] for item in mine["items"]] == [ward.others[0].pk]
    assert set(mine["items"][0]) == {"id", "person_id", "person_number", "person_name", "unit_name", "degree", "last_at"}
    assert counsellor.client.get(f"{API}/cases/{ward.case.pk}/contacts").status_code == 403


def test_why_nobody_can_be_looked_for(ward: Ward, doctor: Api) -> None:
    other = case(ward.others[4], ward.campus.classes[1], by=ward.doctor)
    listed = doctor.get(f"/cases/{other.pk}/contacts")
    assert (listed["window"], listed["obstacle"]) == (None, "case-no-window")
    assert doctor.post(f"/cases/{other.pk}/contacts/propose", 409)["code"] == "case-no-window"


def test_moved_merged_and_taken_apart(ward: Ward, doctor: Api) -> None:
    twin = case(ward.others[2], ward.campus.classes[0], by=ward.doctor)
    assert doctor.post(f"/cases/{twin.pk}/move", whereabouts="hospital", hospital="市二院")["hospital"] == "市二院"
    merged = doctor.post(f"/cases/{twin.pk}/merge", into_id=ward.case.pk, reason="两个学号")
    assert merged["merged_into_id"] == ward.case.pk
    assert doctor.post(f"/cases/{twin.pk}/unmerge", reason="确为两人")["merged_into_id"] is None


def test_the_card_is_read_filled_and_sent(ward: Ward, office: Api) -> None:
    (report,) = office.get(f"/cases/{ward.case.pk}")["reports"]
    here = f"/cases/{ward.case.pk}/reports/{report['id']}"
    assert "belongs_to" in report["missing"]
    filled = office.post(f"{here}/fill", belongs_to="country", address="东校区 3 号楼")
    said = {field["key"]: field["value"] for field in filled["fields"]}
    assert (said["belongs_to"], said["address"], said["name"]) == ("外省", "东校区 3 号楼", ward.patient.name)
    assert office.get(here) == filled
    sent = office.post(f"{here}/send", means="network", recipient="区疾控", sent_at=clock.now().isoformat())
    assert sent["reports"][0]["recipient"] == "区疾控"
    assert office.post(f"{here}/fill", 409, remark="x")["code"] == "case-report-sent"
