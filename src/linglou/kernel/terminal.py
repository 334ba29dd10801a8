"""Commands that speak the reader's language: what the terminal is set to (``LANG`` and its kin), or ``--lang``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

# What a shell without a language says: nobody has chosen one.
UNSET = ("", "C", "POSIX")
CHINESE, ENGLISH = "zh-hans", "en"


def language_of(environment: Mapping[str, str]) -> str:
    """The language of a terminal, in gettext's order (LC_ALL, LC_MESSAGES, LANG; LANGUAGE before them where a locale is set at
    all): Chinese for any zh, the installation's own where nothing is set, English for every other."""
    said = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name, ""))), "")
    if _plain(said) in UNSET:
        return str(settings.LANGUAGE_CODE)
    first = environment.get("LANGUAGE", "").partition(":")[0] or said
    return CHINESE if first.lower().startswith("zh") else ENGLISH


def _plain(locale: str) -> str:
    """``C.UTF-8`` is C."""
    return locale.partition(".")[0]


class Command(BaseCommand):
    """A management command whose words are translated."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--lang", choices=["zh", "en"], help="language of the output (default: the terminal's, by LANG)")
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        chosen = options.get("lang")
        language = {"zh": CHINESE, "en": ENGLISH}[chosen] if chosen else language_of(os.environ)
        with translation.override(language):
            return super().execute(*args, **options)
