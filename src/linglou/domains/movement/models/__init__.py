"""Tables of whereabouts, one file per idea."""

from linglou.domains.movement.models.areas import AreaImport, AreaImportState
from linglou.domains.movement.models.checks import CallBack, Sample
from linglou.domains.movement.models.screening import (
    Category,
    ReportedContact,
    Screening,
    ScreeningEvent,
    ScreeningRun,
    State,
    ToScreen,
)
from linglou.domains.movement.models.stays import Place, PlaceKind, Seat, Stay, StaySource
from linglou.domains.movement.models.whereabouts import Means, RegionStay, Source, Trip

__all__ = [
    "AreaImport", "AreaImportState", "CallBack", "Category", "Means", "Place", "PlaceKind", "RegionStay", "ReportedContact",
    "Sample", "Screening", "ScreeningEvent", "ScreeningRun", "Seat", "Source", "State", "Stay", "StaySource", "ToScreen", "Trip",
]  # fmt: skip
