"""Refusals of the rounds engine."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

NOT_OPEN = declare("round-not-open", 409, _("这一轮（{title}）还没有开始，或已经停止接收。"), _("请到首页查看正在进行的轮次。"))
NOT_ON_ROSTER = declare(
    "not-on-roster", 404, _("没有找到这一轮，或您不在它的名册里。"), _("请到首页查看您要填报的轮次；如有疑问请联系辅导员。")
)
NO_CORRECTION_AFTER_CLOSE = declare(
    "no-correction-after-close",
    409,
    _("这一轮已经结账，按时填报的内容不能再更正。"),
    _("情况有变化请在下一轮填报，紧急情况请直接联系辅导员或校医院。"),
)
ALREADY_CLOSED = declare(
    "round-already-closed", 409, _("这一轮已于 {closed_at} 结账。"), _("结账结果不会改变；可在结账单中查看。")
)
ROUND_NOT_CLOSED = declare(
    "round-not-closed", 409, _("这一轮还没有结账，将于 {closes_at} 自动结账。"), _("结账之后再来查看；现在的进度请看看板。")
)
COUNT_MISMATCH = declare(
    "count-mismatch",
    500,
    _("结账核对不一致：单位 {unit} 计数为 {counted}，逐人重算为 {recounted}。"),
    _("本轮没有结账。请运维人员查看日志并核对数据。"),
)
FORM_INVALID = declare("form-invalid", 422, _("表单内容不完整或有误。"), _("请按提示修改后再发布。"))
EXCUSE_ENDS_BEFORE_START = declare(
    "excuse-ends-before-start", 422, _("免报的结束时间（{ends}）不晚于开始时间（{starts}）。"), _("请核对起止时间。")
)
EXCUSE_OVER = declare("excuse-over", 409, _("这条免报已经撤销或到期。"), _("无需再撤销；如需继续免报请重新批准。"))
FORM_MISSING = declare("form-missing", 409, _("还没有发布名为“{key}”的表单。"), _("请先发布表单，再安排轮次。"))
