"""``linglou up`` comes up, stops cleanly, starts again what dies, and recovers from being killed itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

pytestmark = pytest.mark.survival

PATIENCE = 60.0


class Up:
    """A running ``linglou up`` on its own data and port."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.begin()
        wait_until(self.is_well, f"it did not come up: {self.log()}")

    def begin(self) -> None:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("LINGLOU", "DATABASE", "DJANGO"))
        }
        with (self.data / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "linglou", "up", "--port", str(self.port), "--data", str(self.data)],
                stdout=log, stderr=log, env=environment, process_group=0,
            )  # fmt: skip

    def health(self) -> dict[str, object] | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return dict(json.load(answer))
        except (OSError, urllib.error.URLError, ValueError):
            return None

    def is_well(self) -> bool:
        found = self.health()
        return found is not None and found["status"] == "ok"

    def children(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, word: str) -> psutil.Process:
        return next(one for one in self.children() if word in command(one))

    def has_child(self, word: str) -> bool:
        return any(word in command(one) for one in self.children())

    def log(self) -> str:
        return (self.data / "up.log").read_text()[-3000:]


def command(process: psutil.Process) -> str:
    """Its command line; '' for one that has just ended."""
    try:
        return " ".join(process.cmdline()) if process.status() != psutil.STATUS_ZOMBIE else ""
    except psutil.NoSuchProcess:
        return ""


def wait_until(true: Callable[[], bool], otherwise: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < give_up, otherwise
        time.sleep(0.1)


def gone(processes: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


@pytest.fixture
def idle() -> Iterator[Up]:
    """One that is not running yet; whatever the test leaves running is stopped."""
    with TemporaryDirectory(prefix="linglou-up-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        one = Up(Path(name))
        try:
            yield one
        finally:
            if one.process is not None and one.process.poll() is None:
                everything = one.children()
                one.process.send_signal(signal.SIGINT)
                one.process.wait(PATIENCE)
                wait_until(lambda: gone(everything), "children were left behind")


@pytest.fixture
def up(idle: Up) -> Up:
    idle.start()
    return idle


def test_ctrl_c_stops_everything_cleanly_and_a_second_up_on_the_same_data_is_refused(up: Up) -> None:
    assert up.process is not None
    second = subprocess.run(
        [sys.executable, "-m", "linglou", "up", "--port", "9", "--data", str(up.data)],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert "--data" in second.stderr

    everything = up.children()
    assert len(everything) >= 4
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(PATIENCE) == 0
    assert gone(everything)
    assert not (up.data / "postgres" / "cluster" / "postmaster.pid").exists()


def test_whatever_dies_is_started_again_and_after_kill_9_the_next_start_recovers(up: Up) -> None:
    for word in ("linglou.server.serve", "linglou.server.worker", "postgres -D"):
        victim = up.child(word)
        victim.kill()
        wait_until(lambda word=word, victim=victim: gone([victim]) and up.has_child(word), f"{word} was not started again")  # type: ignore[misc]
        wait_until(up.is_well, f"not well after {word} died: {up.log()}")

    assert up.process is not None
    everything = up.children()
    up.process.kill()
    up.process.wait()
    up.start()  # at once, while what the killed one left behind still holds the port and the database
    wait_until(lambda: gone(everything), "children outlived the supervisor")
    wait_until(up.is_well, f"not well after kill -9: {up.log()}")


def test_ctrl_c_during_the_first_preparations_stops_everything_and_the_next_start_goes_on(idle: Up) -> None:
    idle.begin()
    assert idle.process is not None
    wait_until(lambda: idle.has_child("linglou.server.prepare"), f"it did not begin: {idle.log()}")
    everything = idle.children()
    idle.process.send_signal(signal.SIGINT)
    assert idle.process.wait(PATIENCE) == 0
    assert gone(everything)
    assert idle.log().rstrip().endswith("Stopped.")
    idle.start()
    assert idle.is_well()
