"""Refusals of the intake, beside those of tickets, forms and rounds."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

KEY_MISSING = declare(
    "idempotency-key-missing",
    400,
    _("缺少幂等键：请求头 Idempotency-Key 应为 8 至 64 个可见字符。"),
    _("请为每份填报生成一个不重复的值；重试时使用同一个值，会得到同一张回执。"),
)
OTHER_ROUND = declare(
    "ticket-for-another-round", 403, _("填报凭证不属于这一轮（{round}）。"), _("请回到首页，从那里重新打开这一轮的填报页。")
)
NOT_STORED = declare(
    "response-not-stored", 500, _("这一份填报无法保存，没有计入。"), _("请不要反复提交；请联系辅导员代报，运维人员会查看日志。")
)
