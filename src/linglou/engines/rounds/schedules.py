"""Schedules: save one, open a round outside of them. A change bears on rounds opened afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linglou.engines.rounds import actions
from linglou.engines.rounds.models import Asks, Days, Form, Round, Schedule
from linglou.engines.rounds.problems import FORM_MISSING
from linglou.foundation.access.actor import Actor
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Unit
from linglou.kernel import clock
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


@transaction.atomic
def open_by_hand(*, schedule: Schedule, closes_at: datetime, by: Actor, at: datetime) -> Round:
    """Ask once more, now, outside the schedule's times. Raises ``Problem(INVALID_INPUT)`` when it would close at once."""
    if closes_at <= at:
        error = FieldError("closes_at", "in-the-past", _("截止时间必须晚于现在。"), clock.local(closes_at).isoformat())
        raise Problem(INVALID_INPUT, errors=(error,))
    return actions.open_between(schedule=schedule, day=clock.day_of(at), opens_at=at, closes_at=closes_at, at=at, by=by)
