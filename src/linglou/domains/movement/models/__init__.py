"""Tables of whereabouts, one file per idea."""

from linglou.domains.movement.models.areas import AreaImport, AreaImportState
from linglou.domains.movement.models.stays import Place, PlaceKind, Seat, Stay, StaySource

__all__ = ["AreaImport", "AreaImportState", "Place", "PlaceKind", "Seat", "Stay", "StaySource"]
