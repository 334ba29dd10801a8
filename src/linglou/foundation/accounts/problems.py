"""Refusals of the accounts foundation."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.common_problems import INTERNAL_ERROR as INTERNAL_ERROR  # declared for every floor
from linglou.kernel.problems import declare

SECOND_FACTOR_REQUIRED = declare(
    "second-factor-required", 403, _("您的岗位需要二次验证。"), _("请先在“我的账号”里完成二次验证，再继续操作。")
)
ACTIVATION_REFUSED = declare(
    "activation-refused",
    422,
    _("学号/工号或激活码不对，或者激活码已用过、已过期。"),
    _("请核对纸条上的内容；激活码里没有字母 I、L、O、U。仍不成功请联系辅导员重新发码。"),
)
PASSWORD_REFUSED = declare("password-refused", 422, _("密码不符合要求。"), _("请按提示换一个密码。"))
PASSWORDS_DIFFER = declare("passwords-differ", 422, _("两次输入的密码不一样。"), _("请重新输入一遍。"))
ACCOUNT_EXISTS = declare(
    "account-exists", 409, _("{name}已经有账号。"), _("如本人忘记密码，请学校的系统管理员或疫情防控办公室为其重置。")
)
LOGIN_TAKEN = declare("login-taken", 409, _("登录名“{login}”已被占用。"), _("请核对学号/工号是否重复。"))
ABOVE_YOUR_SCOPE = declare(
    "above-your-scope",
    403,
    _("{name}担任的岗位超出您的管理范围，您不能为其发激活码。"),
    _("请由学校的系统管理员或疫情防控办公室发放。"),
)
NOBODY_TO_ACTIVATE = declare(
    "nobody-to-activate", 409, _("“{unit}”里没有需要发激活码的人。"), _("所有人都已激活，或名册还没有导入。")
)
TOO_MANY_FOR_ONE_SHEET = declare(
    "too-many-for-one-sheet", 409, _("一次最多为 {limit} 人发码，这里有 {count} 人。"), _("请选择下一级单位，分批发放。")
)
BAD_TOKEN = declare("bad-token", 401, _("接口令牌无效、已过期或已撤销。"), _("请登录后在“接口令牌”页重新创建。"))
TOKEN_VERBS_REFUSED = declare(
    "token-verbs-refused", 403, _("令牌不能拥有您没有的权限（{verbs}）。"), _("请只勾选您自己的岗位所具有的权限。")
)
TOO_MANY_TOKENS = declare("too-many-tokens", 409, _("有效的令牌最多 {limit} 个。"), _("请先撤销不再使用的令牌。"))
TOKEN_FROM_TOKEN = declare("token-from-token", 403, _("不能用令牌创建令牌。"), _("请登录后在“接口令牌”页创建。"))
SCHOOL_EXISTS = declare("school-exists", 404, _("没有找到，或您无权查看。"), _("系统已经完成初始化，请直接登录。"))
EXPORT_TOO_LARGE = declare("export-too-large", 409, _("一次最多导出 {limit} 条记录。"), _("请缩短日期范围后再导出。"))
