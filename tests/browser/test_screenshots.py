"""The pictures of the README, taken from the real product. Set ``LINGLOU_PICTURES=docs/images`` to write them anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE

PICTURES = {"home": ("/", "学生", PHONE), "work": ("/work/", "辅导员", PHONE), "board": ("/board/", "疫情防控办公室", DESK)}
SMALLEST = 10_000  # bytes; an empty page compresses to less


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_of_the_readme_can_be_taken(visit: Callable[..., Page], tmp_path: Path, name: str) -> None:
    path, role, width = PICTURES[name]
    folder = Path(os.environ.get("LINGLOU_PICTURES", tmp_path))
    page = visit(path, role=role, width=width)
    page.wait_for_load_state("networkidle")
    target = folder / f"{name}.png"
    page.screenshot(path=target)
    assert target.stat().st_size > SMALLEST
