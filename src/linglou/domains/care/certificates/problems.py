"""Refusals about certificates."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

ALREADY_REVOKED = declare("certificate-revoked", 409, _("证明 {number} 已经撤销。"), _("如仍需要证明，请重新办理后另行签发。"))
WHY_REVOKED = declare("certificate-reason-needed", 422, _("撤销证明必须写明原因。"), _("原因留在证明上，本人也能看到。"))
