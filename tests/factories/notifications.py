"""Real receivers on loopback, and channels that lead to them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from linglou.engines.notifications.models import Channel
from linglou.foundation.people.models import Person, Unit
from tests.factories.people import long_ago


@dataclass
class Receiver:
    """An HTTP server that keeps what it was sent. ``answers`` are statuses to give before it says 200 for good."""

    port: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0
    answers: list[int] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook"

    @property
    def subjects(self) -> list[str]:
        return [body["title"] for body in self.bodies]

    def wait_for(self, count: int, *, patience: float = 30.0) -> bool:
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.bodies) >= count, patience)


@contextmanager
def http_receiver(*answers: int) -> Iterator[Receiver]:
    receiver = Receiver(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with receiver.arrived:
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200:
                    receiver.bodies.append(json.loads(body))
                else:
                    receiver.refused += 1
                receiver.arrived.notify_all()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"http://127.0.0.1:{receiver.port}/hook")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Mailbox:
    """What a real SMTP server took in: (recipients, subject, text)."""

    port: int = 0
    letters: list[tuple[list[str], str, str]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type]
        body = message.get_body(("plain",))  # type: ignore[attr-defined]
        self.letters.append((list(envelope.rcpt_tos), str(message["Subject"]), body.get_content() if body else ""))
        return "250 OK"

    @property
    def server_address(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=linglou@school.test"


class _AnyPort(Controller):
    """A controller on whichever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()


@contextmanager
def smtp_server() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = _AnyPort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()


def channel(address: str, *, person: Person | None = None, unit: Unit | None = None) -> Channel:
    school_id = person.school_id if person else unit.school_id  # type: ignore[union-attr]
    return Channel.objects.create(
        school_id=school_id, person=person, unit=unit, name="测试渠道", address=address, created_at=long_ago()
    )
