"""Importing over HTTP, with a token."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linglou.foundation.people.models import Person
from tests.factories import accounts, rosters
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    return Campus()


class Caller:
    def __init__(self, token: str) -> None:
        self.client, self.headers = Client(), {"Authorization": f"Bearer {token}"}

    def upload(self, content: bytes, **form: Any) -> Any:
        return self.client.post(
            "/api/v1/imports", {"file": SimpleUploadedFile("名册.xlsx", content), **form}, headers=self.headers
        )

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(f"/api/v1{path}", body, content_type="application/json", headers=self.headers)


@pytest.fixture
def office(campus: Campus) -> Caller:
    return Caller(accounts.token(campus.office, "import-roster"))


def test_upload_look_apply(office: Caller) -> None:
    answer = office.upload(rosters.xlsx(rosters.table(3, rosters.row(9, 姓名=""))))
    assert answer.status_code == 201, answer.content
    job = answer.json()
    assert (job["state"], job["counts"]["new"], job["counts"]["rejected"]) == ("previewed", 3, 1)
    verdicts = office.get(f"/imports/{job['id']}/verdicts?verdict=rejected").json()
    assert (verdicts["count"], verdicts["rows"][0]["line"]) == (1, 5)
    assert "没有姓名" in verdicts["rows"][0]["reasons"][0]
    before = Person.objects.count()
    applied = office.post(f"/imports/{job['id']}/apply", {})
    assert (applied.status_code, applied.json()["state"]) == (200, "applied")
    assert Person.objects.count() == before + 3
    assert office.get(f"/imports/{job['id']}/errors").content[:2] == b"PK"
    assert [one["id"] for one in office.get("/imports").json()] == [job["id"]]
    again = office.post(f"/imports/{job['id']}/apply", {})
    assert (again.status_code, again.json()["code"]) == (409, "import-not-ready")


def test_leavers_are_named(campus: Campus, office: Caller) -> None:
    student = campus.students[0]
    table = [["学号", "姓名", "学院", "班级"], [student.number, student.name, "信息学院", "软件2401A"]]
    job = office.upload(rosters.xlsx(table)).json()
    proposed = office.get(f"/imports/{job['id']}/verdicts?verdict=left").json()["rows"]
    assert {row["person_id"] for row in proposed} == {one.pk for one in campus.students[1:3]}
    applied = office.post(f"/imports/{job['id']}/apply", {"leavers": [campus.students[1].pk]}).json()
    assert applied["counts"]["written"]["left"] == 1


def test_a_mapping(office: Caller) -> None:
    content = rosters.xlsx([["学生代码", "姓名", "学院"], ["N1", "甲", "信息学院"]])
    assert office.upload(content).json()["refusal"]["code"] == "column-missing"
    assert office.upload(content, mapping='{"学生代码": "number"}').json()["counts"]["new"] == 1


def test_no_roster(office: Caller) -> None:
    answer = office.upload(b"nothing")
    assert (answer.status_code, answer.json()["code"]) == (422, "file-has-no-header")


def test_discard(office: Caller) -> None:
    job = office.upload(rosters.xlsx(rosters.table(1))).json()
    assert office.post(f"/imports/{job['id']}/discard", {}).json()["state"] == "discarded"


def test_who_may_not(campus: Campus) -> None:
    counsellor = Caller(accounts.token(campus.counsellor, "see-names"))
    assert counsellor.upload(rosters.xlsx(rosters.table(1))).status_code == 403
    elsewhere = Campus()
    job = Caller(accounts.token(campus.office, "import-roster")).upload(rosters.xlsx(rosters.table(1))).json()
    stranger = Caller(accounts.token(elsewhere.office, "import-roster"))
    assert stranger.get(f"/imports/{job['id']}").status_code == 404
    assert stranger.post(f"/imports/{job['id']}/apply", {}).status_code == 404
