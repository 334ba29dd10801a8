"""``linglou up`` says plainly what is in the way, before it touches anything."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from linglou.server import supervisor


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PORT_GRACE", 0.0)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert supervisor.up(list(words)) == 1
    return capsys.readouterr().err


def test_a_port_in_use(tmp_path: Path, taken_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "--data", str(tmp_path), "--port", str(taken_port))
    assert said == f"Port {taken_port} on 127.0.0.1 is taken by another program. Choose another one with --port.\n"


def test_an_address_of_another_machine_and_one_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for host, reason in (("192.0.2.7", "no address of this machine"), ("not an address", "is not known")):
        said = refused(capsys, "--data", str(tmp_path), "--host", host)
        assert reason in said
        assert "--host" in said


def test_a_data_directory_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    for data in (in_the_way, in_the_way / "below", Path("/proc/linglou")):
        said = refused(capsys, "--data", str(data))
        assert said.startswith(f"{data} cannot be the data directory: ")
        assert "--data" in said


def test_a_data_directory_on_which_it_runs_already(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (tmp_path / "up.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = refused(capsys, "--data", str(tmp_path))
    assert f"already runs on {tmp_path}" in said


@pytest.mark.parametrize(
    "words",
    [("--port", "0"), ("--port", "65536"), ("--port", "x"), ("--people", "49"), ("--people", "-1"), ("--people", "many")],
)
def test_numbers_that_make_no_sense(words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        supervisor.up(list(words))
    assert ended.value.code == 2
    assert f"argument {words[0]}: {words[1]!r}" in capsys.readouterr().err


def test_a_port_that_is_given_back_in_a_moment_is_waited_for(taken_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([OSError(98, "in use"), OSError(98, "in use"), None])

    def bind(_host: str, _port: int) -> None:
        answer = next(answers)
        if answer:
            raise answer

    monkeypatch.setattr(supervisor, "PORT_GRACE", 60.0)
    monkeypatch.setattr(supervisor, "POLL", 0.0)
    monkeypatch.setattr(supervisor, "_bind", bind)
    assert supervisor.why_not("127.0.0.1", taken_port) == ""
