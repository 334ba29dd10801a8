"""``linglou verify-closings``: recompute every closing from the rows and the chain; exit 1 when anything of the past was changed."""

from __future__ import annotations

from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from linglou.engines.rounds import verify
from linglou.foundation.people.models import Unit, UnitKind
from linglou.kernel import clock


class Command(BaseCommand):
    help = "Recount every closing from the rows and check the chain. Exit status 1 names each closing, unit and change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--school", help="name or id of one school (default: all)")

    def handle(self, *args: Any, school: str | None = None, **options: Any) -> None:
        console = Console(file=cast(IO[str], self.stdout), width=None if self.stdout.isatty() else 160)
        found = 0
        for unit in _schools(school):
            table = Table(title=f"{unit.name}: closings", title_justify="left")
            for heading in ("no.", "day", "round", "closed", "roster", "responded", "excused", "missing", "verdict"):
                table.add_column(heading, justify="right" if heading in {"no.", "roster", "missing"} else "left")
            wrong: list[verify.Difference] = []
            for closing, differences in verify.verify_school(unit.pk):
                wrong += differences
                verdict = "[red]CHANGED[/red]" if differences else "[green]ok[/green]"
                if closing is None:
                    table.add_row("-", "", f"#{differences[0].round_id}", "", "", "", "", "", verdict)
                    continue
                table.add_row(
                    str(closing.number), str(closing.round.day), f"{closing.round.title} #{closing.round_id}",
                    f"{clock.local(closing.closed_at):%m-%d %H:%M}", str(closing.roster), str(closing.responded),
                    str(closing.excused), str(closing.missing), verdict,
                )  # fmt: skip
            console.print(table)
            names = dict(Unit.objects.filter(pk__in={d.unit_id for d in wrong}).values_list("pk", "name"))
            for difference in wrong:
                where = f"unit {names.get(difference.unit_id)} #{difference.unit_id}" if difference.unit_id else "the closing"
                console.print(
                    f"closing {difference.number} (round #{difference.round_id}), {where}: {difference.kind.value} "
                    f"{difference.kind.label} {difference.detail}".rstrip(),
                    soft_wrap=True, markup=False,
                )  # fmt: skip
            found += len(wrong)
        if found:
            raise CommandError(f"{found} difference(s): the past was changed.", returncode=1)


def _schools(school: str | None) -> list[Unit]:
    schools = Unit.objects.filter(kind=UnitKind.SCHOOL).order_by("pk")
    if school:
        schools = schools.filter(pk=int(school)) if school.isdigit() else schools.filter(name=school)
        if not schools:
            raise CommandError(f"no such school: {school}")
    return list(schools)
