"""``linglou close-round ROUND``: close one round by hand, as the page does."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from linglou.engines.rounds.models import Round
from linglou.flows import close_opens_search_tasks
from linglou.kernel import clock
from linglou.kernel.problems import Problem


class Command(BaseCommand):
    help = "Close a round: recount from the rows, freeze the outcome, chain it to the last close, open the search tasks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("round", type=int)

    def handle(self, *args: Any, round: int, **options: Any) -> None:
        chosen = Round.objects.filter(pk=round).first()
        if chosen is None:
            raise CommandError(f"no such round: {round}")
        try:
            closing = close_opens_search_tasks.close(round_=chosen, at=clock.now(), by=None)
        except Problem as problem:
            raise CommandError(f"{problem.code}: {problem.title}") from problem
        self.stdout.write(
            f"closing {closing.number}: roster {closing.roster} = responded {closing.responded} + excused {closing.excused} "
            f"+ missing {closing.missing}; digest {closing.digest}"
        )
