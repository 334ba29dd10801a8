"""Refusals of command."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

FROM_IN_THE_PAST = declare(
    "level-from-the-past",
    422,
    _("起始时间 {from_at} 已经过去。"),
    _("请选择“立即执行”，或填写以后的时间；过去的填报和值班不能改写。"),
)
SAME_MOMENT = declare(
    "level-same-moment", 409, _("{from_at} 起已经登记了另一次级别变更。"), _("请先撤销那一次，或换一个起始时间。")
)
NOTHING_CHANGES = declare(
    "level-nothing-changes", 422, _("届时已经是这个级别，措施也相同。"), _("没有需要切换的内容，无需登记。")
)
NOT_UNDOABLE = declare(
    "level-not-undoable",
    409,
    _("这次级别变更{state}，不能撤销。"),
    _("只能撤销正在执行或还没有执行的变更；要恢复以前的级别请重新登记。"),
)
PREVIEW_IS_OLD = declare("level-preview-old", 409, _("预览之后，级别或措施已被别人改动。"), _("请核对新的预览，再确认切换。"))
ALREADY_MEMBER = declare("group-already-member", 409, _("{name}已经是指挥部成员。"), _("请直接修改其职务、分工或代理人。"))
NOT_A_MEMBER = declare("group-not-a-member", 409, _("{name}现在不是指挥部成员。"), _("请刷新页面，从现有成员中选择。"))
OWN_DEPUTY = declare("group-own-deputy", 422, _("{name}不能做自己的代理人。"), _("请选择另一位能代行职责的人。"))
UNKNOWN_AREA = declare("group-unknown-area", 422, _("没有“{area}”这项工作。"), _("请从列出的工作或单位中选择。"))
AREA_EXISTS = declare("group-area-exists", 409, _("已经有“{name}”这项工作。"), _("请直接为它安排负责人。"))
