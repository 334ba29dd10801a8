"""``linglou import-roster FILE [--apply]``: preview a roster on the terminal; with ``--apply`` write it, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from linglou.foundation.people.models import ImportState, ImportVerdict, RosterImport, Unit, UnitKind
from linglou.foundation.people.roster_import import actions, matching, queries
from linglou.foundation.people.roster_import.problems import IMPORT_OUT_OF_DATE, SCHOOL_UNCLEAR
from linglou.kernel import clock, terminal
from linglou.kernel.problems import Problem

SHOWN = 20
CHUNK = 1 << 20


class Command(terminal.Command):
    help = "Preview a roster file (.xlsx, .xls, .ods, .csv); with --apply write it, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true", help="write what the preview says")
        parser.add_argument("--school", help="id or name of the school (default: the only one)")
        parser.add_argument(
            "--map", action="append", default=[], metavar="TITLE=FIELD",
            help=f"what a column is; TITLE= leaves it out. Fields: {', '.join(matching.FIELDS)}",
        )  # fmt: skip
        parser.add_argument("--skip-sheet", action="append", default=[], metavar="NAME", help="leave a sheet out")
        parser.add_argument("--accept-short", action="store_true", help="numbers shorter than the column's are right")
        parser.add_argument("--confirm-leavers", action="store_true", help="whoever is proposed as left has left")
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

    def _run(self, options: dict[str, Any]) -> RosterImport:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("没有这个文件：{path}").format(path=path))
        with path.open("rb") as file:
            job = actions.receive(
                school=_school(options["school"]), file_name=path.name, chunks=iter(lambda: file.read(CHUNK), b""),
                at=clock.now(), by=None, inline=True,
                options={
                    "mapping": _mapping(options["map"]), "skip_sheets": options["skip_sheet"],
                    "accept_short": options["accept_short"],
                },
            )  # fmt: skip
        is_kept = False
        try:
            with self._bars() as listener:
                job = actions.read(job, at=clock.now(), by=None, listener=listener)
            self._show(job)
            if options["errors"] and job.counts.get("rejected"):
                options["errors"].write_bytes(actions.error_file_of(job, at=clock.now(), by=None))
                self.console.print(_("拒收的行已写入 {path}").format(path=options["errors"]), highlight=False, markup=False)
            if refused := queries.refusal_of(job):
                raise refused
            if options["apply"]:
                job = self._apply(job, everybody_left=options["confirm_leavers"])
                is_kept = True
        finally:
            if not is_kept and job.state != ImportState.DISCARDED:
                actions.discard(job, at=clock.now(), by=None)
        return job

    def _apply(self, job: RosterImport, *, everybody_left: bool) -> RosterImport:
        job = actions.request_apply(job, at=clock.now(), by=None, leavers=None if everybody_left else (), inline=True)
        with self._bars() as listener:
            job = actions.apply_now(job, at=clock.now(), by=None, listener=listener)
        if job.state != ImportState.APPLIED:
            raise Problem(IMPORT_OUT_OF_DATE)
        written = job.counts["written"]
        told = _(
            "已写入：新增 {new}，变更 {changed}，不变 {unchanged}，离校 {left}，新设单位 {units}，任命辅导员 {counsellors}"
        )
        figures = {name: f"{job.counts.get(name, 0):,}" for name in ("new", "changed", "unchanged")}
        figures |= {name: f"{written[name]:,}" for name in ("left", "units", "counsellors")}
        self.console.print(told.format_map(figures), style="bold green", highlight=False)
        return job

    def _bars(self) -> _Bars:
        return _Bars(self.console)

    def _show(self, job: RosterImport) -> None:
        table = Table(title=f"{job.file_name} → {job.school.name}", title_justify="left")
        table.add_column(_("结论"))
        table.add_column(_("行数"), justify="right")
        for verdict in ImportVerdict:
            table.add_row(str(verdict.label), f"{job.counts.get(verdict.value, 0):,}")
        self.console.print(table)
        for column in queries.columns_of(job):
            if not column["field"]:
                self.console.print(_("未用的列：{title}").format(title=column["title"]), style="dim", markup=False)
        for notice in queries.notices_of(job):
            self.console.print(notice, style="yellow", markup=False)
        self._show_rows(job, ImportVerdict.REJECTED)
        self._show_rows(job, ImportVerdict.CHANGED)
        self._show_rows(job, ImportVerdict.LEFT)

    def _show_rows(self, job: RosterImport, verdict: ImportVerdict) -> None:
        count = job.counts.get(verdict.value, 0)
        if not count:
            return
        table = Table(title=f"{verdict.label} ({count:,})", title_justify="left")
        for title in (_("行"), _("学号/工号"), _("姓名"), _("说明")):
            table.add_column(title)
        for line in queries.lines(job, list(queries.rows_of(job, verdict)[:SHOWN])):
            changes = [f"{change.label} {change.old or '—'} → {change.new or '—'}" for change in line.changes]
            table.add_row(line.where, line.row.number, line.row.name, "\n".join(line.reasons or changes or [line.unit]))
        if count > SHOWN:
            table.add_row("…", "", "", _("另有 {count} 行").format(count=f"{count - SHOWN:,}"))
        self.console.print(table)


class _Bars:
    """Progress on the terminal, a line per step."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
        )
        self._tasks: dict[str, Any] = {}
        self._current = ""

    def __enter__(self) -> Any:
        self._bars.start()
        return self._listen

    def __exit__(self, *error: object) -> None:
        self._finish()
        self._bars.stop()

    def _listen(self, step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._finish()
            self._tasks[step] = self._bars.add_task(str(STEPS.get(step, step)), total=total or None)
            self._current = step
        self._bars.update(self._tasks[step], completed=done, total=total or None)

    def _finish(self) -> None:
        if self._current:
            task = self._bars.tasks[self._tasks[self._current]]
            end = task.total or 1
            self._bars.update(task.id, completed=end, total=end)


STEPS = {
    "reading": gettext_lazy("打开文件"), "judging": gettext_lazy("逐行核对"), "comparing": gettext_lazy("与名册比对"), "checking": gettext_lazy("确认预览仍然有效"),
    "error-file": gettext_lazy("整理拒收的行"), "units": gettext_lazy("建立单位"), "persons": gettext_lazy("写入人员"), "memberships": gettext_lazy("写入隶属关系"),
    "posts": gettext_lazy("任命辅导员"), "trail": gettext_lazy("写入审计"),
}  # fmt: skip


def _school(said: str | None) -> Unit:
    """The only school, or the one that is named by id or name. Raises ``Problem(SCHOOL_UNCLEAR)``."""
    schools = list(Unit.objects.filter(kind=UnitKind.SCHOOL, closed_at=None))
    meant = [school for school in schools if said is None or said in (str(school.pk), school.name)]
    if len(meant) != 1:
        raise Problem(SCHOOL_UNCLEAR, schools="、".join(school.name for school in schools) or "—")
    return meant[0]


def _mapping(pairs: list[str]) -> dict[str, str]:
    """``TITLE=FIELD``, or the other way round where the left side is a field's name."""
    mapping = {}
    for pair in pairs:
        left, _equals, right = pair.partition("=")
        mapping.update({right: left} if left in matching.FIELDS and right not in matching.FIELDS and right else {left: right})
    return mapping
