"""Whoever resets an account takes it over until its person does: so the person is told, and of a post that sees more than a
monitor's the school's auditors too. Whoever hands out codes sees no health data, and gets none unseen by way of somebody else's log-in.

The message goes through the person's channels, which a reset leaves alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.engines.notifications import actions as notifications
from linglou.engines.notifications.models import Notification
from linglou.foundation.access.roles import POLICY, Role
from linglou.foundation.accounts.models import ActivationCode
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Post
from linglou.kernel.language import moment

BATCH = 200
LOOK_BACK = timedelta(days=2)  # after a longer outage of the worker the older ones stand in the trail only

OWN_SUBJECT = _("您的账号被重置")
OWN_BODY = _("{by}于 {at} 重置了您的账号，原来的密码和所有登录随即失效。如不是您要求的，请立即联系学校的疫情防控办公室。")
OTHER_SUBJECT = _("账号被重置：{name}")
OTHER_BODY = _("{by}于 {at} 重置了{name}的账号，此人的岗位可以看到敏感信息。请核实是本人要求的，并查看审计日志。")
SOMEBODY = _("系统")


@transaction.atomic
def run(*, at: datetime) -> int:
    """How many messages are new."""
    resets = ActivationCode.objects.filter(issued_at__gt=at - LOOK_BACK, person__account__created_at__lt=F("issued_at"))
    by_school: dict[int, list[notifications.Message]] = defaultdict(list)
    for reset in resets.select_related("person").order_by("issued_at", "pk")[:BATCH]:
        by_school[reset.person.school_id] += _messages(reset, at)
    told = 0
    for school_id, messages in by_school.items():
        keys = {message.key for message in messages}
        known = set(Notification.objects.filter(school_id=school_id, key__in=keys).values_list("key", flat=True))
        new = [message for message in messages if message.key not in known]
        told += notifications.notify_many(school_id=school_id, topic="account", messages=new, at=at)
    return told


def _messages(reset: ActivationCode, at: datetime) -> Iterator[notifications.Message]:
    person = reset.person
    issuer = people.persons_by_id([reset.issued_by]).get(reset.issued_by) if reset.issued_by else None
    words = {"by": issuer.name if issuer else SOMEBODY, "at": moment(reset.issued_at), "name": person.name}
    key = f"reset:{reset.pk}:{reset.issued_at.timestamp():.0f}"
    yield notifications.Message(
        key=f"{key}:{person.pk}", person_id=person.pk, subject=OWN_SUBJECT, body=format_lazy(OWN_BODY, **words),
        link="/account/sessions/",
    )  # fmt: skip
    if not any(POLICY[grant.role].second_factor for grant in people.grants_of(person.pk, at=at)):
        return
    auditors = people.in_force(Post.objects.filter(role=Role.AUDITOR, school_id=person.school_id), at)
    for auditor_id in auditors.exclude(person_id__in=[person.pk, reset.issued_by or 0]).values_list("person_id", flat=True):
        yield notifications.Message(
            key=f"{key}:{auditor_id}", person_id=auditor_id, subject=format_lazy(OTHER_SUBJECT, **words),
            body=format_lazy(OTHER_BODY, **words), link="/audit/?action=account.reset",
        )  # fmt: skip
