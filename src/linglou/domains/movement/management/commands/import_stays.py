"""``linglou import-stays KIND FILE [--apply]``: preview a file of stays on the terminal; with ``--apply`` write it, all or nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from linglou.domains.movement.models import StayImport, StayImportState, StayVerdict
from linglou.domains.movement.stays import actions, queries, sheets
from linglou.domains.movement.stays.kinds import KINDS
from linglou.foundation.people.models import Unit, UnitKind
from linglou.foundation.people.roster_import.problems import SCHOOL_UNCLEAR
from linglou.kernel import clock, terminal
from linglou.kernel.problems import Problem

SHOWN = 20
CHUNK = 1 << 20


class Command(terminal.Command):
    help = "Preview a timetable, attendance sheet, log or seat chart; with --apply write it, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=[str(kind) for kind in KINDS])
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true", help="write what the preview says")
        parser.add_argument("--school", help="id or name of the school (default: the only one)")
        parser.add_argument("--term", type=date.fromisoformat, metavar="DAY", help="a day of week 1, for weeks in a timetable")
        parser.add_argument("--minutes", type=int, default=actions.CANTEEN_MINUTES, help="how long a canteen card means")
        parser.add_argument("--errors", type=Path, metavar="FILE", help="write the refused rows, with reasons, to FILE")
        parser.add_argument("--json", action="store_true", help="the counts as one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = Console(file=self.stdout)  # type: ignore[arg-type]
        try:
            job = self._run(options)
        except Problem as problem:
            raise CommandError(f"[{problem.code}] {problem.title} {problem.cure}") from problem
        if options["json"]:
            self.stdout.write(json.dumps({"state": job.state, **job.counts}, ensure_ascii=False))

    def _run(self, options: dict[str, Any]) -> StayImport:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("没有这个文件：{path}").format(path=path))
        with path.open("rb") as file:
            job = actions.receive(
                school=_school(options["school"]), kind=options["kind"], file_name=path.name,
                chunks=iter(lambda: file.read(CHUNK), b""), at=clock.now(), by=None, minutes=options["minutes"],
                term=options["term"], inline=True,
            )  # fmt: skip
        try:
            job = actions.read(job, at=clock.now())
            self._show(job)
            if options["errors"] and job.counts.get("rejected"):
                options["errors"].write_bytes(sheets.errors(job))
            if refused := queries.refusal_of(job):
                raise refused
            if options["apply"]:
                job = actions.request_apply(job, at=clock.now(), by=None, inline=True)
                job = actions.apply_now(job, at=clock.now(), by=None)
                told = _("已写入 {written} 条停留").format(written=f"{job.counts['written']:,}")
                self.console.print(told, style="bold green", highlight=False)
        finally:
            if job.state != StayImportState.APPLIED:
                actions.discard(job, by=None)
        return job

    def _show(self, job: StayImport) -> None:
        table = Table(title=f"{job.file_name} → {job.school.name}", title_justify="left")
        table.add_column(_("结论"))
        table.add_column(_("行数"), justify="right")
        for verdict in StayVerdict:
            table.add_row(str(verdict.label), f"{job.counts.get(verdict.value, 0):,}")
        self.console.print(table)
        refused = queries.lines(list(queries.rows_of(job, StayVerdict.REJECTED)[:SHOWN]))
        for line in refused:
            self.console.print(f"{line['line']}: {line['said']} — {' '.join(line['reasons'])}", markup=False, highlight=False)


def _school(said: str | None) -> Unit:
    """The only school, or the one that is named by id or name. Raises ``Problem(SCHOOL_UNCLEAR)``."""
    schools = list(Unit.objects.filter(kind=UnitKind.SCHOOL, closed_at=None))
    meant = [school for school in schools if said is None or said in (str(school.pk), school.name)]
    if len(meant) != 1:
        raise Problem(SCHOOL_UNCLEAR, schools="、".join(school.name for school in schools) or "—")
    return meant[0]
