"""Problems that any floor may raise."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

NOT_FOUND = declare("not-found", 404, _("没有找到，或您无权查看。"), _("请核对链接；如确需查看，请联系本单位管理员。"))
NOT_LOGGED_IN = declare("not-logged-in", 401, _("您还没有登录。"), _("请先登录再操作。"))
NOT_ALLOWED = declare(
    "not-allowed", 403, _("您的岗位不能做这项操作（{verb}）。"), _("如工作需要，请联系本单位管理员调整岗位。")
)
INVALID_INPUT = declare("invalid-input", 422, _("有内容填写不对。"), _("请按每一项的提示修改后再提交，其余内容已保留。"))
MALFORMED_BODY = declare("malformed-body", 400, _("提交的内容无法识别。"), _("请发送 UTF-8 编码的 JSON 对象。"))
TOO_LARGE = declare("too-large", 413, _("提交的内容过大（上限 {limit} 字节）。"), _("请删减后再提交。"))
BUSY = declare(
    "busy", 503, _("此刻填报人数较多，这一份还没有收下。"), _("请在 {seconds} 秒后重试；没有收到回执就不算提交成功。")
)
DATABASE_AWAY = declare(
    "database-away", 503, _("数据库暂时连不上，这一份还没有收下。"), _("请稍后重试；没有收到回执就不算提交成功。")
)
TOO_MANY_TRIES = declare("too-many-tries", 429, _("尝试次数过多。"), _("请在 {seconds} 秒后再试。"))
FORM_EXPIRED = declare(
    "form-expired", 403, _("页面放得太久，这一次没有提交。"), _("请返回上一页，刷新后重新提交；浏览器须允许保存 Cookie。")
)
NO_CHINESE_FONT = declare(
    "no-chinese-font",
    409,
    _("服务器上没有中文字体，无法生成 PDF。"),
    _("请改用 Excel 或 Word 文件，或请运维人员安装中文字体（如 fonts-noto-cjk）后重试。"),
)
INTERNAL_ERROR = declare(
    "internal-error", 500, _("系统出错了，这一次操作没有完成。"), _("请稍后重试；仍然不行，请把时间和页面告诉本单位管理员。")
)
