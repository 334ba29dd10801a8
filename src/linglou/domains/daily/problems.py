"""Refusals of the daily domain."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

ALREADY_REPORTED = declare(
    "already-reported",
    409,
    _("{name}已经填报，不需要代报。"),
    _("内容有误请本人更正，或由辅导员更正。"),
)
NOTHING_TO_REPEAT = declare(
    "nothing-to-repeat",
    409,
    _("这次不能用“情况没有变化”。"),
    _("可能是上次的情况不全是正常、已超过 7 天，或表单有新问题。请打开表单填写。"),
)
CONFIRMED_SOMETHING_ELSE = declare(
    "confirmed-something-else", 409, _("您确认的内容与现在要提交的不一致，没有提交。"), _("请看清首页上列出的内容再确认。")
)
NOT_ASKED_FOR_PEOPLE = declare(
    "round-not-for-people", 404, _("没有找到这一轮，或您不在它的名册里。"), _("请到首页查看您要填报的轮次。")
)
NOTE_NEEDED = declare(
    "unit-report-note-needed",
    422,
    _("您确认的数字（{given}）与系统统计（{counted}）不一致，需要说明原因。"),
    _("请在说明里写清差异，例如“其中 1 人已排除”。"),
)
