"""Whatever is wrong with a request is a coded problem (RFC 9457) before anything is written."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from linglou.domains.daily.intake import app
from linglou.engines.rounds.models import Response, Revision
from linglou.foundation.audit.models import Entry
from tests.intake.conftest import HEALTHY, School, reply_to, send

pytestmark = pytest.mark.usefixtures("running")


def nothing_written() -> bool:
    return not (
        Response.objects.exists() or Revision.objects.exists() or Entry.objects.filter(action="response.submit").exists()
    )


@pytest.mark.parametrize(
    ("answers", "field", "code"),
    [
        ({**HEALTHY, "temperature": 60}, "temperature", "out-of-range"),
        ({**HEALTHY, "temperature": "36.5"}, "temperature", "wrong-type"),
        ({**HEALTHY, "temperature": float("nan")}, "temperature", "out-of-range"),
        ({**HEALTHY, "blood_type": "AB"}, "blood_type", "unknown-field"),
        ({**HEALTHY, "symptoms": ["broken-heart"]}, "symptoms.0", "unknown-option"),
        ({**HEALTHY, "where": {"kind": "region", "region": "999999"}}, "where.region", "unknown-region"),
        ({**HEALTHY, "where": {"kind": "moon"}}, "where.kind", "unknown-option"),
        ({**HEALTHY, "note": "长" * 300}, "note", "too-long"),
        ({}, "temperature", "required"),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, str) else "",
)
def test_a_wrong_answer_names_its_field(school: School, answers: Any, field: str, code: str) -> None:
    (reply,) = send(school.post(school.campus.students[0], "some-key-1", answers))
    assert (reply.status, reply.body["code"], reply.headers["content-type"]) == (
        422,
        "invalid-input",
        "application/problem+json",
    )
    assert (field, code) in {(error["field"], error["code"]) for error in reply.body["errors"]}
    assert nothing_written()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b"[" * 16000, b'{"temperature": 1' + b"0" * 5000 + b"}",
    ],
    ids=["nothing", "cut-off", "list", "text", "null", "not-utf8", "deep", "huge-number"],
)  # fmt: skip
def test_what_is_no_json_object_is_malformed(school: School, body: bytes) -> None:
    (reply,) = send(school.post(school.campus.students[0], "some-key-1", body=body))
    assert (reply.status, reply.body["code"]) == (400, "malformed-body")
    assert nothing_written()


@pytest.mark.parametrize("text", ["a\x00b", "half a pair \ud800"])
@pytest.mark.parametrize("field", ["note", "where"])
def test_what_the_database_cannot_hold_is_refused(school: School, text: str, field: str) -> None:
    value = text if field == "note" else {"kind": "abroad", "detail": text}
    (reply,) = send(school.post(school.campus.students[0], "some-key-1", {**HEALTHY, field: value}))
    assert (reply.status, reply.body["code"]) == (422, "invalid-input")
    assert nothing_written()


@pytest.mark.parametrize("key", [None, "", "short", "x" * 65, "with\ttab-in-it", "schlüssel-"])
def test_an_idempotency_key_is_needed(school: School, key: str | None) -> None:
    (reply,) = send(school.post(school.campus.students[0], key))
    assert (reply.status, reply.body["code"]) == (400, "idempotency-key-missing")
    assert nothing_written()


def test_a_body_announced_as_too_large_is_not_read(school: School) -> None:
    (reply,) = send(school.post(school.campus.students[0], "some-key-1", body=b"{" + b" " * 1_000_000 + b"}"))
    assert (reply.status, reply.body["code"], reply.body["values"]["limit"]) == (413, "too-large", "16384")
    assert nothing_written()


def test_a_body_that_lied_about_its_length_is_stopped(school: School) -> None:
    post = school.post(school.campus.students[0], "some-key-1", headers={"content-length": "100"})
    reply = asyncio.run(reply_to(post, parts=[b" " * 9000] * 3))
    assert (reply.status, reply.body["code"]) == (413, "too-large")


def test_a_body_may_come_in_parts(school: School) -> None:
    post = school.post(school.campus.students[0], "some-key-1")
    reply = asyncio.run(reply_to(post, parts=[post.body[:7], post.body[7:20], post.body[20:]]))
    assert reply.status == 201


def test_whoever_hangs_up_in_mid_request_is_answered_by_nobody(school: School) -> None:
    post = school.post(school.campus.students[0], "some-key-1")
    scope = {"headers": [(b"ticket", (post.ticket or "").encode()), (b"content-length", b"500")]}
    sent: list[Any] = []

    async def receive(waiting: list[Any] = [{"type": "http.request", "body": b"{", "more_body": True}]) -> Any:  # noqa: B006
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def collect(message: Any) -> None:
        sent.append(message)

    asyncio.run(app.answer(post.round_id, scope, receive, collect))
    assert not sent
    assert nothing_written()


def test_a_problem_speaks_the_callers_language(school: School) -> None:
    post = school.post(school.campus.students[0], "some-key-1", body=b"{", headers={"accept-language": "en-GB,en;q=0.8"})
    (chinese, english) = send(school.post(school.campus.students[0], "some-key-1", body=b"{"), post)
    assert chinese.body["title"] == "提交的内容无法识别。"
    assert english.body["type"] == chinese.body["type"] == "/docs/problems#malformed-body"


@pytest.mark.parametrize(
    ("method", "path", "mine"),
    [
        ("POST", "/api/v1/rounds/12/responses", 12),
        ("GET", "/api/v1/rounds/12/responses", None),
        ("POST", "/api/v1/rounds/12/responses/", None),
        ("POST", "/api/v1/rounds/x/responses", None),
        ("POST", "/api/v1/rounds/12/responses\n", None),
        ("POST", "/api/v1/rounds/１２/responses", None),
    ],
)
def test_only_its_own_requests_are_taken(method: str, path: str, mine: int | None) -> None:
    assert app.round_of({"method": method, "path": path}) == mine
