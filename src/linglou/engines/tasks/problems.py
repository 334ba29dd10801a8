"""Refusals of the tasks engine."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

TASK_NOT_OPEN = declare("task-not-open", 409, _("这项任务已经不是待办（{state}）。"), _("页面可能不是最新的，请刷新后再看。"))
CANNOT_OWN = declare("task-cannot-own", 422, _("{name}不在这项任务的责任链上。"), _("请从责任链中选择接手人。"))
