"""Which level holds, what it changes, and what a switch would change."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from linglou.domains.command.levels import rules
from linglou.domains.command.levels.rules import Difference, Standing
from linglou.domains.command.models import Level, LevelChange, LevelProfile, LevelSchedule, LevelScheduleKind
from linglou.engines.rounds.models import Schedule
from linglou.engines.tasks.models import Task
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.rows import Text
from linglou.foundation.rulebook.rules.school import Effects, LevelEffects
from linglou.kernel import clock

DAILY, ZERO = "daily-health", "unit-zero"


@dataclass(frozen=True)
class InForce:
    """The level that holds at a school. ``change`` is None while none was ever recorded: routine."""

    level: Level
    effects: Effects
    change: LevelChange | None


def in_force(school_id: int, at: datetime) -> InForce:
    """What holds at a moment, past or to come, as it is known now or (a past one) as it was known then."""
    return _holding(rules.in_force(LevelChange.objects.filter(school_id=school_id, from_at__lte=at), at), school_id, at)


def _holding(change: LevelChange | None, school_id: int, at: datetime) -> InForce:
    """What a change makes hold; without one, routine."""
    if change:
        return InForce(Level(change.level), Effects.model_validate(change.effects), change)
    return InForce(Level.ROUTINE, profile(school_id, Level.ROUTINE, at).effects, None)


def due(at: datetime) -> QuerySet[LevelChange]:
    """What the flows are to have applied by ``at``: changes that have begun, and those undone. One undone after ``at`` waits for the next
    tick, which sees that it holds no more."""
    return LevelChange.objects.filter(Q(undone_at=None, from_at__lte=at) | Q(undone_at__lte=at))


@dataclass(frozen=True)
class Banner:
    """What the first page says of the level, when there is something to say."""

    holds: InForce
    announced: LevelChange | None

    @property
    def further(self) -> int:
        return len(self.holds.effects.further_reports)

    @property
    def tone(self) -> str:
        return "warn" if self.announced or self.holds.level in (Level.II, Level.I) else "info"


def banner(school_id: int, at: datetime) -> Banner | None:
    """None at routine with nothing announced: one query for a school that never recorded a level."""
    changes = list(LevelChange.objects.filter(school_id=school_id, undone_at=None).order_by("from_at", "pk"))
    announced = next((one for one in changes if one.from_at > at), None)
    holds = _holding(rules.in_force(changes, at), school_id, at) if changes else None
    if holds is None or (holds.level == Level.ROUTINE and announced is None):
        return None
    return Banner(holds, announced)


@dataclass(frozen=True)
class Profile:
    """What a level changes at a school: its own profile, or the product's proposal. ``row`` is the proposal either way."""

    level: Level
    effects: Effects
    row: LevelEffects
    saved: LevelProfile | None

    @property
    def fingerprint(self) -> str:
        """Changes whenever the effects do: what a preview showed is what is switched."""
        return hashlib.sha256(self.effects.model_dump_json().encode()).hexdigest()[:16]


def profile(school_id: int, level: str, at: datetime) -> Profile:
    """Raises ``LookupError`` when the rulebook has no row for the level on that day."""
    row = next((row for row in rulebook.level_effects(clock.day_of(at)) if row.level == level), None)
    if row is None:
        raise LookupError(f"no effects of level {level} in the rulebook")
    saved = LevelProfile.objects.filter(school_id=school_id, level=level).order_by("-pk").first()
    effects = Effects.model_validate(saved.effects) if saved else row.effects
    return Profile(Level(level), effects, row, saved)


def profiles(school_id: int, at: datetime) -> list[Profile]:
    return [profile(school_id, level, at) for level in rules.ORDER]


@dataclass(frozen=True)
class Preview:
    """What a switch would change. ``at_once``: no moment was asked for, so that ``from_at`` is that of the preview. ``paused``: the
    school's own schedules that stricter ones would stand in for."""

    profile: Profile
    before: InForce
    from_at: datetime
    at_once: bool
    differences: list[Difference]
    schedules: list[rules.Wanted]
    paused: list[Schedule]

    @property
    def changes(self) -> bool:
        return self.before.level != self.profile.level or any(one.changes for one in self.differences)

    @property
    def fingerprint(self) -> str:
        """Of all that was shown, the moment too: "tomorrow" is another day after midnight."""
        before = self.before.change.pk if self.before.change else 0
        begins = "now" if self.at_once else f"{self.from_at.timestamp():.0f}"
        return f"{before}-{begins}-{self.profile.fingerprint}"


def preview(school_id: int, level: str, *, from_at: datetime | None, at: datetime) -> Preview:
    """What would change if ``level`` held from ``from_at`` on (None: at once)."""
    begins = from_at or at
    chosen, before = profile(school_id, level, at), in_force(school_id, begins)
    bases = base_schedules(school_id)
    asked = rules.wanted(chosen.effects, _plain(bases))
    paused = {one.pauses for one in asked}
    return Preview(
        chosen,
        before,
        begins,
        from_at is None,
        rules.differences(before.effects, chosen.effects),
        asked,
        [one for one in bases if one.pk in paused],
    )


def base_schedules(school_id: int) -> list[Schedule]:
    """The daily reports and zero reports that a school asks for by itself, whatever the level; those that a level paused are among
    them."""
    live = LevelSchedule.objects.filter(school_id=school_id, ended_at=None)
    opened = live.filter(kind=LevelScheduleKind.OPENED).values_list("schedule_id", flat=True)
    paused = live.filter(kind=LevelScheduleKind.PAUSED).values_list("schedule_id", flat=True)
    asked = Schedule.objects.filter(Q(is_active=True) | Q(pk__in=list(paused)), school_id=school_id, group_key="")
    asked = asked.filter(purpose__in=(DAILY, ZERO)).exclude(pk__in=list(opened))
    return list(asked.select_related("audience").order_by("pk"))


def _plain(schedules: Sequence[Schedule]) -> list[rules.Base]:
    return [rules.Base(one.pk, one.asks == "units", one.unit_kind, one.opens, one.closes) for one in schedules]


def wanted(school_id: int, effects: Effects) -> list[rules.Wanted]:
    """The schedules that effects ask for at a school as it is."""
    return rules.wanted(effects, _plain(base_schedules(school_id)))


@dataclass(frozen=True)
class Entry:
    """A change with where it stands and who recorded (and undid) it."""

    change: LevelChange
    standing: Standing
    by: str
    undone_by: str

    @property
    def may_be_undone(self) -> bool:
        return rules.may_undo(self.standing)


def history(school_id: int, at: datetime) -> list[Entry]:
    """Every change of a school, those to come first, then the latest."""
    changes = list(LevelChange.objects.filter(school_id=school_id).order_by("-from_at", "-pk"))
    people: dict[int, Any] = dict(
        Person.objects.filter(pk__in={one.recorded_by for one in changes} | {one.undone_by for one in changes if one.undone_by})
        .values_list("pk", "name")
    )  # fmt: skip
    return [
        Entry(one, rules.standing(one, changes, at), people.get(one.recorded_by, ""), people.get(one.undone_by or 0, ""))
        for one in changes
    ]


def change_of(school_id: int, change_id: int) -> LevelChange | None:
    return LevelChange.objects.filter(pk=change_id, school_id=school_id).first()


@dataclass(frozen=True)
class MeasureRow:
    """A measure of the level that holds, who is to see to it and whether it is done. ``task`` is None until it is handed out, and for a
    measure that held before."""

    text: Text
    area: str
    task: Task | None


def measures(holds: InForce) -> list[MeasureRow]:
    change = holds.change
    if change is None:
        return [MeasureRow(one, one.area, None) for one in holds.effects.measures]
    prefix = rules.task_key(change.pk, 0).removesuffix("0")
    found = Task.objects.filter(school_id=change.school_id, key__startswith=prefix).select_related("owner").order_by("pk")
    latest = {rules.of_task(task.key)[1]: task for task in found}
    return [MeasureRow(one, one.area, latest.get(n)) for n, one in enumerate(holds.effects.measures)]


def measure_tasks(school_id: int) -> list[tuple[tuple[str, str], Task]]:
    """Every task that ever saw to a measure of a level at a school, the earliest first, each with its measure (``rules.identity``)."""
    found = list(Task.objects.filter(school_id=school_id, kind=rules.TASK_KIND).order_by("pk"))
    changes = LevelChange.objects.in_bulk({rules.of_task(task.key)[0] for task in found})
    asked = {pk: Effects.model_validate(change.effects).measures for pk, change in changes.items()}
    placed = [(rules.of_task(task.key), task) for task in found]
    return [(rules.identity(asked[change_id][n]), task) for (change_id, n), task in placed]
