"""Pure decisions about people: what stands under what, which post is held where and by whom, who may give it, and what the
responsible chain is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from linglou.foundation.access.roles import POLICY, Role
from linglou.foundation.access.verbs import Verb

# -- units ---------------------------------------------------------------------------------------------------------------

# What may be opened under a unit: kind of the parent -> (tree, kind). None is the top: what only an installation opens.
CHILDREN: dict[str | None, tuple[tuple[str, str], ...]] = {
    None: (("administration", "authority"), ("administration", "school")),
    "authority": (("administration", "authority"), ("administration", "school")),
    "school": (
        ("administration", "college"),
        ("administration", "department"),
        ("residence", "campus"),
        ("party", "committee"),
    ),
    "college": (("administration", "class"), ("administration", "department")),
    "department": (("administration", "department"),),
    "campus": (("residence", "building"),),
    "building": (("residence", "floor"), ("residence", "room")),
    "floor": (("residence", "room"),),
    "committee": (("party", "general-branch"), ("party", "branch")),
    "general-branch": (("party", "branch"),),
}

# Units that people belong to themselves. Of the others they belong to a part.
HAVE_MEMBERS = frozenset({"school", "college", "department", "class", "room", "committee", "general-branch", "branch"})


def may_stand_under(tree: str, kind: str, parent_kind: str | None) -> bool:
    return (tree, kind) in CHILDREN.get(parent_kind, ())


# Why somebody leaves: the school altogether (None), or one of their units. Codes, so that no illness is ever written here.
LEAVE_REASONS: dict[str, Any] = {
    "graduated": _("毕业"),
    "transferred": _("转学或调离"),
    "suspended": _("休学"),
    "withdrawn": _("退学"),
    "resigned": _("离职或退休"),
    "deceased": _("去世"),
    "moved-out": _("退宿"),
    "reorganised": _("单位调整"),
    "mistake": _("录入有误"),
    "other": _("其他"),
}
REASONS_TO_LEAVE: dict[str | None, tuple[str, ...]] = {
    None: ("graduated", "transferred", "suspended", "withdrawn", "resigned", "deceased", "mistake", "other"),
    "administration": ("reorganised", "transferred", "mistake", "other"),
    "residence": ("moved-out", "reorganised", "mistake", "other"),
    "party": ("transferred", "reorganised", "mistake", "other"),
}

# -- posts ---------------------------------------------------------------------------------------------------------------

# Where each post is held. A guardian's is held for a person, at no unit.
POSTS_AT: dict[Role, frozenset[str]] = {
    Role.CLASS_MONITOR: frozenset({"class"}),
    Role.ROOM_HEAD: frozenset({"room"}),
    Role.COUNSELLOR: frozenset({"class", "college"}),
    Role.COLLEGE_SECRETARY: frozenset({"college"}),
    Role.DEAN: frozenset({"college"}),
    Role.BRANCH_SECRETARY: frozenset({"branch", "general-branch", "committee"}),
    Role.CLINIC: frozenset({"school"}),
    Role.COUNSELLING: frozenset({"school", "college"}),
    Role.LOGISTICS: frozenset({"school", "campus", "building"}),
    Role.GATE: frozenset({"school", "campus"}),
    Role.PREVENTION_OFFICE: frozenset({"school"}),
    Role.COMMAND_GROUP: frozenset({"school"}),
    Role.AUDITOR: frozenset({"school"}),
    Role.AUTHORITY_VIEWER: frozenset({"authority", "school"}),
    Role.ADMINISTRATOR: frozenset({"school"}),
    Role.GUARDIAN: frozenset(),
}

# Who may hold it. Postgraduates serve as counsellors and as branch secretaries; a member of staff may be somebody's parent.
STAFF = frozenset({"staff"})
POSTS_FOR: dict[Role, frozenset[str]] = dict.fromkeys(Role, STAFF) | {
    Role.CLASS_MONITOR: frozenset({"student"}),
    Role.ROOM_HEAD: frozenset({"student"}),
    Role.COUNSELLOR: frozenset({"staff", "student"}),
    Role.BRANCH_SECRETARY: frozenset({"staff", "student"}),
    Role.GUARDIAN: frozenset({"guardian", "staff"}),
}

# Separation of duties: posts that one person never holds together.
# The auditor reads the trail of the others, so holds none of the posts that leave one.
# The administrator gives out accounts and posts and sees no health data, so holds no post that sees an answer.
SEES_ANSWERS = frozenset(role for role in Role if Verb.SEE_WHAT in POLICY[role].verbs and role is not Role.GUARDIAN)
LEAVES_A_TRAIL = frozenset(role for role in Role if role not in {Role.AUDITOR, Role.GUARDIAN, Role.AUTHORITY_VIEWER})
APART: dict[Role, frozenset[Role]] = {
    Role.AUDITOR: LEAVES_A_TRAIL,
    Role.ADMINISTRATOR: SEES_ANSWERS | {Role.AUDITOR},
}

# Who may give and end which posts (with the verb APPOINT over the unit). The office appoints everybody who runs the response;
# the posts that guard the system, and the office itself, are the administrator's to give. Nobody gives themselves a post.
EVERYDAY = frozenset(
    {
        Role.CLASS_MONITOR, Role.ROOM_HEAD, Role.COUNSELLOR, Role.COLLEGE_SECRETARY, Role.DEAN, Role.BRANCH_SECRETARY,
        Role.CLINIC, Role.COUNSELLING, Role.LOGISTICS, Role.GATE, Role.GUARDIAN,
    }
)  # fmt: skip
GIVES: dict[Role, frozenset[Role]] = {
    Role.PREVENTION_OFFICE: EVERYDAY,
    Role.ADMINISTRATOR: frozenset(Role),
}


def roles_at(unit_kind: str) -> tuple[Role, ...]:
    """The posts that can be held at a unit of this kind, in the policy's order."""
    return tuple(role for role in Role if unit_kind in POSTS_AT[role])


def may_give(givers: Iterable[Role], role: Role) -> bool:
    """Whether somebody who holds ``givers`` over the unit may give and end ``role``."""
    return any(role in GIVES.get(giver, ()) for giver in givers)


def conflicts(role: Role, held: Iterable[Role]) -> tuple[Role, ...]:
    """Which of the posts ``held`` by a person exclude ``role``."""
    return tuple(other for other in held if other in APART.get(role, ()) or role in APART.get(other, ()))


# -- the responsible chain -----------------------------------------------------------------------------------------------

# The responsible chain, nearest first. Links of one step share it: any holder of either acts.
CHAIN: tuple[tuple[Role, ...], ...] = (
    (Role.CLASS_MONITOR,),
    (Role.COUNSELLOR,),
    (Role.COLLEGE_SECRETARY, Role.DEAN),
    (Role.PREVENTION_OFFICE,),
    (Role.COMMAND_GROUP,),
)

# A step is owed only where the person stands in (or under) a unit of this kind. So a class owes all five, a college's own
# staff the last three, and a department directly under the school the last two: there the office itself is the nearest.
STEP_OWED_IN: dict[tuple[Role, ...], str] = {
    CHAIN[0]: "class",
    CHAIN[1]: "class",
    CHAIN[2]: "college",
    CHAIN[3]: "school",
    CHAIN[4]: "school",
}

# Who may own a task about a person, nearest first: a monitor helps to find people, but owns no task.
OWNERS: tuple[Role, ...] = (
    Role.COUNSELLOR,
    Role.COLLEGE_SECRETARY,
    Role.DEAN,
    Role.PREVENTION_OFFICE,
    Role.COMMAND_GROUP,
)


def chain_in(kinds: Iterable[str]) -> list[tuple[Role, ...]]:
    """The steps owed to somebody whose unit and its ancestors are of these kinds."""
    present = set(kinds)
    return [step for step in CHAIN if STEP_OWED_IN[step] in present]


# -- the chain audit -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """Every open unit of ``unit_kind`` has somebody in one of ``roles`` (``upward``: or above it; ``lived_in``: if people
    belong to it). Without: a finding."""

    code: str
    unit_kind: str
    roles: tuple[Role, ...]
    is_hole: bool = True
    upward: bool = False
    lived_in: bool = False


NEEDS: tuple[Need, ...] = (
    Need("class-without-monitor", "class", (Role.CLASS_MONITOR,)),
    Need("class-without-counsellor", "class", (Role.COUNSELLOR,), upward=True),
    Need("college-without-head", "college", (Role.COLLEGE_SECRETARY, Role.DEAN)),
    Need("school-without-office", "school", (Role.PREVENTION_OFFICE,)),
    Need("school-without-command", "school", (Role.COMMAND_GROUP,)),
    # Vacant posts: the chain holds without them, and somebody should still be found.
    Need("secretary-vacant", "college", (Role.COLLEGE_SECRETARY,), is_hole=False),
    Need("dean-vacant", "college", (Role.DEAN,), is_hole=False),
    Need("clinic-vacant", "school", (Role.CLINIC,), is_hole=False),
    Need("counselling-vacant", "school", (Role.COUNSELLING,), is_hole=False),
    Need("logistics-vacant", "school", (Role.LOGISTICS,), is_hole=False),
    Need("gate-vacant", "school", (Role.GATE,), is_hole=False),
    Need("auditor-vacant", "school", (Role.AUDITOR,), is_hole=False),
    Need("branch-without-secretary", "branch", (Role.BRANCH_SECRETARY,), is_hole=False),
    Need("branch-without-secretary", "general-branch", (Role.BRANCH_SECRETARY,), is_hole=False),
    # A room head is no step of the chain, and rooms are many: only those that somebody lives in.
    Need("room-without-head", "room", (Role.ROOM_HEAD,), is_hole=False, lived_in=True),
)


def is_needed(role: Role, unit_kind: str) -> bool:
    """Whether the audit speaks up when nobody holds ``role`` at a unit of this kind (a counsellor may stand above a class)."""
    return any(role in need.roles and need.unit_kind == unit_kind and not need.upward for need in NEEDS)


PERSON_HOLES = ("person-without-unit", "post-held-by-leaver")
PERSON_WARNINGS = ("student-outside-class", "counsellor-overloaded")
HOLES = frozenset({need.code for need in NEEDS if need.is_hole} | set(PERSON_HOLES))

# 教育部令第 43 号 asks for one counsellor to 200 students; twice that is more than one person can call in a morning.
STUDENTS_PER_COUNSELLOR = 400
