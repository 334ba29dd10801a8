"""The daily report over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from linglou.engines.rounds.models import Response
from linglou.kernel import clock
from tests.factories.accounts import browser
from tests.factories.daily import answers, health_round
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture
def campus() -> Campus:
    cache.clear()
    return Campus()


def current(client: Client) -> dict[str, Any]:
    (row,) = client.get("/api/v1/rounds/current").json()
    return dict(row)


def post(client: Client, row: dict[str, Any], body: Any, key: str = "api-answer-1") -> Any:
    return client.post(
        f"/api/v1/rounds/{row['id']}/responses", body, content_type="application/json",
        headers={"ticket": row["ticket"], "idempotency-key": key},
    )  # fmt: skip


def test_from_the_current_round_to_a_receipt_and_back(campus: Campus) -> None:
    health_round(campus.school)
    client = browser(campus.students[1])
    row = current(client)
    assert row["state"] == "waiting"
    assert [question["key"] for question in row["questions"]][:2] == ["temperature", "symptoms"]
    first = post(Client(), row, answers())
    assert first.status_code == 201
    again = post(Client(), row, answers())
    assert (again.status_code, again.json()) == (200, first.json())
    corrected = post(Client(), row, answers(temperature=37.5), key="api-answer-2")
    assert corrected.json()["revision"] == 2
    now = current(client)
    assert (now["state"], now["given"]["receipt"]) == ("answered", corrected.json()["receipt"])
    assert [one["revision"] for one in client.get("/api/v1/me/responses").json()] == [2, 1]
    verified = Client().get(f"/api/v1/receipts/{first.json()['receipt']}").json()
    assert set(verified) == {"title", "day", "counted_at", "late"}


def test_bad_input_is_a_coded_problem_and_nothing_is_written(campus: Campus) -> None:
    health_round(campus.school)
    row = current(browser(campus.students[1]))
    refused = post(Client(), row, answers(temperature=60, score=1))
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert [error["code"] for error in refused.json()["errors"]] == ["out-of-range", "unknown-field"]
    assert post(Client(), row, "[]").json()["code"] == "malformed-body"
    assert post(Client(), row, "{").json()["code"] == "malformed-body"
    assert post(Client(), row | {"id": row["id"] + 1}, answers()).json()["code"] == "ticket-for-another-round"
    assert post(Client(), row | {"ticket": row["ticket"][:-2] + "xx"}, answers()).json()["code"] == "bad-ticket"
    assert post(Client(), row, answers(), key="x").json()["code"] == "idempotency-key-missing"
    assert not Response.objects.exists()


def test_a_proxy_ticket_is_given_to_those_who_may(campus: Campus) -> None:
    round_ = health_round(campus.school)
    monitor = browser(campus.monitor)
    classmate, other = campus.students[1], campus.students[3]
    given = monitor.get(f"/api/v1/rounds/{round_.pk}/tickets/{classmate.pk}").json()
    assert given["source"] == "monitor"
    assert post(Client(), {"id": round_.pk, "ticket": given["ticket"]}, answers()).status_code == 201
    assert Response.objects.get().source == "monitor"
    assert monitor.get(f"/api/v1/rounds/{round_.pk}/tickets/{other.pk}").status_code == 404
    assert monitor.get(f"/api/v1/rounds/{round_.pk}/tickets/{classmate.pk}").status_code == 409


def test_a_proxy_ticket_is_for_now_since_a_post_may_end(campus: Campus) -> None:
    round_ = health_round(campus.school)
    classmate = campus.students[1]
    given = browser(campus.counsellor).get(f"/api/v1/rounds/{round_.pk}/tickets/{classmate.pk}").json()
    own = browser(classmate).get("/api/v1/rounds/current").json()[0]["ticket"]
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        late = post(Client(), {"id": round_.pk, "ticket": given["ticket"]}, answers())
        assert (late.status_code, late.json()["code"]) == (401, "expired-ticket")
        assert post(Client(), {"id": round_.pk, "ticket": own}, answers()).status_code == 201


def test_excuses(campus: Campus) -> None:
    health_round(campus.school)
    counsellor, monitor = browser(campus.counsellor), browser(campus.monitor)
    today = str(clock.day_of(clock.now()))
    new = {"person_id": campus.students[1].pk, "reason": "leave", "first_day": today, "last_day": today}
    assert monitor.post("/api/v1/excuses", new, content_type="application/json").status_code == 403
    elsewhere = new | {"person_id": campus.students[3].pk}
    assert counsellor.post("/api/v1/excuses", elsewhere, content_type="application/json").status_code == 404
    made = counsellor.post("/api/v1/excuses", new, content_type="application/json")
    assert made.status_code == 201
    assert counsellor.get("/api/v1/excuses").json()["total"] == 1
    assert current(browser(campus.students[1]))["state"] == "excused"
    ended = counsellor.post(f"/api/v1/excuses/{made.json()['id']}/cancel")
    assert ended.json()["cancelled_at"]
    assert counsellor.post(f"/api/v1/excuses/{made.json()['id']}/cancel").status_code == 409


def test_an_unknown_receipt_is_not_found(campus: Campus) -> None:
    assert Client().get("/api/v1/receipts/ZZZZZ-ZZZZZ").status_code == 404
