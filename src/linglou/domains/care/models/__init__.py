"""What care keeps, one idea a file."""

from linglou.domains.care.models.absences import Absence, AbsenceState, AbsentAt, FollowUp
from linglou.domains.care.models.certificates import Certificate, CertificateKind
from linglou.domains.care.models.counselling import Assessment, CounsellingNote, Instrument
from linglou.domains.care.models.observation import Ground, Observation, ObservationEvent, ObservationState
from linglou.domains.care.models.plans import LogEntry, LogKind, Need, NeedKind, Plan, PlanState
from linglou.domains.care.models.rooms import PlaceKind, Placement, Room, Site

__all__ = [
    "Absence", "AbsenceState", "AbsentAt", "Assessment", "Certificate", "CertificateKind", "CounsellingNote", "FollowUp", "Ground",
    "Instrument", "LogEntry", "LogKind", "Need", "NeedKind", "Observation", "ObservationEvent", "ObservationState", "PlaceKind",
    "Placement", "Plan", "PlanState", "Room", "Site",
]  # fmt: skip
