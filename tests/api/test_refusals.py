"""Every refusal of the API is a problem, whatever went wrong."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from linglou.foundation.accounts import queries
from linglou.foundation.accounts.models import Account, ApiToken
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.accounts import browser, token
from tests.factories.people import Campus

pytestmark = pytest.mark.django_db


@pytest.fixture
def student() -> Person:
    return Campus().students[1]


def problem(answer: object) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.json()) >= {"type", "code", "title", "status", "detail"}
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["code"]


def bearer(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_without_authentication() -> None:
    answer = Client().get("/api/v1/me")
    assert problem(answer) == (401, "not-logged-in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("sent", ["Bearer nonsense", "Bearer", "Bearer ", "Basic abc", "", "Bearer ll_é"])
def test_a_wrong_token_is_refused_even_beside_a_good_session(student: Person, sent: str) -> None:
    client = browser(student)
    assert client.get("/api/v1/me").status_code == 200
    assert problem(client.get("/api/v1/me", headers={"Authorization": sent})) == (401, "bad-token")


def test_no_such_address() -> None:
    assert problem(Client().get("/api/v1/no-such-thing")) == (404, "not-found")
    assert problem(Client().get("/api/v1/")) == (404, "not-found")


def test_no_such_method(student: Person) -> None:
    answer = browser(student).put("/api/v1/me")
    assert problem(answer) == (405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET"


def test_a_session_writes_only_with_its_csrf_token(student: Person) -> None:
    client = browser(student, csrf=True)
    answer = client.post("/api/v1/tokens", {"name": "x"}, content_type="application/json")
    assert problem(answer) == (403, "csrf-refused")
    client.get("/account/tokens/")
    sent = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert client.post("/api/v1/tokens", {"name": "x"}, content_type="application/json", headers=sent).status_code == 201


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "malformed-body")),
        (b"\xff\xfe", (400, "malformed-body")),
        (b"[]", (422, "invalid-input")),
        (b"{}", (422, "invalid-input")),
        (b'{"name": ""}', (422, "invalid-input")),
        (b'{"name": "x", "days": 9999}', (422, "invalid-input")),
        (b'{"name": "x", "verbs": ["fly"]}', (422, "invalid-input")),
        (b'{"name": "x", "verbs": ["see-what"]}', (403, "token-verbs-refused")),
        (b'{"name": "a\\u0000b"}', (422, "invalid-input")),
    ],
)
def test_a_bad_body(student: Person, body: bytes, expected: tuple[int, str]) -> None:
    answer = browser(student).post("/api/v1/tokens", body, content_type="application/json")
    assert problem(answer) == expected
    assert not ApiToken.objects.exists()


def test_a_field_error_names_its_field(student: Person) -> None:
    answer = browser(student).post("/api/v1/tokens", {"name": "x", "days": 0}, content_type="application/json")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("body.days", "greater_than_equal")


def test_a_huge_body(student: Person) -> None:
    answer = browser(student).post("/api/v1/tokens", b"x" * 300_000, content_type="application/json")
    assert problem(answer)[0] == 413


@pytest.mark.parametrize(
    ("error", "expected"),
    [(RuntimeError("secret-in-message"), (500, "internal-error")), (OperationalError(), (503, "database-away"))],
)
def test_the_unexpected_tells_nothing(
    student: Person, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: tuple[int, str]
) -> None:
    def fail(*_args: object) -> None:
        raise error

    client = browser(student)
    monkeypatch.setattr(queries, "posts_of", fail)
    answer = client.get("/api/v1/me")
    assert problem(answer) == expected
    assert b"secret-in-message" not in answer.content


def test_me_says_person_posts_and_verbs() -> None:
    campus = Campus()
    me = browser(campus.counsellor).get("/api/v1/me").json()
    assert me["person"]["number"] == campus.counsellor.number
    assert me["posts"] == [
        {"role": "counsellor", "role_name": "辅导员", "unit_id": campus.classes[0].pk, "at": campus.classes[0].name}
    ]
    assert "see-what" in me["verbs"]
    assert "phone" not in json.dumps(me)


def test_tokens_are_made_listed_and_revoked(student: Person) -> None:
    client = browser(student)
    made = client.post("/api/v1/tokens", {"name": "sync"}, content_type="application/json").json()
    assert bearer(made["token"]).get("/api/v1/me").status_code == 200
    (listed,) = client.get("/api/v1/tokens").json()
    assert (listed["id"], listed["prefix"]) == (made["id"], made["token"][:8])
    assert "token" not in listed
    for _ in range(2):
        assert client.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    assert problem(bearer(made["token"]).get("/api/v1/me")) == (401, "bad-token")
    assert problem(client.delete("/api/v1/tokens/999999")) == (404, "not-found")


def test_a_token_makes_no_token(student: Person) -> None:
    answer = bearer(token(student)).post("/api/v1/tokens", {"name": "x"}, content_type="application/json")
    assert problem(answer) == (403, "token-from-token")


def test_an_expired_token_and_one_of_a_closed_account_are_refused(student: Person) -> None:
    secret = token(student)
    ApiToken.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert problem(bearer(secret).get("/api/v1/me")) == (401, "bad-token")
    ApiToken.objects.update(expires_at=clock.now() + timedelta(days=1))
    assert bearer(secret).get("/api/v1/me").status_code == 200
    Account.objects.update(is_active=False)
    assert problem(bearer(secret).get("/api/v1/me")) == (401, "bad-token")


def test_twenty_tokens_are_enough(student: Person) -> None:
    for _ in range(20):
        token(student)
    answer = browser(student).post("/api/v1/tokens", {"name": "x"}, content_type="application/json")
    assert problem(answer) == (409, "too-many-tokens")


def test_use_is_noted_once_a_minute(student: Person) -> None:
    client = bearer(token(student))
    client.get("/api/v1/me")
    first = ApiToken.objects.get().last_used_at
    client.get("/api/v1/me")
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=clock.now() - timedelta(minutes=2))
    client.get("/api/v1/me")
    assert ApiToken.objects.get().last_used_at >= first


def test_the_document_is_public_and_every_operation_documents_refusals() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all("application/problem+json" in operation["responses"]["default"]["content"] for operation in operations)
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
