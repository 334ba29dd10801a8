"""Templates keep the content policy (no script inside a page), use drawn icons, and parse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

from linglou.ui.icons import ICONS

PACKAGE = Path(settings.PACKAGE)
TEMPLATES = sorted(PACKAGE.rglob("templates/**/*.html"))
TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}")
ICON = re.compile(r"\{%-?\s*icon\s+\"([^\"]*)\"")
DATA_TYPES = {"application/json", "application/ld+json"}


class Scripts(HTMLParser):
    """Finds whatever a strict script-src would refuse to run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" not in given and given.get("type") not in DATA_TYPES:
            self.found.append("<script> without src")
        for name, value in given.items():
            if name.startswith(("on", "hx-on")):
                self.found.append(f"{name}=")
            if value.strip().lower().startswith(("javascript:", "js:")):
                self.found.append(f"{name}={value[:20]}")


def inline_scripts(source: str) -> list[str]:
    parser = Scripts()
    parser.feed(TAG.sub("", source))
    return parser.found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_template_has_no_script_of_its_own(path: Path) -> None:
    assert inline_scripts(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        '<button onclick="go()">x</button>',
        '<a href="javascript:void(0)">x</a>',
        '<div hx-on:click="go()"></div>',
        "<div hx-vals='js:{a: b}'></div>",
    ],
)
def test_the_check_sees_a_script(source: str) -> None:
    assert inline_scripts(source)


def test_the_check_lets_data_and_files_through() -> None:
    assert not inline_scripts('<script type="application/json">{}</script><script src="/static/a.js" defer></script>')


def used_icons() -> Iterator[tuple[str, str]]:
    for path in TEMPLATES:
        for name in ICON.findall(path.read_text()):
            yield str(path.relative_to(PACKAGE)), name


def test_every_icon_used_is_drawn() -> None:
    assert [(where, name) for where, name in used_icons() if name not in ICONS] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_template_parses(path: Path) -> None:
    engines["django"].from_string(path.read_text())
