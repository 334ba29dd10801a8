"""The front: no thread waits on the network, and nobody waits for what will not come."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import pytest

from linglou.server import front as fronts
from linglou.server.front import Front

Sent = list[dict[str, Any]]


def scope(path: str = "/", method: str = "GET", **headers: str) -> dict[str, Any]:
    listed = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"a=1", "http_version": "1.1",
        "scheme": "http", "server": ("127.0.0.1", "80"), "client": ("127.0.0.1", "5"), "headers": listed,
    }  # fmt: skip


class Caller:
    """One client: what it sends, when it hangs up, and what it was sent."""

    def __init__(self, *parts: bytes, hangs_up: bool = False) -> None:
        self.parts = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        if not hangs_up:
            self.parts.append({"type": "http.request", "body": b"", "more_body": False})
        self.gone = asyncio.Event()
        if hangs_up:
            self.gone.set()
        self.sent: Sent = []

    async def receive(self) -> dict[str, Any]:
        if self.parts:
            return self.parts.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])

    def header(self, name: str) -> str | None:
        found = dict(self.sent[0]["headers"]).get(name.encode())
        return None if found is None else found.decode()


class Held:
    """A WSGI application that works until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.served: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        assert self.go.wait(20)
        self.served.append(environ["PATH_INFO"])
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"done"]


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 30))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def echo(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain"), ("X-Size", str(len(body)))])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["PATH_INFO"].encode("latin-1"), b" ", body[:20]]


def test_a_request_reaches_wsgi_whole() -> None:
    async def scenario() -> None:
        front = Front(echo, threads=1)
        caller = Caller(b"abc", b"def")
        await front(scope("/%E7%8F%AD", "POST", content_length="6"), caller.receive, caller.send)
        assert (caller.status, caller.body.decode(), caller.header("x-size")) == (200, "POST /班 abcdef", "6")
        assert front.meter.by_status == {200: 1}
        assert front.in_hand == 0
        await asyncio.to_thread(front.close)

    run(scenario)


def test_what_is_too_large_is_refused_unread_and_unserved() -> None:
    async def scenario() -> None:
        held = Held()
        front = Front(held, threads=1)
        announced, lied, json = Caller(), Caller(*[b"x" * 100_000] * 4), Caller()
        await front(scope("/report/", "POST", content_length="300000"), announced.receive, announced.send)
        await front(scope("/report/", "POST", transfer_encoding="chunked"), lied.receive, lied.send)
        await front(scope("/api/v1/x", "POST", content_length="300000"), json.receive, json.send)
        assert (announced.status, lied.status, json.status) == (413, 413, 413)
        assert announced.parts, "its body was not read"
        assert announced.header("content-type") == "text/html; charset=utf-8"
        assert json.header("content-type") == "application/problem+json"
        assert not held.served

    run(scenario)


@pytest.mark.parametrize("path", fronts.FILE_PATHS)
def test_files_may_be_large_where_files_are_expected(path: str) -> None:
    async def scenario() -> None:
        front, caller = Front(echo, threads=1), Caller(*[b"x" * 100_000] * 10)
        await front(scope(path, "POST", content_length="1000000"), caller.receive, caller.send)
        assert (caller.status, caller.header("x-size")) == (200, "1000000")
        await asyncio.to_thread(front.close)

    run(scenario)


def test_whoever_hangs_up_in_mid_body_takes_no_thread() -> None:
    async def scenario() -> None:
        held = Held()
        front = Front(held, threads=1)
        for _ in range(500):
            caller = Caller(b"half", hangs_up=True)
            await front(scope("/report/", "POST", content_length="9000"), caller.receive, caller.send)
            assert not caller.sent
        assert (front.meter.hung_up, front.in_hand, held.served) == (500, 0, [])

    run(scenario)


def test_whoever_hangs_up_in_the_line_is_dropped_unserved() -> None:
    async def scenario() -> None:
        held = Held()
        front = Front(held, threads=1)
        first, second, third = Caller(), Caller(), Caller()
        tasks = [
            asyncio.ensure_future(front(scope(path), caller.receive, caller.send))
            for path, caller in (("/first", first), ("/second", second), ("/third", third))
        ]
        await until(lambda: front.in_hand == 3)
        second.gone.set()
        await until(lambda: front.in_hand == 2)
        held.go.set()
        await asyncio.gather(*tasks)
        assert held.served == ["/first", "/third"]
        assert (first.status, second.status, third.status) == (200, None, 200)
        await asyncio.to_thread(front.close)

    run(scenario)


def test_whoever_hangs_up_while_being_served_is_served_to_the_end() -> None:
    """The thread has begun: its transaction ends in order, and the thread is free again."""

    async def scenario() -> None:
        held = Held()
        front, caller = Front(held, threads=1), Caller()
        task = asyncio.ensure_future(front(scope("/begun"), caller.receive, caller.send))
        await until(lambda: front.in_hand == 1)
        caller.gone.set()
        await asyncio.sleep(0.05)
        held.go.set()
        await task
        assert held.served == ["/begun"]
        await until(lambda: front.in_hand == 0)
        await asyncio.to_thread(front.close)

    run(scenario)


def test_a_full_line_is_told_at_once_to_come_again() -> None:
    async def scenario() -> None:
        held = Held()
        front = Front(held, threads=1, line=1)
        waiting = [Caller(), Caller()]
        tasks = [asyncio.ensure_future(front(scope("/in"), caller.receive, caller.send)) for caller in waiting]
        await until(lambda: front.in_hand == 2)
        page, program = Caller(), Caller()
        await front(scope("/", accept="text/html", accept_language="en"), page.receive, page.send)
        await front(scope("/api/v1/me"), program.receive, program.send)
        assert (page.status, program.status) == (503, 503)
        assert page.header("retry-after") == program.header("retry-after") == "3"
        assert page.header("content-type") == "text/html; charset=utf-8"
        held.go.set()
        await asyncio.gather(*tasks)
        assert [caller.status for caller in waiting] == [200, 200]
        await asyncio.to_thread(front.close)

    run(scenario)


def test_whoever_has_waited_long_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fronts, "LINE_SECONDS", 0.1)

    async def scenario() -> None:
        held = Held()
        front = Front(held, threads=1)
        first, second = Caller(), Caller()
        begun = asyncio.ensure_future(front(scope("/begun"), first.receive, first.send))
        await until(lambda: front.in_hand == 1)
        await front(scope("/waits"), second.receive, second.send)
        assert (second.status, front.in_hand) == (503, 1)
        held.go.set()
        await begun
        assert (first.status, held.served) == (200, ["/begun"])
        await asyncio.to_thread(front.close)

    run(scenario)


def test_whoever_falls_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fronts, "SILENCE_SECONDS", 0.05)

    async def scenario() -> None:
        front, caller = Front(echo, threads=1), Caller(b"half", hangs_up=True)
        caller.gone.clear()
        await front(scope("/", "POST", content_length="9000"), caller.receive, caller.send)
        assert (caller.sent, front.meter.hung_up) == ([], 1)

    run(scenario)


def test_a_large_answer_goes_out_in_parts_after_the_thread_is_free() -> None:
    closed = threading.Event()

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"x" * 300_000] * 3)

        def close(self) -> None:
            closed.set()

    def large(_environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return Parts()

    async def scenario() -> None:
        front, caller = Front(large, threads=1), Caller()

        async def slow(message: dict[str, Any]) -> None:
            assert closed.is_set()
            assert front.in_hand == 0
            await caller.send(message)

        async def served() -> None:
            await front(scope("/export"), caller.receive, slow)

        await served()
        assert len(caller.body) == 900_000
        assert len(caller.sent) > 3
        assert [message["more_body"] for message in caller.sent[-2:]] == [True, False]
        await asyncio.to_thread(front.close)

    run(scenario)


def test_a_head_request_has_no_body() -> None:
    async def scenario() -> None:
        front, caller = Front(echo, threads=1), Caller()
        await front(scope("/", "HEAD"), caller.receive, caller.send)
        assert (caller.status, caller.body) == (200, b"")
        await asyncio.to_thread(front.close)

    run(scenario)


def test_what_breaks_is_a_problem_and_frees_its_place() -> None:
    def broken(_environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        raise ZeroDivisionError

    async def scenario() -> None:
        front, caller = Front(broken, threads=1), Caller()
        await front(scope("/api/v1/x"), caller.receive, caller.send)
        assert (caller.status, caller.header("content-type")) == (500, "application/problem+json")
        await until(lambda: front.in_hand == 0)
        await asyncio.to_thread(front.close)

    run(scenario)


def test_two_cookies_and_two_values_are_joined_as_http_says() -> None:
    asked: dict[str, Any] = {}

    def remember(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        asked.update(environ)
        start("204 No Content", [])
        return []

    async def scenario() -> None:
        front, caller = Front(remember, threads=1), Caller()
        headers = [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"x-n", b"1"), (b"x-n", b"2"), (b"host", b"linglou.test")]
        await front({**scope("/a/b"), "headers": headers}, caller.receive, caller.send)
        assert (asked["HTTP_COOKIE"], asked["HTTP_X_N"], asked["HTTP_HOST"]) == ("a=1; b=2", "1,2", "linglou.test")
        assert (asked["QUERY_STRING"], asked["SERVER_PORT"], asked["CONTENT_LENGTH"]) == ("a=1", "80", "0")
        await asyncio.to_thread(front.close)

    run(scenario)


def test_a_header_that_would_pass_for_a_proxys_is_dropped() -> None:
    seen: dict[str, Any] = {}

    def remember(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        seen.update(environ)
        start("200 OK", [])
        return [b""]

    async def scenario() -> None:
        front, caller = Front(remember, threads=1), Caller()
        headers = [(b"x-forwarded-for", b"10.1.2.3"), (b"x_forwarded_for", b"6.6.6.6"), (b"x_forwarded_proto", b"https")]
        await front({**scope(), "headers": headers}, caller.receive, caller.send)
        assert seen["HTTP_X_FORWARDED_FOR"] == "10.1.2.3"
        assert "HTTP_X_FORWARDED_PROTO" not in seen
        await asyncio.to_thread(front.close)

    run(scenario)
