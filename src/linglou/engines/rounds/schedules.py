"""Schedules: save one, open a round outside of them. A change bears on rounds opened afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.engines.rounds import actions
from linglou.engines.rounds.models import Asks, Days, Form, NotAsked, Round, Schedule
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
def save_schedule(*, schedule: Schedule | None, plan: Plan, by: Actor | None, at: datetime) -> Schedule:
    """Make or change a schedule (``by=None``: a flow does). Raises ``Problem`` (INVALID_INPUT with every error, FORM_MISSING)."""
    errors = check(plan)
    if errors:
        raise Problem(INVALID_INPUT, errors=tuple(errors))
    school_id = plan.audience.in_school
    if not Form.objects.filter(school_id=school_id, key=plan.form_key).exists():
        raise Problem(FORM_MISSING, key=plan.form_key)
    in_order: list[time] = sorted(set(plan.reminders), key=lambda moment: (moment < plan.opens, moment))
    saved = schedule or Schedule(school_id=school_id)
    for each in fields(plan):
        setattr(saved, each.name, getattr(plan, each.name))
    saved.reminders = in_order
    saved.accounted_until = at  # what the schedule would have asked before it was saved, nobody was to be asked
    saved.save()
    audit.record(
        by=by, school_id=school_id, at=at, action="schedule.change" if schedule else "schedule.add",
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


@transaction.atomic
def record_not_asked(*, schedule: Schedule, day: date, at: datetime) -> NotAsked | None:
    """Write down that the round of a slot was not asked; None when its round is there after all, or it was written down before."""
    opens_at, closes_at = actions.window(schedule, day)
    actions.lock_slot(schedule, day)
    slot: dict[str, Any] = {"schedule": schedule, "day": day, "opens_at": opens_at}
    if Round.every.filter(**slot).exists() or NotAsked.objects.filter(**slot).exists():
        return None
    absent = NotAsked.objects.create(
        school_id=schedule.school_id, title=schedule.title, closes_at=closes_at, noticed_at=at, **slot
    )
    audit.record(
        by=None, school_id=schedule.school_id, at=at, action="round.not-asked", subject_type="schedule",
        subject_id=schedule.pk, title=schedule.title, since=opens_at.isoformat(), until=closes_at.isoformat(),
    )  # fmt: skip
    return absent


def account(*, schedule: Schedule, until: datetime) -> None:
    """Every slot of a schedule that closed by ``until`` is accounted for; never back in time."""
    earlier = Q(accounted_until=None) | Q(accounted_until__lt=until)
    Schedule.objects.filter(earlier, pk=schedule.pk).update(accounted_until=until)


@transaction.atomic
def pause(*, schedule: Schedule, by: Actor | None, at: datetime) -> None:
    """It opens no further round until it is resumed; one that is open goes on."""
    _switch(schedule, by, at, is_active=False)


@transaction.atomic
def resume(*, schedule: Schedule, from_day: date, by: Actor | None, at: datetime) -> None:
    """It asks again, from a day on; what it did not ask meanwhile, nobody was to be asked."""
    schedule.from_day = max(schedule.from_day, from_day)
    _switch(schedule, by, at, is_active=True)


def _switch(schedule: Schedule, by: Actor | None, at: datetime, *, is_active: bool) -> None:
    schedule.is_active, schedule.accounted_until = is_active, at
    schedule.save(update_fields=["is_active", "accounted_until", "from_day"])
    audit.record(
        by=by, school_id=schedule.school_id, at=at, action="schedule.change", subject_type="schedule", subject_id=schedule.pk,
        title=schedule.title,
    )  # fmt: skip
