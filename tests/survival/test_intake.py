"""Real processes, killed in the middle of a load: what was acknowledged is there, once, and the counters agree with the rows."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import psycopg
import pytest

from bench import ground
from bench.ground import Ground, Server
from linglou.engines.rounds.commit import ROUND_LOCK
from linglou.kernel import ids
from tests.survival.phones import Crowd, Given, request, until

pytestmark = pytest.mark.survival

AWAY_SECONDS = 10.0
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def rows(place: Ground, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(place.postgres.url, connect_timeout=5) as connection:
        return connection.execute(sql, values).fetchall()


def check(place: Ground, given: list[Given]) -> None:
    """Every receipt given is in the database, once; nothing else is; and the counters are what a recount finds."""
    stored = Counter(
        rows(place, "SELECT respondent_id, idempotency_key, receipt FROM rounds_revision WHERE idempotency_key LIKE 'phone-%%'")
    )
    assert stored == Counter({(one.respondent_id, one.key, ids.parse_receipt(one.code)): 1 for one in given})
    assert not rows(
        place,
        """
        SELECT p.respondent_id FROM rounds_response p JOIN rounds_revision v USING (school_id, day, round_id, respondent_id)
        GROUP BY p.respondent_id, p.revision
        HAVING p.revision <> max(v.revision) OR count(*) <> max(v.revision) OR min(v.revision) <> 1
        """,
    )
    counted = rows(place, "SELECT unit_id, responded, abnormal FROM rounds_unitcount WHERE responded > 0 ORDER BY unit_id")
    recounted = rows(
        place,
        """
        SELECT above.id, count(*), count(*) FILTER (WHERE p.severity >= 2)
        FROM rounds_response p
        JOIN people_membership m ON m.person_id = p.respondent_id AND m.tree IN ('administration', 'residence')
        JOIN people_unit leaf ON leaf.id = m.unit_id
        CROSS JOIN LATERAL unnest(string_to_array(trim(BOTH '/' FROM leaf.path), '/')::bigint[]) AS part(id)
        JOIN people_unit above ON above.id = part.id
        WHERE above.kind NOT IN ('room', 'authority') AND (above.kind <> 'school' OR m.tree = 'administration')
        GROUP BY above.id ORDER BY above.id
        """,
    )
    assert counted == recounted
    trail = rows(place, "SELECT count(*) FROM audit_entry WHERE action = 'response.submit'")
    assert trail == rows(place, "SELECT count(*) FROM rounds_revision")


@pytest.fixture(autouse=True)
def _clean(place: Ground) -> None:
    """Each test starts from an empty round."""
    with psycopg.connect(place.postgres.url) as connection:
        connection.execute("TRUNCATE rounds_response, rounds_revision, rounds_curvepoint, audit_entry, signals_signal CASCADE")
        connection.execute("UPDATE rounds_unitcount SET responded = 0, abnormal = 0, proxied = 0, late = 0")


def crowd(place: Ground, server: Server, **options: Any) -> Crowd:
    return Crowd(server.port, place.round_id, place.tickets, **options)


def test_the_server_killed_in_the_middle_of_a_load(place: Ground) -> None:
    server = ground.serve(place)
    try:
        with crowd(place, server) as phones:
            phones.wait_for(300)
            server.kill()
            server = ground.serve(place, port=server.port)
            phones.wait_for(300)
    finally:
        server.stop()
    check(place, phones.given)


def test_the_server_stopped_in_the_middle_of_a_load_answers_what_it_took_in(place: Ground) -> None:
    server = ground.serve(place)
    with crowd(place, server) as phones:
        phones.wait_for(300)
        server.stop()
        stopped = len(phones.given)
        stored = rows(place, "SELECT count(*) FROM rounds_revision")[0][0]
        server = ground.serve(place, port=server.port)
        phones.wait_for(100)
    server.stop()
    assert stored - stopped <= phones.phones, "committed and not told: at most what was on its way out"
    check(place, phones.given)


def test_postgresql_killed_in_the_middle_of_a_load(place: Ground) -> None:
    with ground.served(place) as server:
        with crowd(place, server) as phones:
            phones.wait_for(300)
            os.kill(place.postgres.pid, signal.SIGKILL)
            until(lambda: phones.statuses[503] > 10, "nobody was told that the database is away")
            until(lambda: place.postgres.poll() is not None, "it would not die")
            place.postgres.start()
            phones.wait_for(300)
        assert server.process.poll() is None, "it recovered without a restart"
    assert set(phones.statuses) <= {200, 201, 503}
    assert phones.retry_after[False] == 0, "every 503 says when to come again"
    check(place, phones.given)


def test_the_database_silent_for_ten_seconds(place: Ground) -> None:
    with ground.served(place) as server:
        with crowd(place, server) as phones:
            phones.wait_for(300)
            family = [psutil.Process(place.postgres.pid), *psutil.Process(place.postgres.pid).children(recursive=True)]
            for process in family:
                process.suspend()
            silent_from = time.monotonic()
            try:
                until(lambda: phones.statuses[503] > 10, "nobody was told that the database is away", AWAY_SECONDS)
                time.sleep(max(0.0, silent_from + AWAY_SECONDS - time.monotonic()))
            finally:
                silent_to = time.monotonic()
                for process in family:
                    process.resume()
            phones.wait_for(300)
        given_in_silence = [one for one in phones.given if silent_from + 1 < one.at < silent_to]
        assert not given_in_silence
    assert phones.retry_after[False] == 0
    check(place, phones.given)


def test_a_full_queue_says_so_and_loses_nobody(place: Ground) -> None:
    small = "tests.survival.small_queue:application"
    with ground.served(place, small) as server, crowd(place, server, phones=64) as phones:
        phones.wait_for(100)
        with psycopg.connect(place.postgres.url) as holder:
            holder.execute("SELECT pg_advisory_xact_lock(%s)", [ROUND_LOCK + place.round_id])
            until(lambda: phones.statuses[503] > 20, "nobody was told that the queue is full")
        phones.wait_for(300)
    assert phones.retry_after[False] == 0
    check(place, phones.given)


def test_a_storm_of_one_key_from_many_connections_is_one_revision(place: Ground) -> None:
    respondent_id, ticket = place.tickets[0]
    with ground.served(place) as server:
        lines = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
        for _ in range(3):
            for line in lines:
                line.sendall(request(place.round_id, ticket, "phone-storm-1"))
            answers = [line.recv(4096).decode() for line in lines]
            codes = {answer.partition('"receipt": "')[2][:11] for answer in answers}
            assert len(codes) == 1
        for line in lines:
            line.close()
    check(place, [Given(respondent_id, "phone-storm-1", codes.pop(), 1, 0.0)])


def test_five_hundred_phones_hanging_up_in_mid_request_again_and_again(place: Ground) -> None:
    _respondent_id, ticket = place.tickets[0]
    whole = request(place.round_id, ticket, "phone-hangs-up")
    cut_off = whole[: whole.index(b"\r\n\r\n") + 20]  # the headers and some of the body
    page = b"POST /report/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\nhalf"
    unread = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ground.served(place) as server:
        worker = max(psutil.Process(server.process.pid).children(), key=lambda child: child.create_time())
        with ThreadPoolExecutor(32) as at_once:  # so that every thread of the server has its database connection
            list(at_once.map(lambda _: ask(server, HEALTH), range(200)))
        before, connections, files = pace(place, server), database_connections(place), worker.num_fds()
        for turn in range(4):
            lines = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(500)]
            for n, line in enumerate(lines):
                line.sendall((cut_off, page, unread, cut_off[:60])[(n + turn) % 4])
            for line in lines:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset, not a goodbye
                line.close()
        until(lambda: worker.num_fds() <= files + 5, "the server keeps files of phones that are gone")
        assert database_connections(place) <= connections
        assert pace(place, server) < before * 3 + 0.25
    check(place, [])


def ask(server: Server, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(text)
        answer = b""
        while part := line.recv(65536):
            answer += part
    return answer


def pace(place: Ground, server: Server) -> float:
    """Seconds for ten requests to be answered, one after another: half pages of Django's, half refused by the intake."""
    bad = request(place.round_id, "no-ticket", "phone-no-ticket").replace(b"\r\nTicket", b"\r\nConnection: close\r\nTicket")
    started = time.monotonic()
    for _ in range(5):
        assert b"bad-ticket" in ask(server, bad)
        assert ask(server, HEALTH).startswith(b"HTTP/1.1")
    return time.monotonic() - started


def database_connections(place: Ground) -> int:
    counted = rows(
        place, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return int(counted[0][0])
