"""Whoever tells something new of their whereabouts, is reported as a contact, or whose signals change, is screened again at once."""

from __future__ import annotations

from datetime import datetime

from linglou.domains.movement import rescreening


def run(*, at: datetime) -> int:
    """How many people were looked at."""
    looked = 0
    for school_id in rescreening.schools_to_look_at(at=at):
        while done := rescreening.persons(school_id, at=at):
            looked += done
            if done < rescreening.BATCH:
                break
    return looked
