"""Refusals of the signals domain."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

NOT_THAT_STATE = declare(
    "signal-state", 409, _("这条异常信号现在是“{state}”，不能这样操作。"), _("页面可能不是最新的，请刷新后再看。")
)
