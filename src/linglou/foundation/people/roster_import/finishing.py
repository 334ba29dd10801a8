"""The last step of a judged row, which needs nothing but the row: sealed, indexed, spelt, in COPY's text format.

It is half of the work of reading a roster. A large one is finished by a helper process beside the judge, which is handed batches
over its standard input and ends when that ends: with its parent at the latest. Nothing of it touches a disk.
"""

from __future__ import annotations

import queue
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import IO

from django.conf import settings

from linglou.foundation.people import names
from linglou.kernel.secrets import blind_index, seal_all

# What a row to be finished ends with, in clear, and what it ends with afterwards.
CLEAR = ("verdict", "name", "id_number", "phone", "guardian_phone")
FINISHED = (
    "verdict", "name", "pinyin", "initials", "given_name", "given_pinyin", "id_number", "id_number_index", "phone", "phone_index",
    "guardian_phone", "guardian_phone_index",
)  # fmt: skip

_SIZE = struct.Struct(">I")
# Batches on their way at once: enough to keep the helper busy, few enough to keep memory small.
UNDER_WAY = 32
# Room for several batches: in a pipe of the usual size the judge would wait for the helper at every one.
PIPE_BYTES = 1 << 20


def finish(text: str) -> str:
    """Rows, one a line, columns parted by tabs. Cleaned values hold neither, but may hold a backslash."""
    rows = [line.rsplit("\t", len(CLEAR)) for line in text.split("\n")]
    sealed = [seal_all([row[column] for row in rows]) for column in (3, 4, 5)]
    lines = []
    for (head, verdict, name, id_number, phone, guardian), id_sealed, phone_sealed, guardian_sealed in zip(
        rows, *sealed, strict=True
    ):
        pinyin, initials, given, given_pinyin = names.spell(name) if verdict == "new" else ("", "", "", "")
        lines.append(
            f"{head}\t{verdict}\t{name}\t{pinyin}\t{initials}\t{given}\t{given_pinyin}\t"
            f"{id_sealed}\t{blind_index('id-number', id_number)}\t{phone_sealed}\t{blind_index('phone', phone)}\t"
            f"{guardian_sealed}\t{blind_index('phone', guardian)}\n"
        )
    finished = "".join(lines)
    return finished.replace("\\", "\\\\") if "\\" in finished else finished


class Finisher:
    """``with Finisher(has_helper=True) as finisher: for content in finisher.finish(batches): ...``. A helper that dies costs
    nothing but time. Make it early: it takes a moment to be ready."""

    def __init__(self, *, has_helper: bool) -> None:
        self._helper = _Helper() if has_helper else None

    def __enter__(self) -> Finisher:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._helper:
            self._helper.end()

    def finish(self, batches: Iterable[Sequence[Sequence[str]]]) -> Iterator[bytes]:
        """Batches of rows, each of which ends with the columns of ``CLEAR``; finished in the same order."""
        under_way: deque[str] = deque()
        for rows in batches:
            under_way.append("\n".join(map("\t".join, rows)))
            if self._helper:
                self._helper.give(under_way[-1].encode())
            yield from self._finished(under_way, leave=UNDER_WAY)
        yield from self._finished(under_way, leave=0)

    def _finished(self, under_way: deque[str], *, leave: int) -> Iterator[bytes]:
        """What the helper is done with, and without one everything; waits until at most ``leave`` batches are under way."""
        while under_way:
            content = self._helper.take(wait=len(under_way) > leave) if self._helper else None
            if content is None and self._helper and not self._helper.is_gone:
                return
            text = under_way.popleft()
            yield finish(text).encode() if content is None else content


class _Helper:
    """The process, and a thread that reads what it answers so that neither waits for the other to read."""

    def __init__(self) -> None:
        self.is_gone = False
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, pipesize=PIPE_BYTES
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.give(settings.SECRET_KEY.encode())

    def give(self, content: bytes) -> None:
        try:
            if self._process.stdin and not self.is_gone:
                _send(self._process.stdin, content)
        except OSError:
            pass  # it has died: ``take`` will say so

    def take(self, *, wait: bool) -> bytes | None:
        """The next finished batch; None when there is none yet, or never will be (``is_gone``)."""
        if self.is_gone:
            return None
        try:
            answer = self._answers.get(block=wait)
        except queue.Empty:
            return None
        self.is_gone = answer is None
        return answer

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe:
                    pipe.close()
            except OSError:
                pass  # what it had not read

    def _read(self) -> None:
        while self._process.stdout and (answer := _receive(self._process.stdout)) is not None:
            self._answers.put(answer)
        self._answers.put(None)


def _send(pipe: IO[bytes], content: bytes) -> None:
    pipe.write(_SIZE.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    """The next message; None when the other side is gone, in the middle of one or between two."""
    head = pipe.read(_SIZE.size)
    if len(head) < _SIZE.size:
        return None
    (size,) = _SIZE.unpack(head)
    content = pipe.read(size)
    return content if len(content) == size else None


def main() -> None:
    """The helper: the secret key, then batches."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    key = _receive(source)
    if key is None:
        return
    settings.configure(SECRET_KEY=key.decode())
    while (text := _receive(source)) is not None:
        _send(sink, finish(text.decode()).encode())


if __name__ == "__main__":
    main()
