"""Schedules: save one, see which are due, open a round outside of them. A change bears on rounds opened afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linglou.engines.rounds import actions
from linglou.engines.rounds.models import Asks, Days, Form, Round, Schedule
from linglou.engines.rounds.problems import FORM_MISSING
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Unit
from linglou.kernel import calendar, clock
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem


@dataclass(frozen=True)
class Plan:
    """What a schedule says. Times are on the campus clock; ``closes`` at or before ``opens`` means the next day."""

    title: str
    purpose: str
    form_key: str
    audience: Unit
    opens: time
    closes: time
    from_day: date
    to_day: date | None = None
    asks: str = Asks.PEOPLE
    person_kind: str = ""
    unit_kind: str = ""
    days: str = Days.EVERY_DAY
    reminders: list[time] = field(default_factory=list)
    is_active: bool = True


@transaction.atomic
def save_schedule(*, schedule: Schedule | None, plan: Plan, by: Actor, at: datetime) -> Schedule:
    """Make or change a schedule. Raises ``Problem`` (INVALID_INPUT with every error, FORM_MISSING)."""
    errors = check(plan)
    if errors:
        raise Problem(INVALID_INPUT, errors=tuple(errors))
    if not Form.objects.filter(school_id=by.school_id, key=plan.form_key).exists():
        raise Problem(FORM_MISSING, key=plan.form_key)
    in_order: list[time] = sorted(set(plan.reminders), key=lambda moment: (moment < plan.opens, moment))
    saved = schedule or Schedule(school_id=by.school_id)
    for each in fields(plan):
        setattr(saved, each.name, getattr(plan, each.name))
    saved.reminders = in_order
    saved.save()
    audit.record(
        by=by, school_id=by.school_id, at=at, action="schedule.change" if schedule else "schedule.add",
        subject_type="schedule", subject_id=saved.pk, title=plan.title,
    )  # fmt: skip
    return saved


def check(plan: Plan) -> list[FieldError]:
    """Everything that is wrong with a plan."""
    errors = []
    if plan.opens == plan.closes:
        errors.append(FieldError("closes", "same-as-opening", _("截止时间不能与开始时间相同。"), str(plan.closes)))
    if plan.to_day and plan.to_day < plan.from_day:
        errors.append(FieldError("to_day", "before-start", _("结束日期不能早于起始日期。"), str(plan.to_day)))
    outside = [moment for moment in plan.reminders if not is_within(moment, plan.opens, plan.closes)]
    if outside:
        errors.append(
            FieldError("reminders", "outside-window", _("提醒时间要在开始和截止之间。"), "、".join(map(str, outside)))
        )
    if plan.asks == Asks.UNITS and not plan.unit_kind:
        errors.append(FieldError("unit_kind", "required", _("请选择由哪一级单位填报。"), None))
    return errors


def is_within(moment: time, opens: time, closes: time) -> bool:
    """Whether a clock time lies between opening and closing, over midnight too."""
    if opens < closes:
        return opens <= moment < closes
    return moment >= opens or moment < closes


def asks_on(schedule: Schedule, day: date) -> bool:
    """Whether the schedule has a round on a campus day."""
    if not schedule.is_active or day < schedule.from_day or (schedule.to_day and day > schedule.to_day):
        return False
    if schedule.days == Days.EVERY_DAY:
        return True
    return calendar.is_workday(day) == (schedule.days == Days.WORKDAYS)


def due_to_open(at: datetime) -> list[tuple[Schedule, date]]:
    """Slots whose window holds ``at`` and whose round is not there yet. Yesterday's slot counts while it runs past midnight; a
    slot that was slept through entirely is not opened afterwards."""
    today = clock.day_of(at)
    slots = [
        (schedule, day)
        for schedule in Schedule.objects.filter(is_active=True, from_day__lte=today).select_related("school", "audience")
        for day in (today - timedelta(days=1), today)
        if asks_on(schedule, day) and _holds(actions.window(schedule, day), at)
    ]
    there = set(Round.objects.filter(day__gte=today - timedelta(days=1)).values_list("schedule_id", "day", "opens_at"))
    return [(schedule, day) for schedule, day in slots if (schedule.pk, day, actions.window(schedule, day)[0]) not in there]


def _holds(window: tuple[datetime, datetime], at: datetime) -> bool:
    return window[0] <= at < window[1]


@transaction.atomic
def open_by_hand(*, schedule: Schedule, closes_at: datetime, by: Actor, at: datetime) -> Round:
    """Ask once more, now, outside the schedule's times. Raises ``Problem(INVALID_INPUT)`` when it would close at once."""
    if closes_at <= at:
        error = FieldError("closes_at", "in-the-past", _("截止时间必须晚于现在。"), clock.local(closes_at).isoformat())
        raise Problem(INVALID_INPUT, errors=(error,))
    return actions.open_between(schedule=schedule, day=clock.day_of(at), opens_at=at, closes_at=closes_at, at=at, by=by)
