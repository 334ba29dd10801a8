"""``POST /api/v1/rounds/{id}/responses`` as an ASGI application of its own: parse, hand to ``service.submit``, answer.

Ticket: <ticket>            (or ``Authorization: Ticket <ticket>``)
Idempotency-Key: <8 to 64 visible characters, the same on every retry of one answer>

{"temperature": 36.5, "symptoms": [], "where": {"kind": "campus", "place": "3号楼 214"}, "exposure": []}
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from json.encoder import encode_basestring
from typing import Any

from django.utils import translation
from pydantic_core import from_json

from linglou.domains.daily.intake import service
from linglou.domains.daily.intake import ticket as tickets
from linglou.domains.daily.intake.problems import OTHER_ROUND
from linglou.domains.daily.intake.service import Receipt
from linglou.engines.rounds.commit import Verdict
from linglou.kernel import clock
from linglou.kernel.common_problems import INTERNAL_ERROR, MALFORMED_BODY, TOO_LARGE
from linglou.kernel.problems import Problem
from linglou.kernel.tickets import BAD_TICKET

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = re.compile(r"/api/v1/rounds/([0-9]{1,18})/responses\Z")
BODY_LIMIT = 16 * 1024
BODY_SECONDS = 20.0
JSON_HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
PROBLEM_HEADERS = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]

log = logging.getLogger(__name__)


class HungUp(Exception):
    """The caller went away before it had said everything: there is nobody to answer."""


def round_of(scope: Scope) -> int | None:
    """The round whose intake this request is for; None when it is for somebody else."""
    if scope["method"] != "POST":
        return None
    found = PATH.match(scope["path"])
    return int(found[1]) if found else None


async def answer(round_id: int, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request: 201 with the receipt, 200 for a replay, else a problem (RFC 9457)."""
    headers = dict(scope["headers"])
    try:
        ticket = tickets.read(_ticket_text(headers), now=clock.now().timestamp())
        if ticket.round_id != round_id:
            raise Problem(OTHER_ROUND, round=round_id)
        raw = _parse(await _body(headers, receive))
        key = headers.get(b"idempotency-key", b"").decode("latin-1")
        given = await service.submit(ticket=ticket, key=key, raw=raw, at=clock.now())
    except Problem as problem:
        await _send(send, problem.status, *_as_problem(problem, headers))
    except HungUp:
        return
    except Exception:
        log.exception("intake-failed", extra={"round": round_id})
        await _send(send, INTERNAL_ERROR.status, *_as_problem(Problem(INTERNAL_ERROR), headers))
    else:
        status = 201 if given.verdict is Verdict.ACCEPTED else 200
        await _send(send, status, _as_receipt(given), JSON_HEADERS)


def _ticket_text(headers: dict[bytes, bytes]) -> str:
    text = headers.get(b"ticket")
    if text is None:
        scheme, _space, text = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"ticket":
            raise Problem(BAD_TICKET)
    return text.decode("latin-1")


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The whole body. Raises ``Problem(TOO_LARGE)`` before reading what is too much, and ``HungUp``."""
    announced = headers.get(b"content-length", b"")
    length = int(announced) if announced.isdigit() else -1
    if length > BODY_LIMIT:
        raise Problem(TOO_LARGE, limit=BODY_LIMIT)
    message = await receive()
    body: bytes = message.get("body", b"")
    if len(body) == length or not message.get("more_body", False):
        if message["type"] != "http.request":
            raise HungUp
        return body
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while message.get("more_body", False):
                message = await receive()
                if message["type"] != "http.request":
                    raise HungUp
                body += message.get("body", b"")
                if len(body) > BODY_LIMIT:
                    raise Problem(TOO_LARGE, limit=BODY_LIMIT)
    except TimeoutError:
        raise HungUp from None
    return body


def _parse(body: bytes) -> dict[str, Any]:
    try:
        raw = from_json(body, allow_inf_nan=False)
    except ValueError:
        raw = _parse_leniently(body)
    if not isinstance(raw, dict):
        raise Problem(MALFORMED_BODY)
    return raw


def _parse_leniently(body: bytes) -> Any:
    """What no strict reader takes but a phone may send, half an emoji for one: it deserves to be told which field is wrong."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(MALFORMED_BODY) from None


def _as_receipt(given: Receipt) -> bytes:
    counted = clock.local(given.at)
    late = "true" if given.is_late else "false"
    return (
        f'{{"receipt": "{given.code}", "revision": {given.revision}, "counted_at": "{counted.isoformat(timespec="seconds")}", '
        f'"late": {late}, "day": "{given.day.isoformat()}", "title": {encode_basestring(given.title)}}}'
    ).encode()


def _as_problem(problem: Problem, headers: dict[bytes, bytes]) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    wanted = headers.get(b"accept-language", b"").decode("latin-1")
    with translation.override("en" if wanted.lower().startswith("en") else "zh-hans"):
        body = json.dumps(problem.as_json(), ensure_ascii=False).encode(errors="replace")
    if problem.retry_after is None:
        return body, PROBLEM_HEADERS
    return body, [*PROBLEM_HEADERS, (b"retry-after", b"%d" % problem.retry_after)]


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
