"""Whoever comes under observation is told from when to when, how often they are asked and where to look; and told again when it is over.
A contact learns by the same message that they are one, and when the last contact was. The people of the plan learn that there is somebody to care for. No message names a disease."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linglou.domains.care.models import Ground, Observation, ObservationState
from linglou.engines.notifications import actions as notifications
from linglou.flows.batches import drain
from linglou.kernel import clock
from linglou.kernel.language import day as said_day

BATCH = 500
MINE = "/care/mine/"

BEGUN = (
    _("您开始医学观察"),
    _("观察到 {last}为止，期间每天按提示测体温、填报。谁负责您、需要什么怎么说，都在“我的观察”里。"),
)
BEGUN_AS = {
    Ground.CLOSE_CONTACT: (
        _("您被列为密切接触者，开始医学观察"),
        _(
            "末次接触日期：{since}，观察到 {last}为止。请暂不参加集体活动，期间每天按提示测体温、填报；如有发热等症状请立即报告。谁负责您、需要什么怎么说，都在“我的观察”里。"
        ),
    ),
    Ground.CONTACT_OF_CONTACT: (
        _("您被列为次密接，开始医学观察"),
        _(
            "末次接触日期：{since}，观察到 {last}为止。期间每天按提示测体温、填报；如有发热等症状请立即报告。谁负责您、需要什么怎么说，都在“我的观察”里。"
        ),
    ),
}
BEGUN_OPEN = (
    _("您开始隔离治疗"),
    _("请听从校医院的安排，每天按提示测体温、填报。谁负责您、需要什么怎么说，都在“我的观察”里。"),
)
OVER = {
    ObservationState.RELEASED: (
        _("您的观察已经解除"),
        _("感谢您的配合。解除证明可在“我的观察”里查看，复课前请按辅导员的安排。"),
    ),
    ObservationState.WITHDRAWN: (_("您的观察已经撤销"), _("经核实您不需要观察，可以恢复正常学习生活，每天照常填报。")),
}
YOURS = (
    _("有人需要您照看：{unit}"),
    _("{unit}有一位同学或同事开始观察，您在其一人一策中，请打开查看并联系本人。"),
)


def run(*, at: datetime) -> int:
    """Every observation that was not told yet as it stands; how many."""
    return drain(_flow_batch, at)


@transaction.atomic
def _flow_batch(at: datetime) -> int:
    waiting = Observation.objects.select_for_update(skip_locked=True, of=("self",)).filter(flowed_at=None)
    observations = list(waiting.select_related("plan__unit").order_by("opened_at", "pk")[:BATCH])
    messages: dict[int, list[notifications.Message]] = defaultdict(list)
    for one in observations:
        messages[one.school_id] += _messages(one)
    for school_id, told in messages.items():
        notifications.notify_many(school_id=school_id, topic="care", messages=told, at=at)
    Observation.objects.filter(pk__in=[one.pk for one in observations]).update(flowed_at=at)
    return len(observations)


def _messages(one: Observation) -> list[notifications.Message]:
    stamp = f"{one.ended_at:%Y%m%d%H%M%S%f}" if one.ended_at else "begun"
    key = f"observation:{one.pk}:{one.state}:{one.events.count()}:{stamp}"
    if one.state != ObservationState.WATCHING:
        words = OVER.get(ObservationState(one.state))
        return (
            [notifications.Message(key=key, person_id=one.person_id, subject=words[0], body=words[1], link=MINE)]
            if words
            else []
        )
    subject, body = BEGUN_AS.get(Ground(one.ground), BEGUN) if one.last_day else BEGUN_OPEN
    if one.last_day:
        since, last = (said_day(clock.moment(day, datetime.min.time())) for day in (one.since, one.last_day))
        body = format_lazy(body, since=since, last=last)
    plan, told = one.plan, [notifications.Message(key=key, person_id=one.person_id, subject=subject, body=body, link=MINE)]
    carers = {plan.responsible_id, plan.supporter_id, plan.clinician_id} - {None}
    return told + [
        notifications.Message(
            key=f"{key}:{person_id}", person_id=person_id, subject=format_lazy(YOURS[0], unit=plan.unit.name),
            body=format_lazy(YOURS[1], unit=plan.unit.name), link=f"/care/{plan.pk}/",
        )
        for person_id in sorted(one for one in carers if one)
    ]  # fmt: skip
