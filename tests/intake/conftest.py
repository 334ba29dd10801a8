"""A campus with an open round, and the intake running on the test's database as it does in the server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from linglou.domains.daily.intake import app, service
from linglou.domains.daily.intake import ticket as tickets
from linglou.engines.rounds.models import Round
from linglou.foundation.people.models import Person
from tests.factories.daily import health_round
from tests.factories.people import Campus

HEALTHY: dict[str, Any] = {
    "temperature": 36.5, "symptoms": [], "where": {"kind": "campus", "place": "3号楼 214"}, "exposure": [],
}  # fmt: skip
FEVER = {**HEALTHY, "temperature": 38.6, "symptoms": ["fever", "cough"]}


@dataclass
class Post:
    """One request to the intake."""

    round_id: int
    ticket: str | None
    key: str | None
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class School:
    campus: Campus
    round: Round

    def ticket(self, person: Person, *, by: Person | None = None, source: str = "self") -> str:
        return tickets.issue(round_=self.round, respondent_id=person.pk, by_id=(by or person).pk, source=source)

    def post(self, person: Person, key: str | None, answers: Any = None, **changes: Any) -> Post:
        fields: dict[str, Any] = {
            "round_id": self.round.pk, "ticket": self.ticket(person), "key": key,
            "body": json.dumps(HEALTHY if answers is None else answers).encode(),
        }  # fmt: skip
        return Post(**(fields | changes))


@pytest.fixture
def school(transactional_db: None) -> School:
    campus = Campus()
    return School(campus, health_round(campus.school))


@pytest.fixture
def running(transactional_db: None) -> Iterator[service.Running]:
    started = service.start()
    try:
        yield started
    finally:
        service.stop()


def send(*posts: Post) -> list[Reply]:
    """Put these requests to the intake at the same time; their replies, in order."""

    async def all_of_them() -> list[Reply]:
        return await asyncio.gather(*(reply_to(post) for post in posts))

    return asyncio.run(all_of_them())


async def reply_to(post: Post, *, parts: Sequence[bytes] | None = None) -> Reply:
    headers = {"content-length": str(len(post.body)), "content-type": "application/json"} | post.headers
    if post.ticket is not None:
        headers["ticket"] = post.ticket
    if post.key is not None:
        headers["idempotency-key"] = post.key
    scope = {
        "type": "http", "method": "POST", "path": f"/api/v1/rounds/{post.round_id}/responses",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }  # fmt: skip
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts or [post.body]]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def collect(message: Any) -> None:
        sent.append(message)

    round_id = app.round_of(scope)
    assert round_id == post.round_id
    await app.answer(round_id, scope, receive, collect)
    start, body = sent
    return Reply(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, json.loads(body["body"]))
