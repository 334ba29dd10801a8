"""``linglou rules-check``: read every rule pack, and every file named, against the schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from linglou.foundation.rulebook import reading


class Command(BaseCommand):
    help = "Check the rule packs (and any pack FILE of your own) against the schema."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            own = [(path.name, path.read_text("utf-8")) for path in options["files"]]
            packs = reading.read_shelf([*reading.shipped(), *own]).packs
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        for pack in packs:
            unverified = sum(not row.verified for row in pack.rows)
            self.stdout.write(f"{pack.name}: {len(pack.rows)} rules, {unverified} unverified")
