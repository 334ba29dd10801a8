"""One person's own day: whom to call now, what they owe, how their classes stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from linglou.boards import access, calls, queries
from linglou.engines.rounds import progress
from linglou.engines.rounds.models import Asks, Response, Round, State
from linglou.engines.rounds.progress import Count
from linglou.engines.tasks import queries as tasks
from linglou.engines.tasks import rules
from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Unit, UnitKind
from linglou.kernel import clock

# Whoever looks after people one by one. The others look after units, and find the people in the missing list.
CLOSE_TO_PEOPLE = {Role.CLASS_MONITOR, Role.ROOM_HEAD, Role.COUNSELLOR}
CALLS = 20
TASKS = 12
UNITS = 40


def task_title(task: Task) -> str:
    """What a task is about, in the reader's language: its kind, and the person or else the unit (a task about a signal names
    the unit only). One of an unknown kind has the title that it was opened with."""
    kind = rules.KINDS.get(task.kind)
    whose = None if kind is None else task.about if task.about and not kind.is_done_there else task.unit
    return _("%(what)s：%(whose)s") % {"what": kind.label, "whose": whose.name} if kind and whose else task.title


@dataclass
class Work:
    """``calls`` most needful first; ``to_call`` how many there are in all; ``units`` one's own, or those below it, most missing
    first; ``proxies`` how many one has reported for in this round."""

    round: Round | None
    units: list[Count] = field(default_factory=list)
    calls: list[calls.Call] = field(default_factory=list)
    to_call: int = 0
    tasks: list[Task] = field(default_factory=list)
    tasks_open: int = 0
    proxies: int = 0
    is_close: bool = False
    sees_abnormal: bool = False
    at: datetime | None = None

    @property
    def roster(self) -> int:
        return sum(count.roster for count in self.units)

    @property
    def missing(self) -> int:
        return sum(count.missing for count in self.units)

    @property
    def responded(self) -> int:
        return sum(count.responded for count in self.units)

    @property
    def excused(self) -> int:
        return sum(count.excused for count in self.units)

    @property
    def abnormal(self) -> int:
        return sum(count.abnormal for count in self.units)


def of(actor: Actor, *, at: datetime, round_id: int | None = None) -> tuple[Work, list[Round]]:
    """The day of one person, and the rounds they can choose from."""
    close = access.outermost(
        grant.path for grant in actor.grants if grant.role in CLOSE_TO_PEOPLE and Verb.LOG_CONTACT in grant.verbs
    )
    wide = access.outermost(actor.paths(Verb.LOG_CONTACT))
    is_close = bool(close) and set(wide) == set(close)
    units = list(Unit.objects.filter(path__in=wide).select_related("parent").order_by("sort_key", "pk"))
    rounds = _rounds(units, at)
    chosen = next((r for r in rounds if r.pk == round_id), rounds[0] if rounds else None)
    owed = tasks.my_open_tasks(actor.person_id)
    work = Work(chosen, tasks=list(owed[:TASKS]), tasks_open=owed.count(), is_close=is_close, at=at)
    if chosen is None:
        return work, rounds
    work.units = _counts(chosen, units, is_close=is_close)
    work.sees_abnormal = bool(wide) and all(actor.may(Verb.SEE_SIGNALS, at=[path]) for path in wide)
    work.proxies = (
        Response.objects.filter(school_id=chosen.school_id, day=chosen.day, round_id=chosen.pk, by_id=actor.person_id)
        .exclude(source="self")
        .count()
    )
    if close:
        work.calls, work.to_call = calls.most_needful(chosen, close, by=actor, at=at, limit=CALLS)
    return work, rounds


def _rounds(units: list[Unit], at: datetime) -> list[Round]:
    """Of today and still open, those that ask people at any of the units: open ones first."""
    found: dict[int, Round] = {}
    today = clock.day_of(at)
    for unit in units:
        for round_ in progress.rounds_at(unit).filter(asks=Asks.PEOPLE).select_related("audience")[:6]:
            if round_.state == State.OPEN or round_.day == today:
                found.setdefault(round_.pk, round_)
    return sorted(found.values(), key=lambda r: (r.state != State.OPEN, -r.opens_at.timestamp(), -r.pk))


def _counts(round_: Round, units: list[Unit], *, is_close: bool) -> list[Count]:
    if is_close or len(units) > 1:
        counted = progress.counts(round_, [unit.pk for unit in units if unit.kind != UnitKind.ROOM])
        return counted + [queries.total(unit, round_) for unit in units if unit.kind == UnitKind.ROOM]
    return [
        count
        for unit in units
        for count in progress.children(round_, unit, tree=unit.tree, limit=UNITS) or [queries.total(unit, round_)]
    ]
