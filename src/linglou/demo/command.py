"""The command group with its division of responsibility (one unit is still nobody's), level III for some days, level II from tomorrow."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from linglou.demo.campus import Campus
from linglou.domains.command.group import actions as group
from linglou.domains.command.group import queries as groups
from linglou.domains.command.levels import actions as levels
from linglou.domains.command.levels import queries
from linglou.domains.command.models import Member, Position
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks.models import Task
from linglou.flows import level_change_is_told, level_in_force_sets_reporting, level_measures_are_somebodys_task
from linglou.foundation.access.roles import Role
from linglou.foundation.people import actions as people
from linglou.foundation.people.queries import actor_of
from linglou.kernel import clock

DAYS_AGO = 5
OFFICES = ("校长", "党委副书记、副校长", "副校长（学生工作）", "副校长（后勤保障）")
AREAS_OF = {
    "command": 0,
    "reporting": 0,
    "discipline": 1,
    "publicity": 1,
    "teaching": 1,
    "logistics": 3,
    "supplies": 3,
    "gate": 3,
}
ISSUER = "云泽省人民政府"


def play(campus: Campus, *, now: datetime) -> None:
    since = now - timedelta(days=DAYS_AGO)
    members = _group(campus, since)
    _divide(campus, members, since)
    command = actor_of(campus.holders[Role.COMMAND_GROUP], account_id=0, at=now)
    usual = queries.profile(campus.school.pk, "III", since).effects
    levels.save_profile(level="III", effects=usual.model_copy(update={"zero_report_by": None}), by=command, at=since)
    _switch(campus, "III", from_at=None, number="云政发〔2026〕31号", at=since)
    for flow in (level_change_is_told, level_in_force_sets_reporting, level_measures_are_somebodys_task):
        flow.run(at=since)
    first = Task.objects.filter(school=campus.school, kind="level-measure").order_by("pk").first()
    if first:
        tasks.settle(task=first, outcome="in-place", note="东、西两门已配测温设备", by=None, at=since + timedelta(hours=6))
    tomorrow = clock.moment(clock.day_of(now) + timedelta(days=1), time(0))
    _switch(campus, "II", from_at=tomorrow, number="云政发〔2026〕34号", at=now)


def _group(campus: Campus, at: datetime) -> list[Member]:
    """The holder of the post leads; staff without another post join."""
    office = actor_of(campus.holders[Role.PREVENTION_OFFICE], account_id=0, at=at)
    joining = campus.staff[-len(OFFICES) :]
    for one in joining:
        people.appoint(person=one, role=Role.COMMAND_GROUP, unit=campus.school, at=at, by=None)
    leader = campus.holders[Role.COMMAND_GROUP]
    found = [group.add_member(person=leader, position=Position.LEADER, duty="校党委书记", deputy=joining[0], by=office, at=at)]
    for n, (one, duty) in enumerate(zip(joining, OFFICES, strict=True)):
        position = Position.DEPUTY_LEADER if n < 2 else Position.MEMBER
        deputy = joining[n - 1] if n else joining[1]
        found.append(group.add_member(person=one, position=position, duty=duty, deputy=deputy, by=office, at=at))
    return found


def _divide(campus: Campus, members: list[Member], at: datetime) -> None:
    office = actor_of(campus.holders[Role.PREVENTION_OFFICE], account_id=0, at=at)
    lines = groups.division(campus.school.pk, at)
    deputies = members[1:]
    for line in lines.areas:
        who = deputies[AREAS_OF.get(line.key.removeprefix("area:"), 2)]
        group.assign(key=line.key, person_id=who.person_id, alone=True, by=office, at=at)
    for n, line in enumerate(lines.units[:-1]):
        group.assign(key=line.key, person_id=deputies[n % len(deputies)].person_id, alone=True, by=office, at=at)


def _switch(campus: Campus, level: str, *, from_at: datetime | None, number: str, at: datetime) -> None:
    command = actor_of(campus.holders[Role.COMMAND_GROUP], account_id=0, at=at)
    shown = queries.preview(campus.school.pk, level, from_at=from_at, at=at)
    levels.switch(
        level=level, from_at=from_at, issuer=ISSUER, document="关于调整疫情防控应急响应级别的通告", number=number,
        previewed=shown.fingerprint, by=command, at=at,
    )  # fmt: skip
