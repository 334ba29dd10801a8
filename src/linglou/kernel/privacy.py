"""Classification of model fields: every field is public, internal, personal or sensitive, and has a retention.

    class Person(models.Model):
        privacy = classify(public="id school kind", personal="name", sensitive="id_number", retention=MEMBERSHIP)

A test walks every model and fails on a field that is not named.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Retention(StrEnum):
    """How long a row is kept (突发事件应对法 Art. 85; PIPL Art. 19)."""

    PERMANENT = "kept: structure and aggregates without personal data"
    MEMBERSHIP = "while the person belongs to the school, then one year"
    RESPONSE = "until the response ends, then purged after assessment"
    AUDIT = "three years (PIPL Art. 56)"
    TRANSIENT = "ninety days"


@dataclass(frozen=True)
class Classification:
    levels: dict[str, Level]
    retention: Retention


def classify(
    *, retention: Retention, public: str = "", internal: str = "", personal: str = "", sensitive: str = ""
) -> Classification:
    """Name every field of a model once, space-separated. Raises ``ValueError`` when a field is named twice."""
    levels: dict[str, Level] = {}
    for level, names in zip(Level, (public, internal, personal, sensitive), strict=True):
        for name in names.split():
            if name in levels:
                raise ValueError(f"field classified twice: {name}")
            levels[name] = level
    return Classification(levels, retention)
