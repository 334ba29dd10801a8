"""Refusals of a file of stays as a whole; those of single rows are in ``judging``."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

STAYS_HEADER_MISSING = declare(
    "stays-header-missing", 422, _("没有找到表头。"), _("这类文件至少要有这些列：{columns}；可下载模板对照。")
)
STAYS_COLUMN_MISSING = declare(
    "stays-column-missing", 422, _("没有找到必需的列：{columns}。"), _("请补上这些列，或确认文件类别选对了，再重新上传。")
)
STAYS_NOTHING = declare(
    "stays-nothing", 422, _("没有一行可以导入：共 {rows} 行，拒收 {rejected} 行。"), _("请按拒收原因改正后重新上传。")
)
STAYS_NOT_READY = declare(
    "stays-not-ready", 409, _("这份文件现在不能这样操作（{state}）。"), _("请刷新页面，看看它进行到哪一步了。")
)
STAYS_FAILED = declare("stays-failed", 500, _("处理中途出错，什么都没有写入。"), _("请重试；仍不行请联系系统管理员。"))
STAYS_KIND_UNKNOWN = declare("stays-kind-unknown", 422, _("没有名为“{wanted}”的文件类别。"), _("可用的类别：{kinds}。"))
