"""The embedded PostgreSQL starts, survives being killed, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest

from linglou.server.postgres import Postgres


@pytest.fixture
def home() -> Iterator[Path]:
    with TemporaryDirectory(prefix="linglou-pg-") as name:
        Path(name).chmod(0o755)
        yield Path(name) / "postgres"


@pytest.fixture
def postgres(home: Path) -> Iterator[Postgres]:
    server = Postgres(home, durable=False)
    server.start()
    yield server
    server.stop()


def test_it_answers_and_holds_what_was_written(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    postgres.stop()
    assert postgres.poll() == 0
    postgres.start()
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_a_killed_postmaster_is_started_again(postgres: Postgres) -> None:
    os.kill(postgres.pid, signal.SIGKILL)
    assert postgres._process is not None
    postgres._process.wait()
    assert not postgres.is_answering()
    postgres.start()
    assert postgres.is_answering()


def test_a_postmaster_left_by_a_killed_parent_is_replaced(home: Path) -> None:
    """The parent dies by SIGKILL; whether its postmaster has gone yet or not, the next start gets a live server."""
    parent = subprocess.Popen(
        [
            sys.executable, "-c",
            "import sys, time; from pathlib import Path; from linglou.server.postgres import Postgres\n"
            "p = Postgres(Path(sys.argv[1]), durable=False); p.start(); print(p.pid, flush=True); time.sleep(120)",
            str(home),
        ],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    orphan = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    server = Postgres(home, durable=False)
    server.start()
    try:
        assert server.pid != orphan
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()
    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE


def test_a_running_server_is_used_and_not_stopped(postgres: Postgres) -> None:
    with Postgres(postgres.home, durable=False).running() as url:
        psycopg.connect(url).close()
    assert postgres.poll() is None


def test_it_is_not_reachable_over_the_network(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
