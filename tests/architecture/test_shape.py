"""The shape of the code, kept from the first day."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from linglou.kernel.problems import CATALOGUE

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "src" / "linglou"
FLOORS = ["kernel", "ui", "foundation", "engines", "domains", "flows", "boards", "api", "server"]
FOUNDATION = ["access", "rulebook", "audit", "people", "accounts"]
DOMAINS = ["command", "signals", "daily", "movement", "surveillance", "cases", "care"]
FILE_LIMIT = 600


def hand_written(suffix: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", f"*{suffix}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    paths = [ROOT / name for name in listed.stdout.split("\n") if name]
    return [path for path in paths if path.exists()]


def test_import_contracts_hold_with_no_ignored_import() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text()


def test_no_hand_written_file_is_long() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for suffix in (".py", ".html", ".css", ".js", ".md", ".yaml")
        for path in hand_written(suffix)
        if (count := path.read_text().count("\n")) > FILE_LIMIT
    }
    assert not long


def rank(model: type[models.Model]) -> tuple[int, int]:
    parts = model.__module__.split(".")
    floor = FLOORS.index(parts[1])
    order = {"foundation": FOUNDATION, "domains": DOMAINS}.get(parts[1], [])
    return floor, order.index(parts[2]) if order else 0


def ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("linglou.")]


def test_foreign_keys_point_down_or_stay_at_home() -> None:
    """String foreign keys escape the import contracts, so the models themselves are walked."""
    wrong = []
    for model in ours():
        for field in model._meta.concrete_fields:
            target = field.related_model
            if not isinstance(target, type) or target not in ours() or target._meta.app_label == model._meta.app_label:
                continue
            if rank(target) >= rank(model):
                wrong.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert not wrong


@pytest.mark.parametrize("model", ours(), ids=lambda model: model._meta.label)
def test_every_field_is_classified_and_has_a_retention(model: type[models.Model]) -> None:
    named = set(model.privacy.levels)  # type: ignore[attr-defined]
    assert named == {field.name for field in model._meta.concrete_fields} - {"pk"}


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_rules_are_pure() -> None:
    """rules.py (or a package rules/) decides, and nothing else: of Django it may use only the translation of words."""
    wrong = []
    for path in [*PACKAGE.rglob("rules.py"), *PACKAGE.rglob("rules/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                impure = module.startswith("django") and module != "django.utils.translation"
                if impure or module.endswith((".models", ".queries", ".actions")):
                    wrong.append(f"{path.relative_to(ROOT)}: {module}")
    assert not wrong


def test_only_the_clock_asks_for_the_time() -> None:
    """Everything else is given ``at``; that is why a day can be replayed and a test can stand at midnight."""
    wrong = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if path.name != "clock.py"
        for text in [path.read_text()]
        if "timezone.now(" in text or "datetime.now(" in text or "date.today(" in text or "datetime.utcnow(" in text
    ]
    assert not wrong


def test_only_views_use_the_ui() -> None:
    allowed = {"views", "urls", "templatetags", "ui", "server"}
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if "linglou.ui" in path.read_text() and not allowed & set(parts) and path.name != "settings.py":
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong


def test_every_problem_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "problems.md").read_text()
    assert [code for code in CATALOGUE if f"`{code}`" not in page] == []
