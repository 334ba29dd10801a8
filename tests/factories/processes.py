"""Real worker processes on the test database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection


def database_url() -> str:
    """The address of this test process's own database."""
    settings = connection.settings_dict
    return f"postgresql:///{settings['NAME']}?host={settings['HOST']}&user={settings['USER']}"


@dataclass
class Worker:
    """A running ``linglou.server.worker``; what it logs is kept."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self._wait()

    def stop(self, *, patience: float = 30.0) -> int:
        """SIGTERM, and its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self._wait(patience)

    def _wait(self, patience: float = 30.0) -> int:
        try:
            return self.process.wait(patience)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self._reader.join()
            assert self.process.stderr is not None
            self.process.stderr.close()


@contextmanager
def worker() -> Iterator[Worker]:
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "linglou.settings"}
    environment["LINGLOU_LOCAL_CHANNELS"] = "1"
    process = subprocess.Popen(
        [sys.executable, "-m", "linglou.server.worker"], env=environment, stderr=subprocess.PIPE, text=True
    )
    running = Worker(process)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.kill()


def eventually(is_so: Callable[[], bool], *, patience: float = 60.0) -> bool:
    """Whether something becomes true in time; asked again and again, never slept for a fixed while."""
    give_up = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True
