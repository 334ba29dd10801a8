"""Pure decisions about accounts: who may hand out a code for whom, what a log-in and a code look like when typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.actor import Grant
from linglou.foundation.access.roles import POLICY, Role
from linglou.foundation.access.verbs import Verb

CODE_LETTERS = 12
CODE_GROUP = 4
CODE_DAYS = (1, 3, 7, 14, 30)
CODE_DAYS_DEFAULT = 14
SHEET_LIMIT = 3000

TOKEN_MARK = "ll_"
TOKEN_DAYS = (7, 30, 90, 180, 365)
TOKEN_LIMIT = 20
TOKEN_USE_NOTED_EVERY = timedelta(minutes=1)

# The window of settings.ACCOUNT_RATE_LIMITS["activate"].
ACTIVATION_WAIT_SECONDS = 300

VERB_NAMES = {
    Verb.SEE_NAMES: _("看名单（姓名、学号）"),
    Verb.SEE_CONTACT: _("看电话号码"),
    Verb.SEE_IDENTITY: _("看证件号码"),
    Verb.IMPORT_ROSTER: _("导入名册"),
    Verb.MANAGE_UNITS: _("管理单位"),
    Verb.APPOINT: _("任免岗位"),
    Verb.AUDIT_CHAIN: _("检查责任链"),
    Verb.ISSUE_CODES: _("发放激活码"),
    Verb.SEE_WHETHER: _("看是否填报"),
    Verb.SEE_WHAT: _("看填报内容"),
    Verb.REPORT_FOR: _("代报"),
    Verb.LOG_CONTACT: _("记录联系情况"),
    Verb.EXCUSE: _("批准免报"),
    Verb.CONFIRM_UNIT: _("确认单位零报告"),
    Verb.SEE_BOARD: _("看进度"),
    Verb.EDIT_SCHEDULE: _("编辑轮次安排"),
    Verb.EDIT_FORM: _("编辑表单"),
    Verb.CLOSE_ROUND: _("结账"),
    Verb.SEE_CLOSING: _("看结账单"),
    Verb.SEE_SIGNALS: _("看异常信号"),
    Verb.HANDLE_SIGNALS: _("处置异常信号"),
    Verb.HANDLE_TASKS: _("处理任务"),
    Verb.EXPORT: _("导出名单"),
    Verb.SEE_WHEREABOUTS: _("看行踪和排查名单"),
    Verb.CHECK_WHEREABOUTS: _("核实行踪、办理排查"),
    Verb.KEEP_RISK_AREAS: _("维护风险地区"),
    Verb.IMPORT_STAYS: _("导入停留记录"),
    Verb.SEE_ALERTS: _("看预警"),
    Verb.HANDLE_ALERTS: _("处置预警"),
    Verb.SEE_CASES: _("看病例"),
    Verb.SEE_CLINICAL: _("看病例的临床资料"),
    Verb.OPEN_CASES: _("建立疑似病例"),
    Verb.HANDLE_CASES: _("处置病例"),
    Verb.REPORT_CASES: _("上报病例"),
    Verb.SEE_CARE: _("看医学观察和一人一策"),
    Verb.HANDLE_CARE: _("办理医学观察和一人一策"),
    Verb.RELEASE: _("延长、解除观察，开具证明"),
    Verb.KEEP_ROOMS: _("管理隔离房间"),
    Verb.TRACK_ABSENCES: _("登记和追踪因病缺课"),
    Verb.COUNSEL: _("看心理测评和咨询记录"),
    Verb.SEE_AUDIT: _("看审计日志"),
    Verb.CONFIGURE: _("系统设置"),
    Verb.SEE_COMMAND: _("看指挥部与分工"),
    Verb.SET_LEVEL: _("登记和撤销响应级别"),
    Verb.KEEP_GROUP: _("维护指挥部与分工"),
    Verb.SEE_RULES: _("看规则库"),
    Verb.KEEP_OWN_RULES: _("登记本校规定"),
}


class Obstacle(StrEnum):
    """Why a code is not handed out."""

    OUT_OF_SCOPE = "out-of-scope"  # answers as if the person did not exist
    HAS_ACCOUNT = "has-account"  # a reset, which only the school's own issuers do
    ABOVE_SCOPE = "above-scope"


@dataclass(frozen=True)
class Holding:
    """A post of the person who is to get a code: the role, and every path at which it lies (a guardian's: the ward's)."""

    role: Role
    paths: tuple[str, ...]


def obstacle(
    *, issuer: Sequence[Grant], school_path: str, paths: Iterable[str], holdings: Iterable[Holding], has_account: bool
) -> Obstacle | None:
    """Whether an issuer may hand a code to a person who belongs at ``paths`` and holds ``holdings``; None when nothing is in
    the way. Whoever issues for the whole school may issue for everybody in it, also to reset. Anybody else only for people in
    their own units, without an account, and never for a post that lies outside those units or gives more than they hold
    themselves: nobody gains by handing out a code."""
    issuing = [grant for grant in issuer if Verb.ISSUE_CODES in grant.verbs and grant.unit_id is not None]
    scopes = tuple(grant.path for grant in issuing)
    if not scopes:
        return Obstacle.OUT_OF_SCOPE
    if school_path.startswith(scopes):
        return None
    if not any(path.startswith(scopes) for path in paths):
        return Obstacle.OUT_OF_SCOPE
    if has_account:
        return Obstacle.HAS_ACCOUNT
    own = frozenset(verb for grant in issuing for verb in grant.verbs)
    for holding in holdings:
        inside = any(path.startswith(scopes) for path in holding.paths)
        if not inside or not POLICY[holding.role].verbs <= own:
            return Obstacle.ABOVE_SCOPE
    return None


def plain(typed: str) -> str:
    """What somebody typed or pasted for a number: full-width forms folded, spaces gone."""
    return "".join(unicodedata.normalize("NFKC", typed).split())


def login_of(number: str, school_code: str = "") -> str:
    """The log-in made of a number; with the school's code in front where two schools share the number."""
    login = plain(number).lower()
    return f"{plain(school_code).lower()}-{login}" if school_code else login


_LOOKALIKE = str.maketrans("ILO", "110")


def plain_code(typed: str) -> str:
    """A typed activation code in its one form: upper case, no dashes, look-alikes forgiven."""
    return "".join(c for c in plain(typed).upper().translate(_LOOKALIKE) if c.isalnum())


def printed_code(code: str) -> str:
    """``7KMW-29XQ-R4TB``: groups that the eye can hold."""
    return "-".join(code[n : n + CODE_GROUP] for n in range(0, len(code), CODE_GROUP))


def token_verbs(wanted: Iterable[str], own: Iterable[Verb]) -> tuple[frozenset[Verb], tuple[str, ...]]:
    """The verbs a token gets, and those of the wanted ones that its owner does not have."""
    held = {verb.value for verb in own}
    refused = tuple(sorted(set(wanted) - held))
    return frozenset(Verb(verb) for verb in wanted if verb in held), refused
