"""What a closing sheet shows of a closed round, within the units whose closings one may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from linglou.boards import access
from linglou.engines.rounds import progress, verify
from linglou.engines.rounds.models import (
    Asks,
    Attempt,
    Closing,
    ClosingMissing,
    ClosingUnit,
    ContactAttempt,
    NotAsked,
    Response,
    Round,
    State,
    UnitCount,
)  # fmt: skip
from linglou.engines.tasks.models import Task
from linglou.engines.tasks.rules import KINDS
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem

PAGE = 100
RECENT = 60
NOT_ASKED_SHOWN = timedelta(days=30)


@dataclass(frozen=True)
class Line:
    """One unit's row of a closing, or the sum of several."""

    unit_id: int
    name: str
    roster: int
    responded: int
    excused: int
    missing: int
    abnormal: int


@dataclass(frozen=True)
class Listed:
    """One round in the list of closings. While it runs there is no ``closing``, and ``line`` is how it stands."""

    round: Round
    closing: Closing | None
    line: Line
    may_close: bool


@dataclass(frozen=True)
class MissingLine:
    """Somebody (or, in a round of units, a unit) missing at a close. ``outcome`` is the search task's, '' while it is open."""

    respondent_id: int
    name: str
    number: str
    unit_name: str
    owner_name: str
    attempts: int
    last_result: str
    outcome: str
    is_late: bool


@dataclass(frozen=True)
class LateLine:
    """Somebody who answered after the close."""

    name: str
    number: str
    unit_name: str
    at: datetime
    is_proxied: bool


@dataclass
class Sheet:
    """A closing as far as one may see it: ``units`` are the units whose scope it is, ``rows`` those right below a single one."""

    round: Round
    closing: Closing
    units: list[Unit]
    total: Line
    rows: list[Line]
    missing: list[MissingLine] = field(default_factory=list)
    late: list[LateLine] = field(default_factory=list)
    next_page: int | None = None
    previous_page: int | None = None
    sees_abnormal: bool = False


def recent(actor: Actor) -> list[Listed]:
    """The rounds of late whose closings one may see, those still running first, with their figures so far."""
    units = {unit.pk: unit for unit in access.scope_units(actor, Verb.SEE_CLOSING)}
    schools = {unit.school_id for unit in units.values() if unit.school_id}
    rounds = list(
        Round.objects.filter(Q(group_key="") | Q(state=State.CLOSED), school_id__in=schools)  # a group's progress is its own
        .select_related("closing", "school")
        .order_by("-opens_at", "-pk")[:RECENT]
    )
    running = [round_.pk for round_ in rounds if round_.state == State.OPEN]
    rows: dict[int, list[ClosingUnit | UnitCount]] = defaultdict(list)
    for frozen in ClosingUnit.objects.filter(school_id__in=schools, round_id__in=[r.pk for r in rounds], unit_id__in=units):
        rows[frozen.round_id].append(frozen)
    for counted in UnitCount.objects.filter(school_id__in=schools, round_id__in=running, unit_id__in=units):
        rows[counted.round_id].append(counted)
    listed = [
        Listed(
            round_,
            None if round_.pk in running else getattr(round_, "closing", None),
            _summed(rows[round_.pk], units),
            round_.pk in running and actor.may(Verb.CLOSE_ROUND, at=[round_.school.path]),
        )
        for round_ in rounds
        if rows[round_.pk]
    ]
    return sorted(listed, key=lambda row: row.closing is not None)


def not_asked(actor: Actor, *, at: datetime) -> list[NotAsked]:
    """The slots of the last weeks that nobody was asked, latest first, where they concern a unit whose closings one may see."""
    units = access.scope_units(actor, Verb.SEE_CLOSING)
    since = clock.day_of(at) - NOT_ASKED_SHOWN
    absent = NotAsked.objects.filter(school_id__in={unit.school_id for unit in units if unit.school_id}, day__gte=since)
    return [
        one
        for one in absent.select_related("schedule__audience").order_by("-opens_at", "-pk")
        if any(_overlap(one.schedule.audience.path, unit.path) for unit in units)
    ]


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def get_sheet(
    actor: Actor, round_id: int, *, unit_id: int | None = None, page: int = 0, page_size: int | None = PAGE
) -> Sheet | Round:
    """The sheet of a closed round; the round itself while it runs. Raises ``Problem(NOT_FOUND)`` where none of the actor's units
    has a row in it."""
    units = access.scope_units(actor, Verb.SEE_CLOSING)
    if unit_id is not None:
        units = [access.get_unit(actor, unit_id, Verb.SEE_CLOSING)]
    round_ = Round.objects.filter(pk=round_id, school_id__in={unit.school_id for unit in units}).first()
    if round_ is None:
        raise Problem(NOT_FOUND)
    round_ = Round.objects.select_related("audience", "school").get(pk=round_.pk)
    closing = Closing.objects.filter(round=round_).first()
    if closing is None:
        if any(progress.rounds_at(unit).filter(pk=round_.pk).exists() for unit in units):
            return round_
        raise Problem(NOT_FOUND)
    total = _frozen(round_, units)
    if total is None:
        raise Problem(NOT_FOUND)
    leaves = _leaves(units, round_)
    found = _missing(round_, leaves)
    start = page * page_size if page_size else 0
    rows = list(found[start : start + page_size + 1] if page_size else found)
    return Sheet(
        round=round_, closing=closing, units=units, total=total, rows=_below(round_, units),
        missing=_missing_lines(round_, rows[:page_size] if page_size else rows), late=_late(round_, leaves),
        next_page=page + 1 if page_size and len(rows) > page_size else None, previous_page=page - 1 if page else None,
        sees_abnormal=all(actor.may(Verb.SEE_SIGNALS, at=[unit.path]) for unit in units),
    )  # fmt: skip


def get_round_to_close(actor: Actor, round_id: int) -> Round:
    """A round of a school whose rounds the actor may close. Raises ``Problem(NOT_FOUND)``."""
    round_ = Round.objects.filter(pk=round_id).select_related("school", "audience").first()
    if round_ is None or not actor.may(Verb.CLOSE_ROUND, at=[round_.school.path]):
        raise Problem(NOT_FOUND)
    return round_


@dataclass(frozen=True)
class Verified:
    """What a verification found, with units by name. ``link_holds``: the closing before is the one this one names."""

    differences: list[tuple[str, str, str]]
    link_holds: bool

    @property
    def holds(self) -> bool:
        return self.link_holds and not self.differences


def verified(closing: Closing) -> Verified:
    found = verify.verify(closing)
    before = Closing.objects.filter(school_id=closing.school_id, number=closing.number - 1).first()
    link_holds = closing.previous_digest == (before.digest if before else "") and (before is not None or closing.number == 1)
    names = dict(Unit.objects.filter(pk__in={d.unit_id for d in found}).values_list("pk", "name"))
    return Verified([(names.get(d.unit_id or 0, ""), str(d.kind.label), d.detail) for d in found], link_holds)


def _frozen(round_: Round, units: list[Unit]) -> Line | None:
    ids = {unit.pk: unit for unit in units if unit.school_id == round_.school_id}
    rows = ClosingUnit.objects.filter(school_id=round_.school_id, round_id=round_.pk, unit_id__in=ids)
    return _summed(list(rows), ids) if rows else None


def _summed(rows: Sequence[ClosingUnit | UnitCount], units: Mapping[int, Unit]) -> Line:
    return Line(
        rows[0].unit_id, "、".join(units[row.unit_id].name for row in rows),
        *(sum(getattr(row, name) for row in rows) for name in ("roster", "responded", "excused", "missing", "abnormal")),
    )  # fmt: skip


def _below(round_: Round, units: list[Unit]) -> list[Line]:
    """The rows under a single unit, in its own tree; with several units, those themselves."""
    named = {unit.pk: unit for unit in units}
    if len(units) == 1:
        children = Unit.objects.filter(parent=units[0], tree=units[0].tree)
        named = {unit.pk: unit for unit in children}
    rows = ClosingUnit.objects.filter(school_id=round_.school_id, round_id=round_.pk, unit_id__in=named)
    lines = [Line(r.unit_id, named[r.unit_id].name, r.roster, r.responded, r.excused, r.missing, r.abnormal) for r in rows]
    return sorted(lines, key=lambda line: (-line.missing, named[line.unit_id].sort_key, line.unit_id))


def _leaves(units: list[Unit], round_: Round) -> QuerySet[Unit]:
    within = Unit.objects.none()
    for unit in units:
        if unit.school_id == round_.school_id:
            within = within | Unit.objects.filter(path__startswith=unit.path)
    return within


def _missing(round_: Round, leaves: QuerySet[Unit]) -> QuerySet[ClosingMissing]:
    rows = ClosingMissing.objects.filter(school_id=round_.school_id, round_id=round_.pk)
    return rows.filter(unit_id__in=leaves.values("pk")).order_by("unit_id", "respondent_id")


def _missing_lines(round_: Round, rows: Iterable[ClosingMissing]) -> list[MissingLine]:
    rows = list(rows)
    ids = [row.respondent_id for row in rows]
    of_people = round_.asks == Asks.PEOPLE
    people = Person.objects.filter(pk__in={*(ids if of_people else []), *(row.owner_id or 0 for row in rows)})
    named = {pk: (name, number) for pk, name, number in people.values_list("pk", "name", "number")}
    units = dict(Unit.objects.filter(pk__in={row.unit_id for row in rows}).values_list("pk", "name"))
    keys = [f"missing:{round_.pk}:{respondent_id}" for respondent_id in ids]
    tasks = {task.key: task for task in Task.objects.filter(school_id=round_.school_id, key__in=keys)}
    late = set(
        Response.objects.filter(
            school_id=round_.school_id, day=round_.day, round_id=round_.pk, respondent_id__in=ids, is_late=True
        ).values_list("respondent_id", flat=True)
    )
    tried = _attempts(round_, ids) if of_people else {}
    lines = []
    for row, key in zip(rows, keys, strict=True):
        task = tasks.get(key)
        outcome = KINDS[task.kind].outcomes.get(task.outcome, task.outcome) if task else ""
        name, number = named.get(row.respondent_id, ("", "")) if of_people else (units.get(row.unit_id, ""), "")
        count, last = tried.get(row.respondent_id, (row.attempts, row.last_result))
        lines.append(
            MissingLine(
                row.respondent_id, name, number, units.get(row.unit_id, ""), named.get(row.owner_id or 0, ("", ""))[0], count,
                str(Attempt(last).label) if last else "", str(outcome), row.respondent_id in late,
            )
        )  # fmt: skip
    return lines


def _attempts(round_: Round, ids: list[int]) -> dict[int, tuple[int, str]]:
    """All that was tried, also after the close."""
    found: dict[int, tuple[int, str]] = {}
    attempts = ContactAttempt.objects.filter(round=round_, person_id__in=ids).order_by("at", "pk")
    for person_id, result in attempts.values_list("person_id", "result"):
        found[person_id] = (found.get(person_id, (0, ""))[0] + 1, result)
    return found


def _late(round_: Round, leaves: QuerySet[Unit]) -> list[LateLine]:
    if round_.asks != Asks.PEOPLE:
        return []
    rows = Response.objects.filter(school_id=round_.school_id, day=round_.day, round_id=round_.pk, is_late=True)
    rows = rows.filter(unit_id__in=leaves.values("pk")).order_by("first_at")[:500]
    people = Person.objects.in_bulk([row.respondent_id for row in rows])
    units = dict(Unit.objects.filter(pk__in={row.unit_id for row in rows}).values_list("pk", "name"))
    return [
        LateLine(people[r.respondent_id].name, people[r.respondent_id].number, units[r.unit_id], r.first_at, r.source != "self")
        for r in rows
    ]
