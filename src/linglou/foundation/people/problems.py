"""Refusals of the people foundation."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

ENDS_BEFORE_START = declare(
    "ends-before-start", 422, _("结束时间（{ends}）早于开始时间（{starts}）。"), _("请改正时间后再提交。")
)
UNIT_NAME_TAKEN = declare("unit-name-taken", 409, _("“{name}”在上级单位下已经存在。"), _("请换一个名称，或直接使用已有单位。"))
POST_ALREADY_HELD = declare("post-already-held", 409, _("{name}已经担任这一岗位。"), _("无需重复任命。"))
