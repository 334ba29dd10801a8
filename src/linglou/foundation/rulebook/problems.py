"""Refusals of the rulebook."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

ALREADY_WITHDRAWN = declare("risk-region-withdrawn", 409, _("这条风险地区登记已经撤销。"), _("刷新页面即可看到现在的名单。"))
ALREADY_LISTED = declare(
    "risk-region-listed", 409, _("这个地区从这一天起已经在名单上。"), _("要改级别或结束日期，请先撤销原来的登记，再重新登记。")
)
