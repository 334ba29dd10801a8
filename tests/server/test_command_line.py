"""``linglou WORD ...``: which program runs, on which data, with whose database."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from linglou import cli
from linglou.server import installation, supervisor


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What was handed to Django, instead of being run; the environment is put back afterwards."""
    for name in ("LINGLOU_DATA", "DATABASE_URL", "LINGLOU_SECRET_KEY", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    calls: list[list[str]] = []
    monkeypatch.setattr("django.core.management.execute_from_command_line", calls.append)
    return calls


def linglou(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["linglou", *words])
    cli.main()


def test_a_word_is_a_management_command_and_hyphens_are_underscores(
    monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]
) -> None:
    linglou(monkeypatch, "verify-closings", "--school", "a-b")
    assert ran == [["linglou", "verify_closings", "--school", "a-b"]]


def test_no_word_asks_for_help(monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]) -> None:
    linglou(monkeypatch)
    assert ran == [["linglou", "help"]]


def test_data_names_the_installation_and_is_not_handed_on(
    monkeypatch: pytest.MonkeyPatch, ran: list[list[str]], tmp_path: Path
) -> None:
    linglou(monkeypatch, "import-roster", "--data", str(tmp_path), "roster.xlsx")
    assert ran == [["linglou", "import_roster", "roster.xlsx"]]
    assert os.environ["LINGLOU_DATA"] == str(tmp_path)
    assert os.environ["DJANGO_SETTINGS_MODULE"] == "linglou.settings"


def test_a_given_database_is_used_and_none_is_started(
    monkeypatch: pytest.MonkeyPatch, ran: list[list[str]], tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql:///given")
    linglou(monkeypatch, "migrate", "--data", str(tmp_path))
    assert os.environ["DATABASE_URL"] == "postgresql:///given"
    assert list(tmp_path.iterdir()) == []


def test_up_is_the_supervisors_and_its_status_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []
    monkeypatch.setattr(supervisor, "up", lambda words: given.append(words) or 3)
    with pytest.raises(SystemExit) as ended:
        linglou(monkeypatch, "up", "--demo", "--port", "8123")
    assert (given, ended.value.code) == ([["--demo", "--port", "8123"]], 3)


def test_the_secret_is_made_once_for_nobody_else_to_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LINGLOU_SECRET_KEY", raising=False)
    place = installation.Installation(tmp_path / "data")
    made = place.secret()
    assert len(made) > 40
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert installation.Installation(tmp_path / "data").secret() == made
    monkeypatch.setenv("LINGLOU_SECRET_KEY", "from-the-environment")
    assert place.environment()["LINGLOU_SECRET_KEY"] == "from-the-environment"


def test_without_a_given_database_the_installation_has_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    place = installation.Installation(tmp_path)
    assert place.embedded is not None
    assert place.database_url == place.embedded.url


def test_a_taken_port_is_refused_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert supervisor.up(["--data", str(tmp_path), "--port", str(port)]) == 1
    assert f"Port {port} on 127.0.0.1 is taken" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["up.lock"]


def test_a_second_up_on_the_same_data_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import fcntl

    with (tmp_path / "up.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert supervisor.up(["--data", str(tmp_path)]) == 1
    assert f"already runs on {tmp_path}" in capsys.readouterr().err
