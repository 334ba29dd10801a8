"""A measure that a level newly asks for becomes the task of whoever is responsible for its field of work. A task whose measure is asked for no
more is cancelled; when the level comes back because what replaced it was undone, so does the task.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linglou.domains.command.group import queries as group
from linglou.domains.command.levels import queries as levels
from linglou.domains.command.levels import rules
from linglou.domains.command.levels.actions import lock
from linglou.domains.command.models import LevelChange
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.engines.tasks.models import State
from linglou.foundation.access.roles import Role
from linglou.foundation.rulebook.rules.school import Effects

UNDONE, REPLACED = "响应级别变更已撤销", "响应级别已变更，不再要求这项措施"
WITHIN = timedelta(hours=24)
CLIMBS_EVERY_MINUTES = 240

KIND = task_rules.declare(
    task_rules.Kind(
        rules.TASK_KIND,
        _("落实响应措施"),
        {
            "in-place": _("已落实"),
            "was-in-place": _("原来就在执行"),
            "cannot": _("暂时无法落实，已报指挥部"),
        },
        page=rules.page_of,
        page_label=_("打开响应级别"),
    )
)


def run(*, at: datetime) -> int:
    """How many changes of a level were handed out, or taken back."""
    due = levels.due(at).filter(measures_assigned_at=None)
    return sum(_assign(change, at) for change in due.order_by("from_at", "pk"))


@transaction.atomic
def _assign(change: LevelChange, at: datetime) -> int:
    lock(change.school_id)
    found = levels.due(at).filter(pk=change.pk, measures_assigned_at=None).first()
    if found is None:
        return 0
    holds = levels.in_force(found.school_id, at)
    if not found.undone_at:
        _hand_out(found, at)
    elif holds.change:
        _come_back(holds.change, holds.effects, found, at)
    _cancel_others(found.school_id, holds.effects, UNDONE if found.undone_at else REPLACED, at)
    found.measures_assigned_at = at
    found.save(update_fields=["measures_assigned_at"])
    return 1


def _hand_out(change: LevelChange, at: datetime) -> None:
    before = levels.in_force(change.school_id, change.from_at - timedelta(microseconds=1)).effects
    effects = Effects.model_validate(change.effects)
    _open(change, effects, {n: rules.task_key(change.pk, n) for n, _area in rules.new_measures(before, effects)}, at)


def _come_back(change: LevelChange, effects: Effects, undone: LevelChange, at: datetime) -> None:
    """What was cancelled when ``undone`` replaced ``change`` is to be seen to once more."""
    latest = dict(levels.measure_tasks(change.school_id))
    cancelled = {measure for measure, task in latest.items() if task.state == State.CANCELLED}
    again = {
        n: rules.task_key(change.pk, n, again=undone.pk)
        for n, measure in enumerate(effects.measures)
        if rules.identity(measure) in cancelled
    }
    _open(change, effects, again, at)


def _cancel_others(school_id: int, effects: Effects, note: str, at: datetime) -> None:
    wanted = {rules.identity(one) for one in effects.measures}
    others = [task.key for measure, task in levels.measure_tasks(school_id) if measure not in wanted]
    tasks.end_many(school_id=school_id, keys=others, event="cancel", note=note, at=at)


def _open(change: LevelChange, effects: Effects, keys: dict[int, str], at: datetime) -> None:
    """Tasks for measures: position among ``effects.measures`` -> key."""
    new = [
        tasks.NewTask(
            key=key, title=f"落实措施：{effects.measures[n].zh}（{change.get_level_display()}）",
            due_at=max(change.from_at, at) + WITHIN, owner_id=owner, owner_role=Role.COMMAND_GROUP if owner else "",
            unit_id=change.school_id, climbs_every_minutes=CLIMBS_EVERY_MINUTES,
        )
        for n, key in keys.items()
        for owner in [group.owner_of(change.school_id, effects.measures[n].area)]
    ]  # fmt: skip
    tasks.open_many(school_id=change.school_id, kind=KIND.key, tasks=new, at=at)
