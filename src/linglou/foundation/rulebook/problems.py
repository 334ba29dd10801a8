"""Refusals of the rulebook."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

ALREADY_WITHDRAWN = declare("risk-region-withdrawn", 409, _("这条风险地区登记已经撤销。"), _("刷新页面即可看到现在的名单。"))
ALREADY_LISTED = declare(
    "risk-region-listed", 409, _("这个地区从这一天起已经在名单上。"), _("要改级别或结束日期，请先撤销原来的登记，再重新登记。")
)
UNKNOWN_RULE = declare("rule-unknown", 422, _("没有编号为“{rule_id}”的规则。"), _("请从规则页复制编号。"))
NOT_STRICTER = declare(
    "rule-not-stricter",
    422,
    _("本校规定不能低于现行规则：{rule}。"),
    _("观察天数、检查次数、统计窗口只能更长、更多，起报人数、时限小时数只能更少；不填表示与现行规则相同。"),
)
NO_SUCH_NUMBER = declare(
    "rule-number-unsuited",
    422,
    _("“{rule}”没有这一项数字，不能另定：{number}。"),
    _("观察规则可定天数和检查次数，阈值可定人数、窗口和时限，病例报告时限可定小时数；聚集性疫情的时限定在相应的阈值上。"),
)
TERMS_OVERLAP = declare(
    "terms-overlap", 409, _("与已登记的学期“{term}”重叠。"), _("学期之间不能重叠；登记错了请先撤销原来的，再重新登记。")
)
TERM_WITHDRAWN = declare("term-withdrawn", 409, _("这个学期已经撤销。"), _("刷新页面即可看到现在的学期。"))
OWN_RULE_WITHDRAWN = declare("rule-withdrawn", 409, _("这条本校规定已经撤销。"), _("刷新页面即可看到现在的规定。"))
