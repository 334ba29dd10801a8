"""Which language a command speaks: the terminal's, as gettext reads it."""

from __future__ import annotations

import contextlib
import io

import pytest
from django.core.management import call_command

from linglou.kernel import terminal
from tests.factories.people import Campus


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh-hans"),
        ({"LANG": "C.UTF-8"}, "zh-hans"),
        ({"LANG": "POSIX"}, "zh-hans"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-hans"),
        ({"LANG": "zh_TW"}, "zh-hans"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh-hans"),
        ({"LANG": "C", "LANGUAGE": "en"}, "zh-hans"),
        ({"LC_ALL": "C.UTF-8", "LANG": "en_US.UTF-8"}, "zh-hans"),
    ],
)
def test_language_of_a_terminal(environment: dict[str, str], language: str) -> None:
    assert terminal.language_of(environment) == language


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["chain_audit", "verify_closings"])
def test_a_command_follows_the_terminal_and_lang_overrides_it(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    campus = Campus()
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)

    def told(**options: str) -> str:
        out = io.StringIO()
        with contextlib.suppress(SystemExit):  # there are holes
            school = campus.school.pk if command == "chain_audit" else campus.school.name
            call_command(command, school=school, stdout=out, **options)
        return out.getvalue()

    monkeypatch.setenv("LANG", "en_US.UTF-8")
    english = told()
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    chinese = told()
    assert english != chinese
    assert ("holes" if command == "chain_audit" else "Closings of") in english
    assert ("缺口" if command == "chain_audit" else "结账单") in chinese
    assert told(lang="en") == english
