"""People over HTTP."""

from __future__ import annotations

import pytest
from django.test import Client

from linglou.foundation.audit.models import Entry
from tests.factories import accounts
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    made = Campus()
    who = made.students[1]
    who.phone, who.id_number = "13800005678", "330281200401011234"
    who.save()
    return made


def browse(who: object) -> Client:
    return accounts.browser(who, second_factor=True)  # type: ignore[arg-type]


def test_search(campus: Campus) -> None:
    office = browse(campus.office)
    answer = office.get("/api/v1/people", {"q": campus.students[1].number})
    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()["people"]] == [campus.students[1].pk]
    assert answer.json()["people"][0]["place"] == "信息学院 · 软件2401A"
    assert office.get("/api/v1/people", {"q": "\x00"}).json()["people"] == []
    assert office.get("/api/v1/people").status_code == 422
    assert office.get("/api/v1/people", {"q": "x", "limit": 1000}).status_code == 422
    assert browse(campus.students[1]).get("/api/v1/people", {"q": "x"}).status_code == 403
    assert Client().get("/api/v1/people", {"q": "x"}).status_code == 401


def test_a_person_is_masked_until_asked_for(campus: Campus) -> None:
    who, counsellor = campus.students[1], browse(campus.counsellor)
    address = f"/api/v1/people/{who.pk}"
    masked = counsellor.get(address).json()
    assert (masked["phone"], masked["id_number"], masked["birth_date"]) == ("138****5678", "3302**********1234", None)
    assert not Entry.objects.filter(is_read=True).exists()
    clear = counsellor.get(address, {"show": ["contact", "identity"]}).json()
    assert (clear["phone"], clear["id_number"]) == ("13800005678", "330281200401011234")
    reads = Entry.objects.filter(is_read=True, subject_person_id=who.pk).values_list("action", flat=True)
    assert sorted(reads) == ["person.read-contact", "person.read-identity"]
    assert [link["holders"][0]["id"] for link in clear["chain"]][:2] == [campus.monitor.pk, campus.counsellor.pk]
    assert browse(campus.secretary).get(address, {"show": "identity"}).status_code == 403
    assert browse(campus.monitor).get(address).json()["id_number"] == ""
    assert browse(campus.students[5]).get(address).status_code == 404
    assert counsellor.get(f"/api/v1/people/{2**70}").status_code == 422


def test_units(campus: Campus) -> None:
    office = browse(campus.office)
    assert [row["id"] for row in office.get("/api/v1/units").json()] == [campus.school.pk]
    college = office.get(f"/api/v1/units/{campus.college.pk}").json()
    assert {row["unit"]["name"]: row["members"] for row in college["children"]} == {"软件2401A": 4, "软件2401B": 3}
    assert [seat["holders"][0]["holder"]["id"] for seat in college["seats"] if seat["holders"]] == [campus.secretary.pk]
    counsellor = browse(campus.counsellor)
    above = counsellor.get(f"/api/v1/units/{campus.college.pk}").json()
    assert ([row["unit"]["name"] for row in above["children"]], above["seats"]) == (["软件2401A"], [])
    assert counsellor.get(f"/api/v1/units/{campus.classes[1].pk}").status_code == 404
    assert browse(campus.students[1]).get("/api/v1/units").json() == []


def test_the_chain_audit(campus: Campus) -> None:
    audit = browse(campus.office).get("/api/v1/chain-audit").json()
    assert audit["holes"] == 2
    assert audit["counts"]["class-without-monitor"] == audit["counts"]["class-without-counsellor"] == 1
    secretary = browse(campus.secretary)
    assert secretary.get("/api/v1/chain-audit").json()["unit"]["id"] == campus.college.pk
    assert secretary.get("/api/v1/chain-audit", {"unit": campus.school.pk}).status_code == 404
    assert browse(campus.counsellor).get("/api/v1/chain-audit").status_code == 403
