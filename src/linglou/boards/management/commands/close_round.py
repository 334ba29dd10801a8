"""``linglou close-round ROUND``: close one round by hand, as the page does."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from linglou.engines.rounds.models import Round
from linglou.flows import close_opens_search_tasks
from linglou.kernel import clock, terminal
from linglou.kernel.problems import Problem


class Command(terminal.Command):
    help = "Close a round: recount from the rows, freeze the outcome, chain it to the last close, open the search tasks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("round", type=int)

    def handle(self, *args: Any, round: int, **options: Any) -> None:
        chosen = Round.objects.filter(pk=round).first()
        if chosen is None:
            raise CommandError(_("没有这一轮：{round}").format(round=round))
        try:
            closing = close_opens_search_tasks.close(round_=chosen, at=clock.now(), by=None)
        except Problem as problem:
            raise CommandError(f"{problem.code}: {problem.title}") from problem
        told = _("第 {number} 号结账单：名册 {roster} = 已报 {responded} + 免报 {excused} + 未报 {missing}；摘要 {digest}")
        figures = ("number", "roster", "responded", "excused", "missing", "digest")
        self.stdout.write(told.format_map({name: getattr(closing, name) for name in figures}))
