"""Pure decisions about people: what the responsible chain is made of."""

from __future__ import annotations

from linglou.foundation.access.roles import Role

# The responsible chain, nearest first. Links of one step share it: any holder of either acts.
CHAIN: tuple[tuple[Role, ...], ...] = (
    (Role.CLASS_MONITOR,),
    (Role.COUNSELLOR,),
    (Role.COLLEGE_SECRETARY, Role.DEAN),
    (Role.PREVENTION_OFFICE,),
    (Role.COMMAND_GROUP,),
)

# Who may own a task about a person, nearest first: a monitor helps to find people, but owns no task.
OWNERS: tuple[Role, ...] = (
    Role.COUNSELLOR,
    Role.COLLEGE_SECRETARY,
    Role.DEAN,
    Role.PREVENTION_OFFICE,
    Role.COMMAND_GROUP,
)
