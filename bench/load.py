"""The load generator, in a process of its own: keep-alive connections, each sending its next request when it has the answer.

python -m bench.load PORT TICKETS.json KIND CONNECTIONS SECONDS OFFSET     ->  one JSON line of figures
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

import uvloop

ANSWERS = {"temperature": 36.5, "symptoms": [], "where": {"kind": "campus", "place": "3号楼 214"}, "exposure": []}
FEVER = {**ANSWERS, "temperature": 38.2, "symptoms": ["fever", "cough"]}
FEVER_EVERY = 100  # one answer in so many has a fever, and raises a signal
PATHS = {
    "product": "/api/v1/rounds/{round}/responses",
    "django": "/bench/django/{school}/{day}/{round}/{respondent}",
    "ceiling": "/bench/ceiling/{school}/{day}/{round}/{respondent}/{unit}/{lines}/{curved}/{severity}",
}
APART = {"product": 0, "django": 1_000_000, "ceiling": 2_000_000}  # rounds of their own: nobody meets another's rows


class Requests:
    """Ready-made requests, one per ticket; only the idempotency key differs each time."""

    def __init__(self, laid_out: dict[str, Any], kind: str, offset: int) -> None:
        self._serial = count(offset)
        self._heads: list[bytes] = []
        self._tails: list[bytes] = []
        for n, (respondent, ticket) in enumerate(laid_out["tickets"]):
            has_fever = n % FEVER_EVERY == 0
            body = json.dumps(FEVER if has_fever else ANSWERS, ensure_ascii=False).encode()
            _school, round_id, _day, _form, _respondent, unit, lines, curved, *_ = ticket.split(".")
            path = PATHS[kind].format(
                school=laid_out["school"], day=laid_out["day"], round=int(round_id) + APART[kind], respondent=respondent,
                unit=unit, lines=lines, curved=curved, severity=3 if has_fever else 0,
            )  # fmt: skip
            self._heads.append(
                f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTicket: {ticket}\r\n"
                f"Content-Length: {len(body)}\r\nIdempotency-Key: bench-".encode()
            )
            self._tails.append(b"\r\n\r\n" + body)

    def next(self) -> bytes:
        n = next(self._serial)
        which = n % len(self._heads)
        return b"%b%012d%b" % (self._heads[which], n, self._tails[which])


class Caller(asyncio.Protocol):
    def __init__(self, requests: Requests, latencies: list[float], refused: dict[str, int]) -> None:
        self.requests, self.latencies, self.refused = requests, latencies, refused
        self.waiting = b""
        self.is_over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self._send()

    def _send(self) -> None:
        self.sent_at = time.perf_counter()
        self.transport.write(self.requests.next())

    def data_received(self, data: bytes) -> None:
        self.waiting = self.waiting + data if self.waiting else data
        end = self.waiting.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self.waiting.lower().find(b"content-length: ")
        length = int(self.waiting[at + 16 : self.waiting.find(b"\r\n", at)])
        if len(self.waiting) < end + 4 + length:
            return
        status = self.waiting[9:12]
        self.waiting = b""
        if status in (b"200", b"201"):
            self.latencies.append(time.perf_counter() - self.sent_at)
        else:
            self.refused[status.decode()] = self.refused.get(status.decode(), 0) + 1
        if self.is_over:
            self.transport.close()
        else:
            self._send()


async def main(port: int, tickets: Path, kind: str, connections: int, seconds: float, offset: int) -> dict[str, Any]:
    requests = Requests(json.loads(tickets.read_text()), kind, offset)
    latencies: list[float] = []
    refused: dict[str, int] = {}
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    callers = [
        (await loop.create_connection(lambda: Caller(requests, latencies, refused), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    answered, elapsed = len(latencies), time.perf_counter() - started
    for caller in callers:
        caller.is_over = True
    await asyncio.sleep(0.3)
    ranked = sorted(latencies) or [0.0]
    return {
        "rps": answered / elapsed,
        "p50_ms": ranked[len(ranked) // 2] * 1000,
        "p99_ms": ranked[int(len(ranked) * 0.99)] * 1000,
        "refused": refused,
        "next": offset + answered + connections,
    }


if __name__ == "__main__":
    port, tickets, kind, connections, seconds, offset = sys.argv[1:]
    figures = uvloop.run(main(int(port), Path(tickets), kind, int(connections), float(seconds), int(offset)))
    print(json.dumps(figures))
