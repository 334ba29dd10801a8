"""The API shows and does what the pages show and do, to whoever may there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from linglou.engines.rounds.models import Closing, ContactAttempt
from linglou.engines.tasks.models import Task
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit.models import Entry
from linglou.foundation.people.models import Person
from tests.factories.accounts import token
from tests.factories.boards import PHONE, Morning, looking
from tests.factories.people import Campus, actor, holder

pytestmark = pytest.mark.django_db
VERBS = ("see-board", "see-whether", "see-contact", "see-signals", "log-contact", "close-round", "see-closing")


@pytest.fixture
def morning() -> Morning:
    return Morning()


class Caller:
    """An API client of one person, with a token for some verbs."""

    def __init__(self, who: Person, *verbs: str) -> None:
        looking(who)  # enrols the second factor
        own = [verb for verb in VERBS if actor(who).may_anywhere(Verb(verb))]
        self.client = Client(headers={"Authorization": f"Bearer {token(who, *(verbs or own))}"})

    def get(self, path: str, status: int = 200) -> Any:
        return self._read(self.client.get(f"/api/v1{path}"), status)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.client.post(f"/api/v1{path}", json.dumps(body or {}), content_type="application/json")
        return self._read(answer, status)

    def _read(self, answer: HttpResponse, status: int) -> Any:
        assert answer.status_code == status, answer.content.decode()[:800]
        return json.loads(answer.content)


def test_the_board_by_unit(morning: Morning) -> None:
    campus = morning.campus
    office = Caller(campus.office)
    board = office.get(f"/rounds/{morning.round.pk}/board")
    assert (board["round"]["id"], board["total"]["unit_id"]) == (morning.round.pk, campus.school.pk)
    names = ("roster", "responded", "excused", "missing", "proxied", "abnormal")
    assert [board["total"][name] for name in names] == [6, 2, 1, 3, 1, 1]
    assert [child["unit_id"] for child in board["children"]] == [campus.college.pk]
    by_building = office.get(f"/rounds/{morning.round.pk}/board?unit_id={campus.building.pk}")
    assert [child["unit_id"] for child in by_building["children"]] == [campus.floor.pk]
    leaf = office.get(f"/rounds/{morning.round.pk}/board?unit_id={campus.classes[0].pk}")
    assert {(p["person_id"], p["standing"]) for p in leaf["persons"]} == {
        (campus.students[0].pk, "responded"), (campus.students[1].pk, "responded"), (campus.students[2].pk, "missing"),
    }  # fmt: skip


def test_who_may_not_see_health_or_names_does_not(morning: Morning) -> None:
    campus = morning.campus
    monitor = Caller(campus.monitor).get(f"/rounds/{morning.round.pk}/board")
    assert monitor["total"]["abnormal"] is None
    assert len(monitor["persons"]) == 3
    gate = Caller(holder(Role.GATE, campus.school))
    leaf = gate.get(f"/rounds/{morning.round.pk}/board?unit_id={campus.classes[0].pk}")
    assert (leaf["persons"], leaf["total"]["abnormal"]) == (None, None)
    assert gate.get(f"/rounds/{morning.round.pk}/missing", 403)["code"] == "not-allowed"
    Caller(campus.monitor).get(f"/rounds/{morning.round.pk}/board?unit_id={campus.classes[1].pk}", 404)
    Caller(Campus().office).get(f"/rounds/{morning.round.pk}/board", 404)


def test_the_missing_with_numbers_for_whoever_may_call(morning: Morning) -> None:
    campus = morning.campus
    page = Caller(campus.office).get(f"/rounds/{morning.round.pk}/missing")
    assert page["missing"] == 3
    assert [item["person_id"] for item in page["items"]] == [student.pk for student in morning.missing]
    assert {item["phone"] for item in page["items"]} == {PHONE}
    assert page["after"] == ""
    assert Entry.objects.filter(action="person.read-contact", actor_id=campus.office.pk).count() == 3
    (item,) = Caller(campus.monitor).get(f"/rounds/{morning.round.pk}/missing")["items"]
    assert item["phone"] is None
    limited = Caller(campus.office, "see-whether").get(f"/rounds/{morning.round.pk}/missing")
    assert {item["phone"] for item in limited["items"]} == {None}


def test_an_attempt_is_logged(morning: Morning) -> None:
    campus, who = morning.campus, morning.missing[0]
    url = f"/rounds/{morning.round.pk}/attempts"
    caller = Caller(campus.monitor)
    made = caller.post(url, {"person_id": who.pk, "result": "unreachable", "note": "关机"}, 201)
    assert (made["result"], made["note"], made["by_name"]) == ("unreachable", "关机", campus.monitor.name)
    assert ContactAttempt.objects.filter(person=who).count() == 1
    caller.post(url, {"person_id": morning.missing[1].pk, "result": "called"}, 404)
    caller.post(url, {"person_id": who.pk, "result": "shouted"}, 422)
    caller.post(url, {"person_id": who.pk}, 422)
    Caller(holder(Role.GATE, campus.school)).post(url, {"person_id": who.pk, "result": "called"}, 403)
    assert ContactAttempt.objects.count() == 1


def test_closing_and_the_sheet(morning: Morning) -> None:
    campus = morning.campus
    office = Caller(campus.office)
    assert office.get(f"/closings/{morning.round.pk}", 409)["code"] == "round-not-closed"
    Caller(campus.secretary).post(f"/rounds/{morning.round.pk}/close", status=403)
    Caller(Campus().office).post(f"/rounds/{morning.round.pk}/close", status=404)
    closed = office.post(f"/rounds/{morning.round.pk}/close")
    assert (closed["number"], closed["roster"], closed["missing"]) == (1, 6, 3)
    assert closed["digest"] == Closing.objects.get().digest
    assert Task.objects.filter(kind="missing").count() == 3
    assert office.post(f"/rounds/{morning.round.pk}/close", status=409)["code"] == "round-already-closed"
    (listed,) = Caller(campus.counsellor).get("/closings")
    assert (listed["roster"], listed["missing"]) == (3, 1)
    sheet = Caller(campus.counsellor).get(f"/closings/{morning.round.pk}")
    assert [row["respondent_id"] for row in sheet["missing_persons"]] == [morning.missing[0].pk]
    assert sheet["missing_persons"][0]["owner_name"] == campus.counsellor.name
    whole = office.get(f"/closings/{morning.round.pk}")
    assert len(whole["missing_persons"]) == 3
    assert [unit["unit_id"] for unit in whole["units"]] == [campus.college.pk]
    Caller(Campus().office).get(f"/closings/{morning.round.pk}", 404)
    Caller(campus.monitor).get("/closings", 403)


def test_without_a_unit_of_ones_own_one_must_be_named(morning: Morning) -> None:
    campus = morning.campus
    office = Caller(campus.office)
    office.get(f"/rounds/{morning.round.pk}/board?unit_id=0", 422)
    office.get(f"/rounds/{morning.round.pk}/board?unit_id=99999999", 404)
    office.get("/rounds/99999999/board", 404)
    assert office.get(f"/rounds/{morning.round.pk}/board?from=60")["children"] == []
