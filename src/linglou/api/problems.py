"""Refusals of the API itself."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

METHOD_NOT_ALLOWED = declare("method-not-allowed", 405, _("这个地址不支持 {method} 请求。"), _("请改用：{allowed}。"))
CSRF_REFUSED = declare(
    "csrf-refused", 403, _("请求缺少防伪造校验。"), _("用浏览器会话调用时请带上 X-CSRFToken；程序请改用接口令牌。")
)
REFUSED = declare("request-refused", 400, _("请求没有被接受。"), _("请对照接口文档检查请求。"))
