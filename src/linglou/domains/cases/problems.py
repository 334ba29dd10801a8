"""Refusals of the cases domain."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

NO_DEFINITION = declare(
    "case-no-definition",
    422,
    _("{day} 没有“{disease}”的{status}定义。"),
    _("请核对诊断日期和病种；规则页可查看这一天有效的定义。"),
)
NOT_THAT_STATUS = declare(
    "case-status", 409, _("这个病例现在是“{status}”，不能这样操作。"), _("页面可能不是最新的，请刷新后再看。")
)
CASE_IS_OPEN = declare(
    "case-is-open",
    409,
    _("{name}已有“{disease}”病例（编号 {number}），还没有结束。"),
    _("请在原病例上继续记录，不要重复建立。"),
)
REASON_NEEDED = declare(
    "case-reason-needed", 422, _("现有资料还不符合“{status}”定义，请写明判定依据。"), _("可以判定，但要说明理由，便于复核。")
)
ALREADY_SENT = declare(
    "case-report-sent", 409, _("这份报告已经登记报出。"), _("如需更正，请在病例上更改判定，系统会生成订正报告。")
)
NOT_YET_HAPPENED = declare("case-in-the-future", 422, _("时间 {value} 还没有到。"), _("请填写已经发生的时间。"))
NOT_THE_SAME = declare(
    "case-not-the-same", 422, _("编号 {number} 是另一种病，或已并入别的病例，不能合并。"), _("请核对两个病例的病种和编号。")
)
NO_WINDOW = declare(
    "case-no-window", 409, _("还不能推算传染期：缺“{event}”的时间。"), _("请先在“已知情况”里填写，再查找密接。")
)
NO_PERIOD = declare(
    "case-no-period", 422, _("从 {since} 到 {until} 不能统计：起止日期颠倒，或超过一年。"), _("请改为一年以内的起止日期。")
)
NOT_TRACED = declare(
    "case-not-traced", 409, _("按诊断当日的规则，这种病不追踪人员密接。"), _("请按规则页的说明处置（如场所、媒介）。")
)
