"""What every row of the rulebook says of itself: who issued it, where, from when to when, and whether it was verified."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Strict(BaseModel):
    """Read as it stands or not at all: an unknown key is a misspelt one."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))


class Text(Strict):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Clock(Strict):
    """Who has to act on a finding, and within how many minutes."""

    role: Literal["counsellor", "clinic", "college-secretary", "prevention-office", "command-group"]
    minutes: int = Field(gt=0, le=10080)


class Row(Strict):
    """What every rule says of where it comes from. ``verified`` is false when the fact was not read in its source;
    ``effective_from`` is None when the day could not be established."""

    rule_id: str = Field(pattern=r"^[A-Z0-9-]+$")
    title: Text
    issuer: str = Field(min_length=1)
    doc_no: str
    edition: str = Field(min_length=1)
    effective_from: date | None
    effective_to: date | None
    jurisdiction: str = Field(min_length=1)
    source: str
    verified: bool
    caveat: Text | None = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> Row:
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to before effective_from")
        if self.verified and not self.source:
            raise ValueError("a verified row names its source")
        return self

    def holds_on(self, on: date) -> bool:
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )

    def meets(self, other: Row) -> bool:
        """Whether there may be a day on which both hold (an open end is open)."""
        starts_late = self.effective_from and other.effective_to and self.effective_from > other.effective_to
        ends_early = self.effective_to and other.effective_from and self.effective_to < other.effective_from
        return not (starts_late or ends_early)
