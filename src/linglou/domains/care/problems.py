"""Refusals of care."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

NOT_WATCHED = declare(
    "care-not-watched", 409, _("这项观察现在是“{state}”，不能这样操作。"), _("页面可能不是最新的，请刷新后再看。")
)
PLAN_CLOSED = declare("care-plan-closed", 409, _("这份一人一策已经结束。"), _("如需继续，请从新的观察开始。"))
STILL_WATCHED = declare("care-still-watched", 409, _("{name}还在观察中，不能结束一人一策。"), _("请先解除或撤销全部观察。"))
WHY = declare("care-reason-needed", 422, _("请写明理由。"), _("解除条件还没有全部满足，或这项决定需要留下依据。"))
ROOM_FULL = declare("care-room-full", 409, _("{room}共 {beds} 个床位，已经住满。"), _("请选择别的房间，或先办理转出。"))
BEDS_IN_USE = declare("care-beds-in-use", 409, _("{room}现住 {n} 人，床位不能少于这个数。"), _("请先把人转到别的房间。"))
NAME_TAKEN = declare("care-name-taken", 409, _("“{name}”已经有了。"), _("请换一个名称，或直接使用已有的。"))
NOT_LATER = declare(
    "care-not-later", 422, _("{day} 不晚于现在的观察截止日 {last}。"), _("延长只能往后；提前结束请办理解除并写明理由。")
)
NEED_ANSWERED = declare("care-need-answered", 409, _("这项需求已经答复。"), _("页面可能不是最新的，请刷新后再看。"))
NOBODY_RESPONSIBLE = declare(
    "care-nobody-responsible", 409, _("{unit}没有可以负责一人一策的岗位。"), _("请先在责任链里任命辅导员或防控办人员。")
)
HOLDS_NO_POST = declare("care-holds-no-post", 422, _("{name}现在没有这个岗位，不能负责。"), _("请从列出的人员中选择。"))
