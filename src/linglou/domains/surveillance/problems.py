"""Refusals of the surveillance domain."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

ALERT_STATE = declare("alert-state", 409, _("这条预警现在是“{state}”，不能这样操作。"), _("页面可能不是最新的，请刷新后再看。"))
EVENT_WITHDRAWN = declare("event-withdrawn", 409, _("这条事件记录已经撤销。"), _("如有需要，请重新登记一条。"))
