"""Refusals about absences."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

ABSENCE_IS_OPEN = declare(
    "absence-is-open",
    409,
    _("{name}自 {day} 起的因病缺课还没有结束。"),
    _("请在原来的登记上继续跟进，不要重复登记。"),
)
ABSENCE_ENDED = declare(
    "absence-ended", 409, _("这次缺课现在是“{state}”，不能这样操作。"), _("页面可能不是最新的，请刷新后再看。")
)
ABSENCE_DATES = declare(
    "absence-dates", 422, _("日期 {value} 不合理。"), _("不能晚于今天；复课和开具证明的日期不能早于缺课开始的日期。")
)
RETURN_AGAINST_RULE = declare(
    "return-against-rule", 422, _("按现有资料，还不能认定符合复课条件。"), _("请补充资料；确需复课的，写明依据。")
)
NO_RETURN_RULE = declare(
    "no-return-rule", 422, _("{day} 没有“{disease}”的复课条件。"), _("请核对病种；规则页可查看这一天有效的规则。")
)
WHY_VOID = declare("absence-why-void", 422, _("作废登记必须写明原因。"), _("原因会留在记录里。"))
