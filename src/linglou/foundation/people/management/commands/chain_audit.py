"""``linglou chain-audit``: list the holes of the responsible chain; exit status 1 while there is one."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from linglou.foundation.people import chain_audit, queries
from linglou.foundation.people.models import Unit, UnitKind
from linglou.kernel import clock, terminal


class Command(terminal.Command):
    help = "List every hole and vacancy of the responsible chain. Exit status 1 while a school has a hole."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--school", type=int, help="id of one school (default: every school)")
        parser.add_argument("--json", action="store_true", help="one JSON object per school instead of tables")

    def handle(self, *args: Any, **options: Any) -> None:
        schools = Unit.objects.filter(kind=UnitKind.SCHOOL, closed_at=None).order_by("pk")
        if options["school"]:
            schools = schools.filter(pk=options["school"])
        if not schools:
            raise CommandError(_("没有这所学校。"))
        show = self._as_json if options["json"] else self._as_tables
        audits = [(school, chain_audit.run(school, at=clock.now())) for school in schools]
        for school, audit in audits:
            show(school, audit)
        if any(audit.holes for _school, audit in audits):
            raise SystemExit(1)

    def _as_json(self, school: Unit, audit: chain_audit.Audit) -> None:
        body = {"school": school.name, "holes": audit.holes, "warnings": audit.warnings, "counts": audit.counts}
        self.stdout.write(json.dumps(body, ensure_ascii=False))

    def _as_tables(self, school: Unit, audit: chain_audit.Audit) -> None:
        console = Console(file=self.stdout)  # type: ignore[arg-type]
        labels = queries.labels_by_path({finding.path for finding in audit.findings if finding.path})
        console.print(
            f"{school.name}: " + _("缺口 {holes} 处，提醒 {warnings} 处").format(holes=audit.holes, warnings=audit.warnings),
            style="bold",
        )
        for group in audit.groups():
            table = Table(title=f"{group.title} ({group.count}): {group.cure}", title_justify="left", show_header=False)
            for finding in group.findings:
                load = str(finding.students) if finding.students else ""
                table.add_row(labels.get(finding.path) or finding.unit_name or f"{finding.number} {finding.person_name}", load)
            console.print(table)
