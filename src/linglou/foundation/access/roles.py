"""The whole access policy on one page: role -> verbs, over the scope of the unit (or person) the post is held at.

A class monitor sees *whether*, never *what*; the authority sees aggregates, never names; the administrator sees no health
data; the auditor sees the trail, not the answers. Everybody reports for themselves: that needs no post.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.verbs import Verb as V


class Role(StrEnum):
    CLASS_MONITOR = "class-monitor"
    ROOM_HEAD = "room-head"
    COUNSELLOR = "counsellor"
    COLLEGE_SECRETARY = "college-secretary"
    DEAN = "dean"
    BRANCH_SECRETARY = "branch-secretary"
    CLINIC = "clinic"
    COUNSELLING = "counselling"
    LOGISTICS = "logistics"
    GATE = "gate"
    PREVENTION_OFFICE = "prevention-office"
    COMMAND_GROUP = "command-group"
    AUDITOR = "auditor"
    AUTHORITY_VIEWER = "authority-viewer"
    ADMINISTRATOR = "administrator"
    GUARDIAN = "guardian"

    @property
    def label(self) -> str:
        return str(ROLE_NAMES[self])


ROLE_NAMES = {
    Role.CLASS_MONITOR: _("班长"),
    Role.ROOM_HEAD: _("寝室长"),
    Role.COUNSELLOR: _("辅导员"),
    Role.COLLEGE_SECRETARY: _("学院党委书记"),
    Role.DEAN: _("院长"),
    Role.BRANCH_SECRETARY: _("党支部书记"),
    Role.CLINIC: _("校医院"),
    Role.COUNSELLING: _("心理咨询中心"),
    Role.LOGISTICS: _("后勤"),
    Role.GATE: _("门岗"),
    Role.PREVENTION_OFFICE: _("疫情防控办公室"),
    Role.COMMAND_GROUP: _("疫情防控指挥部"),
    Role.AUDITOR: _("审计"),
    Role.AUTHORITY_VIEWER: _("主管部门"),
    Role.ADMINISTRATOR: _("系统管理员"),
    Role.GUARDIAN: _("家长"),
}


@dataclass(frozen=True)
class Grants:
    """What a role may do in the subtree of the unit its post is held at (a guardian: for the ward)."""

    verbs: frozenset[V]
    second_factor: bool = True


def _grants(*verbs: V, second_factor: bool = True) -> Grants:
    return Grants(frozenset(verbs), second_factor)


_FOLLOW_UP = (V.SEE_NAMES, V.SEE_CONTACT, V.SEE_WHETHER, V.SEE_BOARD, V.LOG_CONTACT)
_LEAD_COLLEGE = (
    *_FOLLOW_UP, V.SEE_WHAT, V.EXCUSE, V.CONFIRM_UNIT, V.SEE_CLOSING, V.SEE_SIGNALS, V.HANDLE_TASKS, V.EXPORT, V.SEE_RULES,
    V.SEE_WHEREABOUTS, V.SEE_ALERTS, V.SEE_CASES, V.SEE_CARE, V.SEE_COMMAND,
)  # fmt: skip

POLICY: dict[Role, Grants] = {
    Role.CLASS_MONITOR: _grants(
        V.SEE_NAMES, V.SEE_WHETHER, V.SEE_BOARD, V.LOG_CONTACT, V.REPORT_FOR, second_factor=False
    ),
    Role.ROOM_HEAD: _grants(V.SEE_NAMES, V.SEE_WHETHER, V.LOG_CONTACT, second_factor=False),
    Role.COUNSELLOR: _grants(
        *_LEAD_COLLEGE, V.SEE_IDENTITY, V.REPORT_FOR, V.HANDLE_SIGNALS, V.ISSUE_CODES, V.CHECK_WHEREABOUTS, V.HANDLE_CARE,
        V.TRACK_ABSENCES,
    ),
    Role.COLLEGE_SECRETARY: _grants(
        *_LEAD_COLLEGE, V.AUDIT_CHAIN, V.HANDLE_SIGNALS, V.CHECK_WHEREABOUTS, V.HANDLE_CARE, V.TRACK_ABSENCES
    ),
    Role.DEAN: _grants(*_LEAD_COLLEGE, V.AUDIT_CHAIN),
    Role.BRANCH_SECRETARY: _grants(V.SEE_NAMES, V.SEE_BOARD, V.CONFIRM_UNIT, V.SEE_COMMAND),
    Role.CLINIC: _grants(
        V.SEE_NAMES, V.SEE_CONTACT, V.SEE_IDENTITY, V.SEE_WHETHER, V.SEE_WHAT, V.SEE_BOARD, V.SEE_SIGNALS,
        V.HANDLE_SIGNALS, V.SEE_RULES, V.SEE_WHEREABOUTS, V.CHECK_WHEREABOUTS, V.SEE_ALERTS, V.HANDLE_ALERTS, V.SEE_CASES,
        V.SEE_CLINICAL, V.OPEN_CASES, V.HANDLE_CASES, V.REPORT_CASES, V.SEE_CARE, V.HANDLE_CARE, V.RELEASE, V.KEEP_ROOMS,
        V.TRACK_ABSENCES, V.SEE_COMMAND,
    ),
    Role.COUNSELLING: _grants(V.SEE_NAMES, V.SEE_CONTACT, V.SEE_CARE, V.COUNSEL, V.SEE_COMMAND),
    Role.LOGISTICS: _grants(V.SEE_BOARD, V.KEEP_ROOMS, V.SEE_COMMAND),
    Role.GATE: _grants(V.SEE_BOARD, V.SEE_COMMAND),
    Role.PREVENTION_OFFICE: _grants(
        *_LEAD_COLLEGE, V.SEE_IDENTITY, V.REPORT_FOR, V.HANDLE_SIGNALS, V.AUDIT_CHAIN, V.IMPORT_ROSTER, V.MANAGE_UNITS,
        V.APPOINT, V.ISSUE_CODES, V.EDIT_SCHEDULE, V.EDIT_FORM, V.KEEP_OWN_RULES, V.CLOSE_ROUND, V.CHECK_WHEREABOUTS, V.KEEP_RISK_AREAS, V.IMPORT_STAYS,
        V.HANDLE_ALERTS, V.SEE_CLINICAL, V.OPEN_CASES, V.REPORT_CASES, V.HANDLE_CARE, V.KEEP_ROOMS, V.TRACK_ABSENCES,
        V.SET_LEVEL, V.KEEP_GROUP,
    ),
    Role.COMMAND_GROUP: _grants(
        V.SEE_NAMES, V.SEE_CONTACT, V.SEE_WHETHER, V.SEE_BOARD, V.SEE_CLOSING, V.SEE_SIGNALS, V.SEE_WHAT,
        V.HANDLE_TASKS, V.AUDIT_CHAIN, V.CLOSE_ROUND, V.EXPORT, V.SEE_RULES, V.SEE_WHEREABOUTS, V.SEE_ALERTS, V.SEE_CASES, V.SEE_CARE,
        V.SEE_COMMAND, V.SET_LEVEL, V.KEEP_GROUP,
    ),
    Role.AUDITOR: _grants(V.SEE_AUDIT, V.AUDIT_CHAIN, V.SEE_BOARD, V.SEE_RULES, V.SEE_COMMAND),
    Role.AUTHORITY_VIEWER: _grants(V.SEE_BOARD, V.SEE_RULES),
    Role.ADMINISTRATOR: _grants(
        V.IMPORT_ROSTER, V.MANAGE_UNITS, V.APPOINT, V.AUDIT_CHAIN, V.ISSUE_CODES, V.CONFIGURE, V.SEE_AUDIT, V.SEE_NAMES,
        V.SEE_RULES,
    ),
    Role.GUARDIAN: _grants(V.SEE_WHETHER, V.SEE_WHAT, V.REPORT_FOR, second_factor=False),
}  # fmt: skip
