"""Ground for benches and survival tests: a durable PostgreSQL of its own, a campus, open rounds with everybody's tickets, and
the product's server process in front. Everything runs in processes of its own, as it does in earnest."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PRODUCT = "linglou.asgi:application"
SEED = 20261123


@dataclass
class Ground:
    """``tickets`` are rows of (respondent id, ticket), round after round; ``round_id`` is the first of the rounds."""

    home: Path
    postgres: Any
    environment: dict[str, str]
    round_id: int = 0
    school_id: int = 0
    day: str = ""
    tickets: list[tuple[int, str]] = field(default_factory=list)

    def python(self, *words: str, **options: Any) -> subprocess.Popen[bytes]:
        """Our Python with this installation's environment, in a process group of its own."""
        return subprocess.Popen([sys.executable, *words], cwd=ROOT, env=self.environment, process_group=0, **options)

    @property
    def tickets_file(self) -> Path:
        return self.home / "tickets.json"


@dataclass
class Server:
    """One server process (granian's parent and its worker) on a port of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def kill(self) -> None:
        """As if the power went: no shutdown, no drain."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def laid(people: int, *, rounds: int = 1) -> Iterator[Ground]:
    """A ground with a campus of ``people`` and open rounds of its students."""
    from linglou.server.postgres import Postgres

    home = Path(tempfile.mkdtemp(prefix="linglou-ground-"))
    home.chmod(0o755)
    postgres = Postgres(home / "postgres", durable=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    environment |= {
        "DATABASE_URL": postgres.url,
        "LINGLOU_DATA": str(home),
        "LINGLOU_SECRET_KEY": "only-for-benches-" + "x" * 40,
        "DJANGO_SETTINGS_MODULE": "linglou.settings",
        "LINGLOU_DEMO": "1",
    }
    ground = Ground(home, postgres, environment)
    try:
        postgres.start()
        filled = ground.python("-m", "bench.ground", str(people), str(rounds))
        if filled.wait() != 0:
            raise RuntimeError("the ground could not be laid")
        laid_out = json.loads(ground.tickets_file.read_text())
        ground.round_id, ground.school_id, ground.day = laid_out["round"], laid_out["school"], laid_out["day"]
        ground.tickets = [tuple(row) for row in laid_out["tickets"]]
        yield ground
    finally:
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(postgres.home, ignore_errors=True)


@contextmanager
def served(ground: Ground, target: str = PRODUCT, *, port: int = 0) -> Iterator[Server]:
    server = serve(ground, target, port=port)
    try:
        yield server
    finally:
        server.stop()


def serve(ground: Ground, target: str = PRODUCT, *, port: int = 0) -> Server:
    """Start a server and wait until it answers."""
    port = port or free_port()
    log = ground.home / f"server-{port}.log"
    with log.open("ab") as file:
        process = ground.python("-m", "linglou.server.serve", "127.0.0.1", str(port), target, stdout=file, stderr=file)
    give_up = time.monotonic() + 60
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError("the server did not start:\n" + log.read_text(errors="replace")[-3000:])
        time.sleep(0.05)
    return Server(process, port, log)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
            probe.sendall(b"GET /nothing-here HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return probe.recv(12).startswith(b"HTTP/1.1")
    except OSError:
        return False


def main(people: int, rounds: int) -> None:
    """In a process of its own: migrate, build the campus, open the rounds, write everybody's tickets down."""
    import random
    from datetime import time as clock_time
    from datetime import timedelta

    import django
    from django.core.management import call_command
    from django.db import transaction

    from linglou.server.prepare import collect_static

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    collect_static()
    from linglou.demo.campus import Builder
    from linglou.domains.daily import rules
    from linglou.domains.daily.intake import ticket
    from linglou.engines.rounds import actions, queries
    from linglou.engines.rounds.models import Form, Schedule
    from linglou.kernel import clock

    now = clock.now()
    day = clock.day_of(now)
    dice = random.Random(SEED)
    opened = []
    with transaction.atomic():
        campus = Builder(people=people, at=now - timedelta(days=80), dice=random.Random(SEED)).build()
        school = campus.school
        Form.objects.create(
            school=school, key=rules.FORM_KEY, version=1, title="每日健康填报", questions=rules.STANDARD_FORM,
            published_at=now,
        )  # fmt: skip
        for _n in range(rounds):
            schedule = Schedule.objects.create(
                school=school, purpose="daily-health", title="每日健康填报", audience=school, person_kind="student",
                form_key=rules.FORM_KEY, opens=clock_time(0, 0), closes=clock_time(0, 0), from_day=day,
            )  # fmt: skip
            opened.append(actions.open_round(schedule=schedule, day=day, at=now))
    tickets = []
    for round_ in opened:
        places = queries.places_of(round_, [student.pk for student in campus.students])
        asked = list(places.items())
        dice.shuffle(asked)
        tickets += [
            (person_id, ticket.issue(round_=round_, respondent_id=person_id, by_id=person_id, place=place))
            for person_id, place in asked
        ]
    laid_out = {"round": opened[0].pk, "school": school.pk, "day": str(day), "tickets": tickets}
    Path(os.environ["LINGLOU_DATA"], "tickets.json").write_text(json.dumps(laid_out))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
