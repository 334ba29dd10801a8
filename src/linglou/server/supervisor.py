"""``linglou up``: PostgreSQL, server and worker as children of one process; whichever dies is started again; Ctrl-C stops all.

The children die with us (PR_SET_PDEATHSIG), so even ``kill -9`` of this process leaves nothing behind, and the next start
recovers by itself: PostgreSQL replays its log, the outbox and the ticks go on where they were.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from linglou.demo import zone
from linglou.kernel import clock
from linglou.server.installation import Installation
from linglou.server.postgres import PR_SET_PDEATHSIG, Postgres, PostgresFailed

STOP_GRACE = 20.0
RESTART_PAUSE = 1.0
DATABASE_ATTEMPTS = 15
POLL = 0.2
PORT_GRACE = 3.0
FEWEST_PEOPLE = 50


def up(words: list[str]) -> int:
    """Run until stopped; the exit status."""
    options = parse(words)
    place = Installation(options.data)
    try:
        place.data.mkdir(parents=True, exist_ok=True)
        lock = (place.data / "up.lock").open("a+")
    except OSError as error:
        return refuse(f"{place.data} cannot be the data directory: {error.strerror}. Choose another one with --data.")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return refuse(f"Linglou already runs on {place.data}. Stop it first, or choose another --data directory.")
        reason = why_not(options.host, options.port)
        if reason:
            return refuse(reason)
        return Supervisor(place, options).run()


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="linglou up", description="Run Linglou: database, server and worker.")
    parser.add_argument("--demo", action="store_true", help="load a demo campus in the middle of a morning")
    parser.add_argument("--people", type=_people, default=2000, metavar="N", help="size of the demo campus")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LINGLOU_DATA", "data")))
    return parser.parse_args(words)


def refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


def _people(word: str) -> int:
    if not word.isdecimal() or int(word) < FEWEST_PEOPLE:
        raise argparse.ArgumentTypeError(f"{word!r}: a campus has {FEWEST_PEOPLE} people or more")
    return int(word)


def _port(word: str) -> int:
    if not word.isdecimal() or not 0 < int(word) < 65536:
        raise argparse.ArgumentTypeError(f"{word!r}: a port is a number from 1 to 65535")
    return int(word)


def why_not(host: str, port: int) -> str:
    """Why we cannot serve there; '' when we can. After a ``kill -9`` the server of before may hold its port for a moment longer."""
    give_up = time.monotonic() + PORT_GRACE
    while True:
        try:
            _bind(host, port)
        except socket.gaierror:
            return f"{host} is not known as an address of this machine. Choose another one with --host."
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > give_up:
                reason, cure = REASONS.get(error.errno or 0, (str(error.strerror), "--port"))
                return f"Port {port} on {host} {reason}. Choose another one with {cure}."
            time.sleep(POLL)
        else:
            return ""


REASONS = {
    errno.EADDRINUSE: ("is taken by another program", "--port"),
    errno.EACCES: ("may be used by the system's own programs only", "--port"),
    errno.EADDRNOTAVAIL: ("cannot be served, for that is no address of this machine", "--host"),
}


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


@dataclass
class Child:
    """A process of ours that is kept running."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, preexec_fn=_die_with_parent, process_group=0)

    def is_dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _die_with_parent() -> None:  # pragma: no cover  (between fork and exec: nothing is left to tell)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    def __init__(self, place: Installation, options: argparse.Namespace) -> None:
        self.place, self.options = place, options
        self.stopping = False
        python = [sys.executable, "-m"]
        self.children = [
            Child("server", [*python, "linglou.server.serve", options.host, str(options.port)]),
            Child("worker", [*python, "linglou.server.worker"]),
        ]

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        demo_note = self.place.data / "demo.json"
        if self.options.demo or demo_note.exists():
            os.environ["LINGLOU_DEMO"] = "1"
        if self.options.demo and not demo_note.exists():
            os.environ.setdefault("LINGLOU_TIME_ZONE", zone.at(clock.now()))
        try:
            self._say(f"Starting on {self.place.data} ...")
            if self.place.embedded:
                self.place.embedded.start()
            self.place.export()
            os.environ.setdefault("LINGLOU_PUBLIC_URL", f"http://{self.options.host}:{self.options.port}")
            self._prepare(demo_note)
            for child in self.children:
                child.start()
            self._wait_until_served()
            self._announce(demo_note)
            self._watch()
        except Stopped:
            pass
        except PostgresFailed as error:
            return refuse(str(error))
        finally:
            self.stopping = True
            for child in self.children:
                child.stop()
            if self.place.embedded:
                self.place.embedded.stop()
            self._say("Stopped.")
        return 0

    def _say(self, words: str) -> None:
        print(words, flush=True)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if not self.stopping:
            self.stopping = True
            raise Stopped

    def _prepare(self, demo_note: Path) -> None:
        """Migrate, collect static files, and on the first ``--demo`` load the campus: in a process of its own."""
        command = [sys.executable, "-m", "linglou.server.prepare"]
        if self.options.demo and not demo_note.exists():
            self._say(f"Loading a demo campus of {self.options.people} people; this is done once ...")
            command += ["--demo", str(self.options.people)]
        process = subprocess.Popen(command, preexec_fn=_die_with_parent, process_group=0)
        try:
            status = process.wait()
        except Stopped:
            process.terminate()
            process.wait()
            raise
        if status != 0:
            raise PostgresFailed("The database could not be prepared; the reason stands above.")

    def _wait_until_served(self) -> None:
        while not self._answers():
            self._keep_alive()
            time.sleep(POLL)

    def _answers(self) -> bool:
        try:
            socket.create_connection((self.options.host, self.options.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _announce(self, demo_note: Path) -> None:
        address = f"http://{self.options.host}:{self.options.port}"
        print(f"\nLinglou 零漏 is up: {address}   (Ctrl-C stops everything)", flush=True)
        if demo_note.exists():
            note = json.loads(demo_note.read_text())
            print(f"Demo campus: {note['school']}, {note['people']} people. Every password: {note['password']}")
            for account in note["accounts"]:
                print(f"  {account['login']:<14} {account['role']}  {account['name']}")
            print(flush=True)

    def _watch(self) -> None:
        while True:
            self._keep_alive()
            time.sleep(POLL)

    def _keep_alive(self) -> None:
        database = self.place.embedded
        if database and database.poll() is not None:
            print("PostgreSQL died; starting it again.", file=sys.stderr, flush=True)
            time.sleep(RESTART_PAUSE)
            self._start_again(database)
        for child in self.children:
            if child.is_dead():
                if child.process is not None:
                    print(f"The {child.name} died; starting it again.", file=sys.stderr, flush=True)
                    time.sleep(RESTART_PAUSE)
                child.start()

    def _start_again(self, database: Postgres) -> None:
        """What a killed postmaster leaves behind (backends, shared memory) may take a moment to go."""
        for _attempt in range(DATABASE_ATTEMPTS - 1):
            try:
                database.start()
            except PostgresFailed:
                time.sleep(RESTART_PAUSE)
            else:
                return
        database.start()


class Stopped(BaseException):
    """Somebody asked us to stop; not an error, so nothing catches it by accident."""
