"""Django behind ASGI, without Django's own ASGI handler: a request is read whole before a thread takes it, the thread runs
plain WSGI, and the answer is sent after the thread is free again. No thread, and so no database connection, ever waits on the
network; a phone that hangs up costs nothing but its own socket.

A full waiting line is refused at once (503, Retry-After); whoever hung up while waiting is dropped unserved.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from linglou.kernel.common_problems import BUSY, INTERNAL_ERROR, TOO_LARGE
from linglou.kernel.problems import Problem
from linglou.server import middleware

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

THREADS = 8
LINE = 256
BODY_LIMIT = 256 * 1024
FILE_LIMIT = 64 * 1024 * 1024
FILE_PATHS = ("/people/import/", "/api/v1/imports")
SPOOL_LIMIT = 256 * 1024  # what exceeds it goes to a temporary file, bodies and answers alike
CHUNK = 64 * 1024
SILENCE_SECONDS = 30.0  # a caller that sends nothing for so long is given up
LINE_SECONDS = 15.0  # ... and one that has waited for a thread so long is asked to come again
RETRY_SECONDS = 3

log = logging.getLogger("linglou.requests")


class HungUp(Exception):
    """The caller went away, or fell silent: there is nobody to answer."""


@dataclass
class Meter:
    """Plain counters for ``/metrics``."""

    by_status: dict[int, int] = field(default_factory=dict)
    hung_up: int = 0
    seconds: float = 0.0

    def count(self, status: int, seconds: float) -> None:
        self.by_status[status] = self.by_status.get(status, 0) + 1
        self.seconds += seconds


@dataclass
class Answer:
    """What WSGI answered, complete. The body stands in a file only when it is large."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: IO[bytes] = field(default_factory=lambda: tempfile.SpooledTemporaryFile(SPOOL_LIMIT))  # noqa: SIM115


class Front:
    def __init__(self, wsgi: Wsgi, *, threads: int = THREADS, line: int = LINE) -> None:
        self.meter = Meter()
        self.in_hand = 0  # requests waiting for a thread or in one
        self._wsgi = wsgi
        self._threads = threads
        self._room = threads + line
        self._pool = ThreadPoolExecutor(threads, "front")

    def open(self) -> None:
        """The server process has come up: this is the front that ``/metrics`` speaks of."""
        global _running
        _running = self

    def close(self) -> None:
        """Finish what is in hand, and give the threads' database connections back. Blocks."""
        together = threading.Barrier(self._threads)  # so that each thread gets one of these

        def leave() -> None:
            together.wait(SILENCE_SECONDS)
            connections.close_all()

        for _ in range(self._threads):
            self._pool.submit(leave)
        self._pool.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status = 499  # hung up
        try:
            body = await _read(scope, receive)
            with body:
                answer = await self._serve(scope, body, receive)
            with answer.body:
                status = answer.status
                await _send(answer, scope, send)
        except HungUp:
            self.meter.hung_up += 1
        except Problem as problem:
            status = problem.status
            await _send_problem(problem, scope, send)
        except Exception:  # Django answers its own; this is ours
            log.exception("front-failed")
            status = INTERNAL_ERROR.status
            await _send_problem(Problem(INTERNAL_ERROR), scope, send)
        seconds = time.perf_counter() - started
        self.meter.count(status, seconds)
        log.info(
            "request",
            extra={
                "method": scope["method"], "path": scope["path"], "status": status, "milliseconds": round(seconds * 1000, 1)
            },
        )  # fmt: skip

    async def _serve(self, scope: Scope, body: IO[bytes], receive: Receive) -> Answer:
        """Wait for a thread, and for what it makes of the request. Raises ``HungUp``, and ``Problem(BUSY)`` when the line is
        full or its turn does not come."""
        if self.in_hand >= self._room:
            raise _busy()
        self.in_hand += 1
        turn = self._pool.submit(self._run, _environment(scope, body))
        turn.add_done_callback(self._leave(asyncio.get_running_loop()))
        served: asyncio.Future[Any] = asyncio.wrap_future(turn)
        listening: asyncio.Future[Any] = asyncio.ensure_future(_until_hung_up(receive))
        try:
            await asyncio.wait([served, listening], timeout=LINE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not served.done() and turn.cancel():  # its turn has not come
                raise HungUp if listening.done() else _busy()
            return await served
        finally:
            listening.cancel()

    def _leave(self, loop: asyncio.AbstractEventLoop) -> Callable[[Any], None]:
        def left(_turn: Any) -> None:
            loop.call_soon_threadsafe(self._left)

        return left

    def _left(self) -> None:
        self.in_hand -= 1

    def _run(self, environ: dict[str, Any]) -> Answer:
        """In a thread: one WSGI call from beginning to end, its response closed, so that Django gives back what it holds."""
        answer = Answer()

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], object]:
            answer.status = int(status[:3])
            answer.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            return answer.body.write

        try:
            parts = self._wsgi(environ, start_response)
            try:
                for part in parts:
                    answer.body.write(part)
            finally:
                close = getattr(parts, "close", None)
                if close:
                    close()
            answer.body.seek(0)
        except BaseException:
            answer.body.close()
            raise
        return answer


_running: Front | None = None


def running() -> Front | None:
    """The front of this process, for ``/metrics``; None outside the server process."""
    return _running


async def _read(scope: Scope, receive: Receive) -> IO[bytes]:
    """The whole body. Raises ``Problem(TOO_LARGE)`` as soon as it is announced or grows too large, ``HungUp``."""
    limit = FILE_LIMIT if scope["path"].startswith(FILE_PATHS) else BODY_LIMIT
    announced = _header(scope, b"content-length")
    if announced.isdigit() and int(announced) > limit:
        raise Problem(TOO_LARGE, limit=limit)
    body: IO[bytes] = tempfile.SpooledTemporaryFile(SPOOL_LIMIT)  # noqa: SIM115
    size, more = 0, announced not in (b"", b"0") or _header(scope, b"transfer-encoding") != b""
    try:
        while more:
            message = await asyncio.wait_for(receive(), SILENCE_SECONDS)
            if message["type"] != "http.request":
                raise HungUp
            part = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise Problem(TOO_LARGE, limit=limit)
            body.write(part)
            more = message.get("more_body", False)
    except BaseException as error:
        body.close()
        if isinstance(error, TimeoutError):
            raise HungUp from None
        raise
    body.seek(0)
    return body


async def _until_hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    part = answer.body.read(CHUNK)
    while True:
        following = answer.body.read(CHUNK) if len(part) == CHUNK else b""
        await send({"type": "http.response.body", "body": part, "more_body": bool(following)})
        if not following:
            return
        part = following


async def _send_problem(problem: Problem, scope: Scope, send: Send) -> None:
    """A refusal without Django's middleware: as JSON for programs, as the plain page for people. Needs no database."""
    response = await asyncio.to_thread(_render, problem, scope)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.content, "more_body": False})


def _render(problem: Problem, scope: Scope) -> HttpResponse:
    request = HttpRequest()
    request.path = scope["path"]
    request.META["HTTP_ACCEPT"] = _header(scope, b"accept").decode("latin-1")
    wanted = _header(scope, b"accept-language").lower()
    with translation.override("en" if wanted.startswith(b"en") else "zh-hans"):
        response = middleware.answer(request, problem)
    response.headers["Content-Security-Policy"] = middleware.POLICY
    return response


def _busy() -> Problem:
    return Problem(BUSY, retry_after=RETRY_SECONDS, seconds=RETRY_SECONDS)


def _header(scope: Scope, name: bytes) -> bytes:
    for found, value in scope["headers"]:
        if found == name:
            return bytes(value)
    return b""


def _environment(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The WSGI environment of PEP 3333: text is bytes decoded as latin-1."""
    host, port = scope.get("server") or ("localhost", "80")
    raw_path = scope.get("raw_path") or scope["path"].encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw_path.partition(b"?")[0]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    size = body.seek(0, 2)
    body.seek(0)
    for name, value in scope["headers"]:
        if b"_" in name:  # in WSGI it would pass for the one with a dash, which a proxy may have set: X_Forwarded_For
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}" if key in environ else text
    environ["CONTENT_LENGTH"] = str(size)
    return environ
