"""Files that are no roster are refused for what they are, before anything is unpacked or kept."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from linglou.foundation.people.roster_import import reading
from linglou.kernel.problems import Problem
from tests.factories import rosters

ROWS = [["学号", "姓名", "班级"], ["0012024001", "张三", "软件1班"], ["0012024002", "李四", "软件1班"]]


def zipped(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(Problem) as caught:
        reading.read(path)
    assert caught.value.cure
    return caught.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (b"PK\x03\x04" + b"broken" * 9, "file-unreadable"),
        (zipped(**{"word__document.xml": "<w/>"}), "file-unreadable"),  # a .docx
        (zipped(**{"xl__workbook.xml": "<broken"}), "file-unreadable"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "file-unreadable"),
        (b"<html><table><tr><td>\xe5\xad\xa6\xe5\x8f\xb7</td></tr></table>", "file-is-web-page"),
        (b"\0\1\2\3" * 40, "file-unreadable"),
        ("日期,事项\n2026-11-23,开会\n".encode(), "file-has-no-header"),
        ('学号,姓名\n1,"'.encode() + b"x" * 200_000 + b'"\n', "file-unreadable"),  # a cell beyond what a cell can hold
    ],
)
def test_what_is_no_roster_says_what_it_is(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(tmp_path / "file", content) == code


def test_the_limits_are_of_bytes_of_unpacked_bytes_and_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, good = tmp_path / "roster", rosters.xlsx(ROWS)
    path.write_bytes(good)
    assert reading.read(path).format == "xlsx"
    for limit, code in (
        ("MAX_BYTES", "file-too-large"),
        ("MAX_UNPACKED_BYTES", "file-too-large"),
        ("MAX_ROWS", "file-too-many-rows"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(reading, limit, 2)
            assert refusal(path, good) == code


def test_a_sheet_without_a_header_has_no_people(tmp_path: Path) -> None:
    path = tmp_path / "roster"
    path.write_bytes(rosters.csv_(ROWS))
    sheet = reading.read(path).sheets[0]
    assert len(list(sheet.data())) == 2
    sheet.header = None
    assert list(sheet.data()) == []
