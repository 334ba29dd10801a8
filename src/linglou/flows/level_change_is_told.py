"""Whoever leads, follows up or keeps a service is told when a change of the level is recorded, and when it is undone; everybody sees it on
the first page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.command.levels.rules import page_of
from linglou.domains.command.models import Level, LevelChange
from linglou.engines.notifications import actions as notifications
from linglou.foundation.access.roles import POLICY, Role
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post
from linglou.kernel.language import moment

SUBJECT, BODY = _("响应级别：{level}"), _("{from_at} 起执行{level}，请打开查看校内措施的变化。")
UNDONE_SUBJECT, UNDONE_BODY = _("响应级别变更已撤销：{level}"), _("原定 {from_at} 起的{level}已撤销，恢复到变更之前的措施。")
TOLD = tuple(role for role in Role if Verb.SEE_COMMAND in POLICY[role].verbs)


def run(*, at: datetime) -> int:
    """How many changes, or undoings, were told."""
    return sum(_tell(change, at) for change in LevelChange.objects.filter(told_at=None).order_by("pk"))


@transaction.atomic
def _tell(change: LevelChange, at: datetime) -> int:
    found = LevelChange.objects.select_for_update(skip_locked=True).filter(pk=change.pk, told_at=None).first()
    if found is None:
        return 0
    subject: Any = UNDONE_SUBJECT if found.undone_at else SUBJECT
    body: Any = UNDONE_BODY if found.undone_at else BODY
    words = {"level": Level(found.level).label, "from_at": moment(found.from_at)}
    posts = people.in_force(Post.objects.filter(role__in=TOLD, school_id=found.school_id), at)
    notifications.notify_many(
        school_id=found.school_id, topic="level", at=at,
        messages=[
            notifications.Message(
                key=f"level:{found.pk}:{'undone' if found.undone_at else 'set'}:{person_id}", person_id=person_id,
                subject=format_lazy(subject, **words), body=format_lazy(body, **words), link=page_of(""),
            )
            for person_id in sorted(set(posts.values_list("person_id", flat=True)))
        ],
    )  # fmt: skip
    found.told_at = at
    found.save(update_fields=["told_at"])
    return 1
