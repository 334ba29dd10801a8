"""Refusals of the people foundation."""

from django.utils.translation import gettext_lazy as _

from linglou.kernel.problems import declare

ENDS_BEFORE_START = declare(
    "ends-before-start", 422, _("结束时间（{ends}）早于开始时间（{starts}）。"), _("请改正时间后再提交。")
)
UNIT_NAME_TAKEN = declare("unit-name-taken", 409, _("“{name}”在上级单位下已经存在。"), _("请换一个名称，或直接使用已有单位。"))
UNIT_KIND_NOT_HERE = declare(
    "unit-kind-not-here", 422, _("“{parent}”下面不能设这一类单位（{wanted}）。"), _("请在正确的上级单位下新设。")
)
UNIT_CLOSED = declare("unit-closed", 409, _("“{name}”已经撤销。"), _("请选择一个在用的单位。"))
UNIT_NOT_EMPTY = declare(
    "unit-not-empty",
    409,
    _("“{name}”还不能撤销：其中还有 {members} 人、{children} 个下级单位。"),
    _("请先把人员转走、撤销下级单位，再来撤销它。"),
)
UNIT_STILL_STAFFED = declare(
    "unit-still-staffed", 409, _("“{name}”还不能撤销：还有 {posts} 个岗位在任。"), _("请先免去这些岗位。")
)
UNIT_HAS_NO_MEMBERS = declare(
    "unit-has-no-members", 422, _("人员不能直接归入“{name}”。"), _("请选择它下面的班级、部门、寝室或支部。")
)
ALREADY_THERE = declare("already-there", 409, _("{name}已经在“{unit}”。"), _("无需重复转入。"))
NOT_A_MEMBER = declare("not-a-member", 409, _("{name}现在没有这一类隶属。"), _("请刷新页面，看看是否已经有人办理。"))
POST_ALREADY_HELD = declare("post-already-held", 409, _("{name}已经担任这一岗位。"), _("无需重复任命。"))
POST_NOT_HERE = declare("post-not-here", 422, _("“{unit}”不设“{role}”岗位。"), _("请到设有这一岗位的单位任命。"))
POST_NOT_FOR_THEM = declare(
    "post-not-for-them", 422, _("{name}的人员类别不能担任“{role}”。"), _("请另选一人，或先更正其人员类别。")
)
POSTS_APART = declare(
    "posts-apart",
    409,
    _("{name}现任“{held}”，不能兼任“{role}”。"),
    _("这两个岗位须由不同的人担任；请另选一人，或先免去原岗位。"),
)
OWN_POST = declare("own-post", 403, _("不能给自己任命或免去岗位。"), _("请由另一位有任命权限的同事办理。"))
POST_NOT_YOURS_TO_GIVE = declare("post-not-yours-to-give", 403, _("您的岗位不能任免“{role}”。"), _("请联系系统管理员办理。"))
POST_ENDED = declare("post-ended", 409, _("{name}的这一任职已经结束。"), _("请刷新页面，看看是否已经有人办理。"))
LAST_ADMINISTRATOR = declare(
    "last-administrator", 409, _("{name}是最后一位系统管理员，不能免去。"), _("请先任命另一位系统管理员。")
)
WARD_IS_THEMSELVES = declare("ward-is-themselves", 422, _("不能任命{name}为自己的家长。"), _("请另选一人。"))
CHAIN_HAS_HOLES = declare(
    "chain-has-holes", 409, _("责任链还有 {holes} 处缺口，不能确认就绪。"), _("请按责任链检查的清单逐项补齐后再确认。")
)
NUMBER_TAKEN = declare(
    "number-taken",
    409,
    _("学号/工号 {number} 已经登记在{name}名下。"),
    _("如是同一人，请到其页面更正或转入；否则请核对号码。"),
)
KIND_HELD_BY_POST = declare(
    "kind-held-by-post", 409, _("{name}现任“{role}”，人员类别不能这样改。"), _("请先免去这一岗位，再更正人员类别。")
)
