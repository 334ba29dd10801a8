"""The product's server with two routes beside it, for comparison in the same process on the same database:

- ``/bench/django/...``: an ordinary Django view, ``update_or_create`` in a transaction, behind the product's own front, and
  without any middleware (the leanest Django there is);
- ``/bench/ceiling/...``: a bare ASGI function that writes the same rows (response, revision, counters, curve, trail, a signal
  for a fever) in group commits and checks nothing at all: no ticket, no validation, no triage, no round, no replay.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from linglou import asgi
from linglou.server.front import Front

from django.core.handlers.wsgi import WSGIHandler  # isort: skip
from django.db import transaction  # isort: skip
from django.http import HttpRequest, HttpResponse  # isort: skip
from django.test.utils import override_settings  # isort: skip
from django.urls import path  # isort: skip
from linglou.domains.daily.intake import service  # isort: skip
from linglou.domains.daily.intake.writer import connect  # isort: skip
from linglou.engines.rounds.models import Response  # isort: skip

Message = MutableMapping[str, Any]


def update_or_create(request: HttpRequest, school: int, day: str, round_id: int, respondent: int) -> HttpResponse:
    now = datetime.now(UTC)
    with transaction.atomic():
        Response.objects.update_or_create(
            school_id=school, day=day, round_id=round_id, respondent_id=respondent,
            defaults={
                "unit_id": 1, "answers": json.loads(request.body), "revision": 1, "source": "self", "by_id": respondent,
                "first_at": now, "last_at": now, "receipt": 1,
            },
        )  # fmt: skip
    return HttpResponse(b"{}", content_type="application/json")


urlpatterns = [path("bench/django/<int:school>/<str:day>/<int:round_id>/<int:respondent>", update_or_create)]


def route(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The only middleware: it points to the view above."""

    def routed(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return get_response(request)

    return routed


class Ceiling:
    SQL = """
        WITH t AS MATERIALIZED (
            SELECT * FROM unnest(%s::bigint[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[],
                %s::smallint[], %s::jsonb[], %s::timestamptz[], %s::text[])
                AS t(school_id, day, round_id, respondent_id, unit_id, lines, curved, severity, answers, at, key)
        ), responded AS (
            INSERT INTO rounds_response (school_id, day, round_id, respondent_id, unit_id, answers, revision, source, by_id,
                severity, is_late, first_at, last_at, receipt)
            SELECT school_id, day, round_id, respondent_id, unit_id, answers, 1, 'self', respondent_id, severity, false, at, at, 1
            FROM t
        ), revised AS (
            INSERT INTO rounds_revision (school_id, day, round_id, respondent_id, revision, answers, source, by_id, severity,
                is_late, at, idempotency_key, receipt)
            SELECT school_id, day, round_id, respondent_id, 1, answers, 'self', respondent_id, severity, false, at, key, 1
            FROM t
        ), counted AS (
            INSERT INTO rounds_unitcount AS c (school_id, round_id, unit_id, roster, responded, excused, abnormal, proxied, late)
            SELECT school_id, round_id, line, 1000000, count(*), 0, count(*) FILTER (WHERE severity > 0), 0, 0
            FROM t, unnest(string_to_array(lines, '-')::bigint[]) AS line GROUP BY school_id, round_id, line
            ON CONFLICT (school_id, round_id, unit_id) DO UPDATE SET responded = c.responded + excluded.responded,
                abnormal = c.abnormal + excluded.abnormal
        ), drawn AS (
            INSERT INTO rounds_curvepoint AS c (school_id, round_id, unit_id, bin, responded)
            SELECT school_id, round_id, line, 1, count(*)
            FROM t, unnest(string_to_array(curved, '-')::bigint[]) AS line GROUP BY school_id, round_id, line
            ON CONFLICT (school_id, round_id, unit_id, bin) DO UPDATE SET responded = c.responded + excluded.responded
        ), signalled AS (
            INSERT INTO signals_signal (school_id, person_id, unit_id, round_id, revision, rule_id, rule_edition, severity,
                because, raised_at, state, outcome, note)
            SELECT school_id, respondent_id, unit_id, round_id, 1, 'FEVER', '1', severity, '{"temperature": 38.2}', at, 'new', '', ''
            FROM t WHERE severity > 0
        )
        INSERT INTO audit_entry (school_id, at, actor_id, actor_label, action, is_read, subject_type, subject_id,
            subject_person_id, detail)
        SELECT school_id, at, respondent_id, 'self', 'response.submit', false, 'round', round_id, respondent_id,
            '{"revision": 1, "source": "self"}' FROM t
    """

    def __init__(self) -> None:
        self.queue: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
        Thread(target=self._write, daemon=True).start()

    async def __call__(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        body = (await receive())["body"]
        words = scope["path"].split("/")
        future = asyncio.get_running_loop().create_future()
        key = dict(scope["headers"])[b"idempotency-key"].decode()
        self.queue.put((future, *words[3:], body.decode(), key))
        await future
        await say(send, b"{}")

    def _write(self) -> None:
        connection = connect(service.database_address())
        while True:
            batch = [self.queue.get()]
            try:
                while len(batch) < 256:
                    batch.append(self.queue.get_nowait())
            except Empty:
                pass
            # Nobody answers twice here: the load goes round all respondents in turn.
            futures, *columns, answers, keys = zip(*batch, strict=True)
            at = f'"{datetime.now(UTC)}"'
            with connection.transaction():
                connection.execute(self.SQL, [*map(plain, columns), quoted(answers), plain([at] * len(batch)), plain(keys)])
            futures[0].get_loop().call_soon_threadsafe(resolve, futures)


async def say(send: Any, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 201, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})


def plain(values: Any) -> str:
    return "{" + ",".join(values) + "}"


def quoted(values: Any) -> str:
    return "{" + ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values) + "}"


def resolve(futures: tuple[asyncio.Future[None], ...]) -> None:
    for future in futures:
        future.set_result(None)


with override_settings(MIDDLEWARE=[f"{__name__}.route"]):
    bare = Front(WSGIHandler())
ceiling = Ceiling()


async def application(scope: Message, receive: Any, send: Any) -> None:
    path = scope.get("path", "")
    if path.startswith("/bench/django/"):
        await bare(scope, receive, send)
    elif path.startswith("/bench/ceiling/"):
        await ceiling(scope, receive, send)
    elif path == "/bench/meter":
        await say(send, json.dumps(vars(service.running().writer.meter)).encode())  # type: ignore[union-attr]
    else:
        await asgi.application(scope, receive, send)
