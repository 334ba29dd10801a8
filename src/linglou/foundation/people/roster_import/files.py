"""Where uploaded files wait: under ``MEDIA_ROOT/imports``, readable by the server alone, named by an unguessable key."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from linglou.kernel import ids


def folder() -> Path:
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def path_of(key: str) -> Path:
    return folder() / key


def new_key() -> str:
    return ids.token(24)


def store(chunks: Iterable[bytes], *, limit: int) -> tuple[str, int]:
    """Keep an upload: (key, size). Stops writing one chunk after ``limit`` bytes; the caller judges the size."""
    key, size = new_key(), 0
    with os.fdopen(os.open(path_of(key), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            file.write(chunk)
            size += len(chunk)
            if size > limit:
                break
    return key, size


def private(path: Path) -> None:
    """Make ``path`` exist, empty and readable by us alone, before anything is written into it."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))


def delete(key: str) -> None:
    if key:
        path_of(key).unlink(missing_ok=True)
