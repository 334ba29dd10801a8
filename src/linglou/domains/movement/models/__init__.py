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
from linglou.domains.movement.models.stays import (
    Direction,
    Place,
    PlaceKind,
    Seat,
    Stay,
    StayFile,
    StayImport,
    StayImportRow,
    StayImportState,
    StaySource,
    StayVerdict,
)
from linglou.domains.movement.models.whereabouts import Means, RegionStay, Source, Trip

__all__ = [
    "AreaImport", "AreaImportState", "CallBack", "Category", "Direction", "Means", "Place", "PlaceKind", "RegionStay", "ReportedContact",
    "Sample", "Screening", "ScreeningEvent", "ScreeningRun", "Seat", "Source", "State", "Stay", "StayFile", "StayImport", "StayImportRow",
    "StayImportState", "StaySource", "StayVerdict", "ToScreen", "Trip",
]  # fmt: skip
