"""Refusals of a roster import as a whole; those of single rows are in ``reasons``."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

FILE_MISSING = declare("file-missing", 422, _("还没有选择文件。"), _("请选择一份名册文件再上传。"))
FILE_EMPTY = declare("file-empty", 422, _("文件是空的。"), _("请重新选择文件。"))
FILE_TOO_LARGE = declare(
    "file-too-large", 413, _("文件过大（{size} MB，上限 {limit} MB）。"), _("请删去图片和多余的工作表，或拆成几个文件再上传。")
)
FILE_TOO_MANY_ROWS = declare(
    "file-too-many-rows", 413, _("文件行数过多（上限 {limit} 行）。"), _("请按学院或年级拆成几个文件再上传。")
)
FILE_UNREADABLE = declare(
    "file-unreadable",
    422,
    _("打不开这个文件。"),
    _("请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传；也可以使用 .xls、.ods 或 .csv。"),
)
FILE_PROTECTED = declare("file-protected", 422, _("文件设了密码，打不开。"), _("请取消密码保护，另存后再上传。"))
FILE_IS_WEB_PAGE = declare(
    "file-is-web-page", 422, _("这其实是网页文件，只是扩展名像表格。"), _("请用 Excel 或 WPS 打开它，另存为 .xlsx 后再上传。")
)
FILE_ENCODING_UNKNOWN = declare(
    "file-encoding-unknown",
    422,
    _("认不出文件的文字编码。"),
    _("请用 Excel 或 WPS 另存为 .xlsx，或存为 UTF-8 编码的 .csv 后再上传。"),
)
FILE_HAS_NO_HEADER = declare(
    "file-has-no-header", 422, _("没有找到表头。"), _("表头至少要有“学号”（或“工号”）和“姓名”两列；可下载模板对照。")
)
COLUMN_MISSING = declare(
    "column-missing", 422, _("没有找到必需的列：{columns}。"), _("请在“列的对应”中指定是哪一列，或在文件中补上后重新上传。")
)
COLUMN_UNKNOWN = declare("column-unknown", 422, _("没有名为“{field}”的字段。"), _("可用的字段：{fields}。"))
NOTHING_TO_IMPORT = declare(
    "nothing-to-import", 422, _("没有一行可以导入：共 {rows} 行，拒收 {rejected} 行。"), _("请按拒收原因改正后重新上传。")
)
IMPORT_NOT_READY = declare(
    "import-not-ready", 409, _("这份名册现在不能这样操作（{state}）。"), _("请刷新页面，看看它进行到哪一步了。")
)
IMPORT_OUT_OF_DATE = declare(
    "import-out-of-date", 409, _("预览之后名册又有变动，预览已经过时。"), _("已重新核对，请再看一遍预览后导入。")
)
LEAVER_HOLDS_POST = declare(
    "leaver-holds-post",
    409,
    _("{name}任{role}，离校会免去这个岗位，而您无权免去它。"),
    _("请先由有权的人免去岗位，或在“离校”一栏取消勾选后再导入。"),
)
IMPORT_FILE_GONE = declare("import-file-gone", 410, _("这份文件已经删除。"), _("请重新上传。"))
IMPORT_FAILED = declare("import-failed", 500, _("导入中途出错，什么都没有写入。"), _("请重试；仍不行请联系系统管理员。"))
SCHOOL_UNCLEAR = declare("school-unclear", 422, _("不清楚要导入到哪所学校。"), _("请用 --school 指定：{schools}。"))
