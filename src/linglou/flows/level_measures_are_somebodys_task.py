"""A measure that a level newly asks for becomes the task of whoever is responsible for its field of work; what is undone cancels it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linglou.domains.command.group import queries as group
from linglou.domains.command.levels import queries as levels
from linglou.domains.command.levels import rules
from linglou.domains.command.models import LevelChange
from linglou.engines.tasks import actions as tasks
from linglou.engines.tasks import rules as task_rules
from linglou.foundation.access.roles import Role
from linglou.foundation.rulebook.rules.school import Effects

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
    due = LevelChange.objects.filter(Q(from_at__lte=at) | Q(undone_at__isnull=False), measures_assigned_at=None)
    return sum(_assign(change, at) for change in due.order_by("pk"))


@transaction.atomic
def _assign(change: LevelChange, at: datetime) -> int:
    found = LevelChange.objects.select_for_update(skip_locked=True).filter(pk=change.pk, measures_assigned_at=None).first()
    if found is None:
        return 0
    effects = Effects.model_validate(found.effects)
    if found.undone_at:
        keys = [rules.task_key(found.pk, n) for n in range(len(effects.measures))]
        tasks.end_many(school_id=found.school_id, keys=keys, event="cancel", note="响应级别变更已撤销", at=at)
    else:
        _open(found, effects, at)
    found.measures_assigned_at = at
    found.save(update_fields=["measures_assigned_at"])
    return 1


def _open(change: LevelChange, effects: Effects, at: datetime) -> None:
    before = levels.in_force(change.school_id, change.from_at - timedelta(microseconds=1)).effects
    new = [
        tasks.NewTask(
            key=rules.task_key(change.pk, n), title=f"落实措施：{effects.measures[n].zh}（{change.get_level_display()}）",
            due_at=max(change.from_at, at) + WITHIN, owner_id=owner, owner_role=Role.COMMAND_GROUP if owner else "",
            unit_id=change.school_id, climbs_every_minutes=CLIMBS_EVERY_MINUTES,
        )
        for n, area in rules.new_measures(before, effects)
        for owner in [group.owner_of(change.school_id, area)]
    ]  # fmt: skip
    tasks.open_many(school_id=change.school_id, kind=KIND.key, tasks=new, at=at)
