"""The level that holds sets how often health is reported and by when units confirm: its schedules are opened beside the school's own, a later
zero report is paused meanwhile, and when the level ends everything is as it was.

It converges: what the level in force wants is compared with what is there. The rounds that a level opened run to their close when it ends;
when it is undone they are called off, because they should never have been asked.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from linglou.domains.command.levels import queries as levels
from linglou.domains.command.levels.actions import lock
from linglou.domains.command.levels.rules import Wanted
from linglou.domains.command.models import LevelChange, LevelSchedule, LevelScheduleKind
from linglou.domains.daily.rules import UNIT_FORM_KEY
from linglou.engines.rounds import schedules
from linglou.engines.rounds.calling_off import call_off
from linglou.engines.rounds.models import Asks, Form, Round, Schedule, State
from linglou.engines.rounds.publishing import publish_form
from linglou.foundation.people.models import Unit
from linglou.kernel import clock

REMINDS_BEFORE = timedelta(hours=1)


def run(*, at: datetime) -> int:
    """How many changes of a level were applied, or taken back. A school that has begun with levels is looked at on every tick: what it
    arranges meanwhile in its own schedules is followed."""
    schools = levels.due(at).order_by("school_id").values_list("school_id", flat=True).distinct()
    return sum(_apply(school_id, at) for school_id in schools)


@transaction.atomic
def _apply(school_id: int, at: datetime) -> int:
    lock(school_id)
    _converge(school_id, at)
    return levels.due(at).filter(school_id=school_id, reporting_set_at=None).update(reporting_set_at=at)


def _converge(school_id: int, at: datetime) -> None:
    holds = levels.in_force(school_id, at)
    wanted = {one.key: one for one in levels.wanted(school_id, holds.effects)}
    there = LevelSchedule.objects.filter(school_id=school_id, ended_at=None).select_related("schedule__audience", "change")
    opened = {row.key: row for row in there if row.kind == LevelScheduleKind.OPENED}
    paused = {row.schedule_id: row for row in there if row.kind == LevelScheduleKind.PAUSED}
    for key in opened.keys() - wanted.keys():
        _end(opened[key], at)
    still = {one.pauses for one in wanted.values() if one.pauses}
    for base_id in paused.keys() - still:
        _resume(paused[base_id], at)
    for key in wanted.keys() - opened.keys():
        _open(wanted[key], school_id, holds.change, at)
    for base_id in still - paused.keys():
        _pause(Schedule.objects.get(pk=base_id), holds.change, at)


def _open(wanted: Wanted, school_id: int, change: LevelChange | None, at: datetime) -> None:
    base = Schedule.objects.select_related("audience").get(pk=wanted.base_id) if wanted.base_id else None
    first = _day_after(at) if _asked_today(school_id, wanted, at) else clock.day_of(at)
    plan = _further(base, wanted, first) if base and wanted.number else _zero_report(base, wanted, school_id, first, at)
    schedule = schedules.save_schedule(schedule=None, plan=plan, by=None, at=at)
    LevelSchedule.objects.create(
        school_id=school_id, change=change, schedule=schedule, kind=LevelScheduleKind.OPENED, key=wanted.key, at=at
    )


def _asked_today(school_id: int, wanted: Wanted, at: datetime) -> bool:
    """Whether today's round is there already: of the school's own schedule that this one stands in for, or of a level that held before."""
    before = LevelSchedule.objects.filter(school_id=school_id, key=wanted.key, kind=LevelScheduleKind.OPENED)
    same = [*before.values_list("schedule_id", flat=True), *([wanted.pauses] if wanted.pauses else [])]
    return Round.objects.filter(schedule__in=same, day=clock.day_of(at)).exists()


def _further(base: Schedule, wanted: Wanted, first: date) -> schedules.Plan:
    """The same people, the same form, once more on the day."""
    return schedules.Plan(
        title=_("%(title)s（第 %(n)s 次）") % {"title": base.title[:70], "n": wanted.number}, purpose=base.purpose,
        form_key=base.form_key, audience=base.audience, person_kind=base.person_kind, opens=wanted.opens, closes=wanted.closes,
        from_day=first, days=base.days, reminders=_reminder(wanted.opens, wanted.closes),
    )  # fmt: skip


def _zero_report(base: Schedule | None, wanted: Wanted, school_id: int, first: date, at: datetime) -> schedules.Plan:
    """The colleges' zero report by an earlier hour."""
    form_key = base.form_key if base else UNIT_FORM_KEY
    if not Form.objects.filter(school_id=school_id, key=form_key).exists():
        publish_form(school_id=school_id, key=form_key, title=_("单位零报告"), questions=[], by=None, at=at)
    return schedules.Plan(
        title=_("学院零报告（%(until)s 前）") % {"until": f"{wanted.closes:%H:%M}"}, purpose=UNIT_FORM_KEY, form_key=form_key,
        audience=base.audience if base else Unit.objects.get(pk=school_id), asks=Asks.UNITS, unit_kind="college",
        opens=wanted.opens, closes=wanted.closes, from_day=first,
        reminders=_reminder(wanted.opens, wanted.closes),
    )  # fmt: skip


def _reminder(opens: time, closes: time) -> list[time]:
    """An hour before the close, where the window is longer than that."""
    before = (datetime.combine(date.min + timedelta(days=1), closes) - REMINDS_BEFORE).time()
    return [before] if opens <= before < closes else []


def _end(row: LevelSchedule, at: datetime) -> None:
    schedules.pause(schedule=row.schedule, by=None, at=at)
    if row.change is None or row.change.undone_at:
        for round_ in Round.objects.filter(schedule=row.schedule, state=State.OPEN, closes_at__gt=at).order_by("pk"):
            call_off(round_=round_, reason=_("响应级别变更已撤销"), by=None, at=at)
    _over(row, at)


def _pause(base: Schedule, change: LevelChange | None, at: datetime) -> None:
    schedules.pause(schedule=base, by=None, at=at)
    LevelSchedule.objects.create(
        school_id=base.school_id, change=change, schedule=base, kind=LevelScheduleKind.PAUSED, key=f"paused:{base.pk}", at=at
    )


def _resume(row: LevelSchedule, at: datetime) -> None:
    """The school's own asks again: today, unless the stricter one has asked already."""
    base = row.schedule
    today = clock.day_of(at)
    asked = Round.objects.filter(school_id=base.school_id, purpose=base.purpose, unit_kind=base.unit_kind, day=today).exists()
    schedules.resume(schedule=base, from_day=_day_after(at) if asked else today, by=None, at=at)
    _over(row, at)


def _over(row: LevelSchedule, at: datetime) -> None:
    row.ended_at = at
    row.save(update_fields=["ended_at"])


def _day_after(at: datetime) -> date:
    return clock.day_of(at) + timedelta(days=1)
