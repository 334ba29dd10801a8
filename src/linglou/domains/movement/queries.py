"""Reads of movement: the list of risk areas and what an uploaded one would change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from linglou.domains.movement import area_file, rules
from linglou.domains.movement.models import AreaImport
from linglou.domains.movement.rules import Area
from linglou.foundation.access.actor import Actor
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.models import RiskRegion
from linglou.kernel import regions
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


@dataclass(frozen=True)
class ShownArea:
    """A risk area as a page shows it. ``state``: now, coming, over, withdrawn."""

    entry: RiskRegion
    name: str
    level: str
    state: str


def shown_area(entry: RiskRegion, on: date) -> ShownArea:
    if entry.withdrawn_at:
        state = "withdrawn"
    elif entry.from_day > on:
        state = "coming"
    else:
        state = "over" if entry.to_day and entry.to_day < on else "now"
    level = str(rules.LEVELS.get(entry.level, entry.level))
    return ShownArea(entry, regions.name_of_prefix(entry.region), level, state)


def areas(school_id: int, on: date) -> list[ShownArea]:
    """What holds on a day, and what is to come after it."""
    return [shown_area(entry, on) for entry in rulebook.risk_regions_since(school_id, on)]


def past_areas(school_id: int, on: date) -> Any:
    """A queryset: what held once, the latest first."""
    return rulebook.past_risk_regions(school_id, on)


def area_of(actor: Actor, region_id: int) -> RiskRegion:
    """Raises ``Problem(NOT_FOUND)``."""
    entry = rulebook.risk_regions_by_id([region_id]).get(region_id)
    if entry is None or entry.school_id != actor.school_id:
        raise Problem(NOT_FOUND)
    return entry


def standing_entries(school_id: int, on: date) -> dict[tuple[str, str, date], RiskRegion]:
    """Every entry that is not withdrawn and not over."""
    return {(one.region, one.place, one.from_day): one for one in rulebook.risk_regions_since(school_id, on)}


def standing_areas(school_id: int, on: date) -> dict[tuple[str, str, date], Area]:
    return {
        key: Area(one.region, one.place, one.level, one.from_day, one.to_day, one.issuer, one.source)
        for key, one in standing_entries(school_id, on).items()
    }


def area_import(actor: Actor, import_id: int) -> AreaImport:
    """Raises ``Problem(NOT_FOUND)``."""
    job = AreaImport.objects.filter(pk=import_id, school_id=actor.school_id).first()
    if job is None:
        raise Problem(NOT_FOUND)
    return job


def recent_imports(school_id: int) -> list[AreaImport]:
    return list(AreaImport.objects.filter(school_id=school_id).defer("rows", "titles").order_by("-uploaded_at")[:5])


def rejudged(job: AreaImport, *, on: date) -> list[str]:
    """The verdict on every row against the list as it stands now."""
    standing = standing_areas(job.school_id, on)
    return [rules.verdict(area_file.area_of(row["area"]), standing) if row["area"] else "rejected" for row in job.rows]


def not_named(job: AreaImport, *, on: date) -> list[RiskRegion]:
    """The entries that hold on the day and that the file does not name."""
    named = {area_file.area_of(row["area"]).key for row in job.rows if row["area"]}
    return [entry for key, entry in standing_entries(job.school_id, on).items() if key not in named and entry.from_day <= on]


def shown_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of an uploaded list as the preview shows it."""
    area = area_file.area_of(row["area"]) if row["area"] else None
    return {
        "line": row["line"], "said": "　".join(filter(None, row["cells"])), "reasons": row["reasons"], "area": area,
        "name": regions.name_of_prefix(area.region) if area else "", "level": rules.LEVELS[area.level] if area else "",
    }  # fmt: skip
