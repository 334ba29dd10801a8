"""Levels and command groups to test with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from linglou.domains.command.group import actions as group
from linglou.domains.command.levels import actions as levels
from linglou.domains.command.levels import queries
from linglou.domains.command.models import LevelChange, Member, Position
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Person
from linglou.kernel import clock
from tests.factories.people import Campus, actor, holder


def switch(
    campus: Campus, level: str, *, at: datetime | None = None, from_at: datetime | None = None, **basis: Any
) -> LevelChange:
    """The command group records a level, as its preview shows it."""
    at = at or clock.now()
    shown = queries.preview(campus.school.pk, level, from_at=from_at, at=at)
    typed = {"issuer": "云泽省人民政府", "document": "关于调整应急响应级别的通告", "number": ""} | basis
    return levels.switch(level=level, from_at=from_at, previewed=shown.fingerprint, by=actor(campus.command), at=at, **typed)


def member(
    campus: Campus, position: str = Position.MEMBER, *, person: Person | None = None, deputy: Person | None = None
) -> Member:
    """A member of the command group, who holds its post."""
    person = person or holder(Role.COMMAND_GROUP, campus.school)
    at = clock.now() - timedelta(days=1)
    return group.add_member(person=person, position=position, duty="副校长", deputy=deputy, by=actor(campus.office), at=at)
