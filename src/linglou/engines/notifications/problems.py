"""Refusals of the notifications engine."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

BAD_ADDRESS = declare("bad-channel-address", 422, _("这个通知地址无法识别或不允许使用。"), _("请按页面上的示例填写。"))
