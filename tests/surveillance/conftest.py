from __future__ import annotations

import pytest

from tests.factories.people import Campus


@pytest.fixture
def campus(db: None) -> Campus:
    return Campus()
