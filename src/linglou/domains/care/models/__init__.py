"""What care keeps, one idea a file."""

from linglou.domains.care.models.observation import Ground, Observation, ObservationEvent, ObservationState
from linglou.domains.care.models.plans import LogEntry, LogKind, Need, NeedKind, Plan, PlanState
from linglou.domains.care.models.rooms import PlaceKind, Placement, Room, Site

__all__ = [
    "Ground", "LogEntry", "LogKind", "Need", "NeedKind", "Observation", "ObservationEvent", "ObservationState", "PlaceKind",
    "Placement", "Plan", "PlanState", "Room", "Site",
]  # fmt: skip
