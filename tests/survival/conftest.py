"""One ground for the survival tests of the intake: a durable database, and servers on it as they run in earnest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import ground
from bench.ground import Ground

PEOPLE = 400


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground.laid(PEOPLE) as laid:
        yield laid
