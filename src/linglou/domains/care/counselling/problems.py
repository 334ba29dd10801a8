"""Refusals of the counselling centre."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

NOTHING_URGENT = declare(
    "counselling-nothing-urgent", 409, _("目前没有待联系的紧急提醒。"), _("可能已由同事处理，请刷新后查看记录。")
)
NOT_ANSWERED = declare(
    "questionnaire-incomplete", 422, _("还有题目没有选。"), _("每题选一个最接近的答案，没有对错；答案都已保留。")
)
