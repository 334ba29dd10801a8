"""A crowd of phones: each answers again and again, with a key of its own per answer, and tries the same answer with the same
key until it has a receipt. What it was given is what must be in the database."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

ANSWERS = {"temperature": 36.5, "symptoms": [], "where": {"kind": "campus", "place": "3号楼 214"}, "exposure": []}
BODY = json.dumps(ANSWERS).encode()
ANSWER_SECONDS = 20.0


@dataclass
class Given:
    """A receipt, and when it was given (monotonic)."""

    respondent_id: int
    key: str
    code: str
    revision: int
    at: float


@dataclass
class Crowd:
    port: int
    round_id: int
    tickets: Sequence[tuple[int, str]]
    phones: int = 32
    given: list[Given] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    retry_after: Counter[int] = field(default_factory=Counter)
    _stopping: bool = False

    def __enter__(self) -> Crowd:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Every phone ends its last answer first: it keeps trying until it has its receipt."""
        self._stopping = True
        self._thread.join(90)
        assert not self._thread.is_alive(), "phones still wait for a receipt"

    def wait_for(self, receipts: int, *, seconds: float = 40.0) -> None:
        """Until so many more receipts have been given."""
        wanted = len(self.given) + receipts
        until(lambda: len(self.given) >= wanted, f"{receipts} receipts were not given in {seconds} s", seconds)

    async def _all(self) -> None:
        shares = [self.tickets[n :: self.phones] for n in range(self.phones)]
        await asyncio.gather(*(self._phone(n, share) for n, share in enumerate(shares)))

    async def _phone(self, n: int, share: Sequence[tuple[int, str]]) -> None:
        line = Line(self.port)
        serial = 0
        while not self._stopping:
            respondent_id, ticket = share[serial % len(share)]
            serial += 1
            key = f"phone-{n}-{serial:06}"
            while True:
                try:
                    status, headers, body = await line.post(self.round_id, ticket, key)
                except (OSError, EOFError, TimeoutError):
                    await line.close()
                    await asyncio.sleep(0.1)
                    continue
                self.statuses[status] += 1
                if status in (200, 201):
                    self.given.append(Given(respondent_id, key, body["receipt"], body["revision"], time.monotonic()))
                    break
                self.retry_after["retry-after" in headers] += 1
                await asyncio.sleep(0.2)
        await line.close()


class Line:
    """A keep-alive connection, opened anew when it has broken."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def close(self) -> None:
        if self.streams is not None:
            writer = self.streams[1]
            self.streams = None
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def post(self, round_id: int, ticket: str, key: str) -> tuple[int, dict[str, str], dict[str, Any]]:
        return await asyncio.wait_for(self._post(round_id, ticket, key), ANSWER_SECONDS)

    async def _post(self, round_id: int, ticket: str, key: str) -> tuple[int, dict[str, str], dict[str, Any]]:
        self.streams = self.streams or await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        writer.write(request(round_id, ticket, key))
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines) if name}
        body = await reader.readexactly(int(headers["content-length"]))
        return int(first.split()[1]), headers, json.loads(body)


def request(round_id: int, ticket: str, key: str) -> bytes:
    head = (
        f"POST /api/v1/rounds/{round_id}/responses HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Ticket: {ticket}\r\nIdempotency-Key: {key}\r\nContent-Length: {len(BODY)}\r\n\r\n"
    )
    return head.encode() + BODY


def until(condition: Callable[[], Any], otherwise: str, seconds: float = 40.0) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, otherwise
        time.sleep(0.02)
