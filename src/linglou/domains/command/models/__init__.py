"""What command keeps, one idea a file."""

from linglou.domains.command.models.group import Member, OwnArea, Position, Responsibility
from linglou.domains.command.models.levels import Level, LevelChange, LevelProfile, LevelSchedule, LevelScheduleKind

__all__ = [
    "Level", "LevelChange", "LevelProfile", "LevelSchedule", "LevelScheduleKind", "Member", "OwnArea", "Position", "Responsibility",
]  # fmt: skip
