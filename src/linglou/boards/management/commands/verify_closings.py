"""``linglou verify-closings``: recompute every closing from the rows and the chain; exit 1 when anything of the past was changed."""

from __future__ import annotations

from typing import IO, Any, cast

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from linglou.engines.rounds import verify
from linglou.foundation.people.models import Unit, UnitKind
from linglou.kernel import clock, terminal


class Command(terminal.Command):
    help = "Recount every closing from the rows and check the chain. Exit status 1 names each closing, unit and change."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--school", help="name or id of one school (default: all)")

    def handle(self, *args: Any, school: str | None = None, **options: Any) -> None:
        console = Console(file=cast(IO[str], self.stdout), width=None if self.stdout.isatty() else 160)
        found = 0
        for unit in _schools(school):
            table = Table(title=_("{school}的结账单").format(school=unit.name), title_justify="left")
            figures = [_("名册"), _("已报"), _("免报"), _("未报")]
            for heading in (_("编号"), _("日期"), _("轮次"), _("结账时间"), *figures, _("核对结果")):
                table.add_column(heading, justify="right" if heading in figures else "left")
            wrong: list[verify.Difference] = []
            for closing, differences in verify.verify_school(unit.pk):
                wrong += differences
                verdict = f"[red]{_('被改动')}[/red]" if differences else f"[green]{_('一致')}[/green]"
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
                where = f"{names.get(difference.unit_id)} #{difference.unit_id}" if difference.unit_id else _("整份结账单")
                told = _("第 {number} 号结账单（轮次 #{round}），{where}：{change}").format(
                    number=difference.number, round=difference.round_id, where=where, change=difference.kind.label
                )
                console.print(f"{told} [{difference.kind.value}] {difference.detail}".rstrip(), soft_wrap=True, markup=False)
            found += len(wrong)
        if found:
            raise CommandError(_("发现 {count} 处不一致：过去被改动过。").format(count=found), returncode=1)


def _schools(school: str | None) -> list[Unit]:
    schools = Unit.objects.filter(kind=UnitKind.SCHOOL).order_by("pk")
    if school:
        schools = schools.filter(pk=int(school)) if school.isdigit() else schools.filter(name=school)
        if not schools:
            raise CommandError(_("没有这所学校：{school}").format(school=school))
    return list(schools)
