"""A round asks everyone in an audience and closes with nobody unaccounted for.

A round's roster is not stored: it is derived from the memberships valid, and known, at ``roster_at``.
"""

from __future__ import annotations

from linglou.engines.rounds.models.answering import CURVE_BIN_MINUTES, CurvePoint, Response, Revision, Source, UnitCount
from linglou.engines.rounds.models.asking import WHEREABOUTS, Asks, Days, Enrolment, Form, NotAsked, Round, Schedule, State
from linglou.engines.rounds.models.closing import Closing, ClosingMissing, ClosingUnit
from linglou.engines.rounds.models.excuses import Excuse, ExcuseReason, RoundExcuse
from linglou.engines.rounds.models.reaching import Attempt, ContactAttempt, Reminder

__all__ = [
    "CURVE_BIN_MINUTES",
    "WHEREABOUTS",
    "Asks",
    "Attempt",
    "Closing",
    "ClosingMissing",
    "ClosingUnit",
    "ContactAttempt",
    "CurvePoint",
    "Days",
    "Enrolment",
    "Excuse",
    "ExcuseReason",
    "Form",
    "NotAsked",
    "Reminder",
    "Response",
    "Revision",
    "Round",
    "RoundExcuse",
    "Schedule",
    "Source",
    "State",
    "UnitCount",
]
