"""Alerts through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from linglou.domains.surveillance.models import Alert
from linglou.foundation.access.roles import Role
from linglou.foundation.audit.models import Entry
from linglou.kernel import clock
from tests.factories.accounts import token
from tests.factories.people import Campus, holder
from tests.factories.surveillance import alert, recorded

pytestmark = pytest.mark.django_db


class Caller:
    def __init__(self, campus: Campus) -> None:
        self.nurse = holder(Role.CLINIC, campus.school)
        self.headers = {"Authorization": f"Bearer {token(self.nurse, 'see-alerts', 'handle-alerts')}"}

    def get(self, path: str) -> Any:
        return Client().get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        return Client().post(f"/api/v1{path}", body or {}, content_type="application/json", headers=self.headers)


@pytest.fixture
def call(campus: Campus) -> Caller:
    return Caller(campus)


def test_list_read_handle_settle(campus: Campus, call: Caller) -> None:
    one = alert(*campus.students[:3], scope="class")
    listed = call.get("/alerts").json()
    (found,) = [row for row in listed["items"] if row["scope"] == "class"]
    assert listed["total"] == 2  # the class, and the room they share
    assert (found["id"], found["n"], found["what"], found["jurisdiction"]) == (one.pk, 3, "发热", "CN")
    read = call.get(f"/alerts/{one.pk}").json()
    assert {row["person_id"] for row in read["people"]} == {student.pk for student in campus.students[:3]}
    assert [row["n"] for row in read["days"]] == [3]
    assert (read["document"], read["hidden"]) == ("卫办疾控发〔2006〕65号", 0)
    assert Entry.objects.filter(action="alert.read", actor_id=call.nurse.pk).count() == 3
    assert call.post(f"/alerts/{one.pk}/handle").json()["state"] == "handling"
    assert call.get("/alerts?state=handling").json()["total"] == 1
    at = (clock.now() - timedelta(minutes=5)).isoformat()
    body = {"outcome": "reported", "reported_at": at, "reported_to": "县疾控中心", "means": "phone", "reference": "A-1"}
    done = call.post(f"/alerts/{one.pk}/settle", body).json()
    assert (done["state"], done["outcome"], done["reference"]) == ("settled", "reported", "A-1")
    assert [step["kind"] for step in done["history"]] == ["opened", "handled", "settled"]
    again = call.post(f"/alerts/{one.pk}/handle")
    assert (again.status_code, again.json()["code"]) == (409, "alert-state")


def test_what_a_settlement_lacks_is_named_field_by_field(campus: Campus, call: Caller) -> None:
    one = alert(*campus.students[:3], scope="class")
    call.post(f"/alerts/{one.pk}/handle")
    refused = call.post(f"/alerts/{one.pk}/settle", {"outcome": "reported"})
    assert refused.status_code == 422
    assert {error["field"] for error in refused.json()["errors"]} == {"reported_at", "reported_to", "means"}
    assert call.post(f"/alerts/{one.pk}/settle", {"outcome": "merged", "merged_into": one.pk}).status_code == 422


def test_an_event_is_recorded_added_to_and_taken_back(campus: Campus, call: Caller) -> None:
    numbers = [student.number for student in campus.students[:3]]
    day = clock.day_of(clock.now()).isoformat()
    made = call.post("/alert-events", {"kind": "shared-source", "day": day, "numbers": numbers}).json()
    assert {row["number"] for row in made["people"]} == set(numbers)
    assert {row["scope"] for row in made["alerts"]} == {"class", "room"}
    more = call.post(f"/alert-events/{made['id']}/people", {"numbers": numbers[:1], "outcome": "hospitalised"}).json()
    assert sorted(row["outcome"] for row in more["people"]) == ["", "", "hospitalised"]
    assert call.get(f"/alert-events/{made['id']}").json() == more
    gone = call.post(f"/alert-events/{made['id']}/withdraw").json()
    assert gone["people"] == []
    assert set(Alert.objects.values_list("state", flat=True)) == {"withdrawn"}


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "shared-source", "day": "2099-01-01", "unit": "x"},
        {"kind": "shared-source", "day": "2026-11-01", "unit": "没有这个班"},
        {"kind": "shared-source", "day": "2026-11-01", "numbers": ["T-nobody"]},
        {"kind": "shared-source", "day": "2026-11-01"},
        {"kind": "other", "day": "2026-11-01", "unit": "x"},
    ],
)
def test_an_event_that_names_nobody_or_the_future_is_refused(campus: Campus, call: Caller, body: dict[str, Any]) -> None:
    assert call.post("/alert-events", body).status_code == 422


def test_a_token_without_the_verb_is_refused(campus: Campus) -> None:
    recorded(*campus.students[:3])
    headers = {"Authorization": f"Bearer {token(campus.office, 'see-board')}"}
    assert Client().get("/api/v1/alerts", headers=headers).status_code == 403
