"""Tables of whereabouts, one file per idea."""

from linglou.domains.movement.models.areas import AreaImport, AreaImportState

__all__ = ["AreaImport", "AreaImportState"]
