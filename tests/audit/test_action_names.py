"""Every act that the product writes into the trail has a name there."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import linglou
from linglou.foundation.audit.rules import ACTION_NAMES, action_name, shown_detail

SOURCES = Path(linglou.__file__).parent
ACTION = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")


@functools.cache
def nodes() -> list[tuple[Path, ast.AST]]:
    return [(path, node) for path in SOURCES.rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))]


def strings() -> Iterator[str]:
    for path, node in nodes():
        if "migrations" in path.parts or path.name == "settings.py":
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def written() -> set[str]:
    """Strings like ``noun.verb`` whose noun the trail knows, also inside SQL."""
    nouns = {action.split(".")[0] for action in ACTION_NAMES}
    found = set()
    for text in strings():
        quoted = re.findall(r"'([a-z.-]+)'", text) if "audit_entry" in text or "SELECT" in text else [text]
        found |= {part for part in quoted if ACTION.fullmatch(part) and part.split(".")[0] in nouns}
    return found


def given() -> Iterator[str]:
    """What stands literally after ``action=`` in a call."""
    for _path, node in nodes():
        if isinstance(node, ast.keyword) and node.arg == "action" and isinstance(node.value, ast.Constant):
            yield node.value.value


def test_every_act_has_a_name() -> None:
    unnamed = {action for action in {*written(), *given()} if ACTION.fullmatch(str(action))} - set(ACTION_NAMES)
    assert unnamed == set()


def test_an_act_without_a_name_shows_its_code() -> None:
    assert action_name("x.y") == "x.y"
    assert action_name("account.login") == "登录"


def test_only_known_plain_details_are_shown() -> None:
    detail = {
        "revision": 2, "answers": {"temperature": 38.5}, "temperature": 38.5, "symptoms": ["fever"], "role": {"a": 1}, "name": None,
        "verbs": ["see-board", "export"], "rows": 7,
    }  # fmt: skip
    assert shown_detail(detail) == [("第几次修改", "2"), ("权限", "see-board、export"), ("行数", "7")]


def test_a_detail_holds_no_document() -> None:
    ((_name, value),) = shown_detail({"name": "x" * 500})
    assert len(value) == 80
