"""The interface is light: one style sheet within its budget, and nothing at all to run on a lean page."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory

STATIC = Path(settings.PACKAGE) / "ui" / "static" / "ui"
STYLE_BUDGET = 12_000
OWN_SCRIPT_BUDGET = 4_000
LEAN_BUDGET = 4_000


def packed(data: bytes) -> int:
    return len(gzip.compress(data, 9))


def test_all_styles_stay_within_their_budget() -> None:
    assert sum(packed(path.read_bytes()) for path in STATIC.glob("*.css")) <= STYLE_BUDGET


def test_our_own_scripts_are_small() -> None:
    assert sum(packed(path.read_bytes()) for path in STATIC.glob("*.js")) <= OWN_SCRIPT_BUDGET


def page(rf: RequestFactory, template: str) -> str:
    request = rf.get("/")
    request.user = AnonymousUser()
    return render_to_string(template, {}, request)


def test_a_lean_page_loads_one_style_sheet_and_no_script(rf: RequestFactory) -> None:
    lean = page(rf, "ui/lean.html")
    assert len(re.findall(r"<link rel=.stylesheet", lean)) == 1
    assert "<script" not in lean
    assert packed(lean.encode()) <= LEAN_BUDGET


def test_a_page_forbids_htmx_to_evaluate_or_to_write_styles(rf: RequestFactory) -> None:
    full = page(rf, "ui/page.html")
    assert '"allowEval":false' in full
    assert '"includeIndicatorStyles":false' in full
    assert 'name="csrf-token"' in full


@pytest.mark.parametrize("demo", [True, False])
def test_a_demo_says_so_on_every_page(rf: RequestFactory, settings, demo: bool) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = demo
    for template in ("ui/page.html", "ui/lean.html", "ui/bare.html"):
        assert ("演示数据" in page(rf, template)) is demo


def test_the_style_sheet_uses_only_tokens_it_defines() -> None:
    text = (STATIC / "ui.css").read_text()
    used = set(re.findall(r"var\((--[a-z-]+)\)", text))
    assert used <= set(re.findall(r"(--[a-z-]+):", text))
