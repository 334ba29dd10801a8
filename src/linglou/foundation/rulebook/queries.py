"""Reads of the rulebook: the packs (YAML, checked once when first read) and the school's own risk regions."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import yaml
from django.db.models import Q

from linglou.foundation.rulebook.models import RiskRegion
from linglou.foundation.rulebook.rules import TriageRule


@dataclass(frozen=True)
class Pack:
    """One file of rows of one kind."""

    name: str
    rows: tuple[TriageRule, ...]


def read_pack(name: str, text: str) -> Pack:
    """Parse and check a pack. Raises ``ValueError`` (pydantic's own included) that names the rule and what is wrong with it."""
    content: dict[str, Any] = yaml.safe_load(text)
    if not isinstance(content, dict) or content.get("kind") != "triage":
        raise ValueError(f"{name}: a pack starts with 'kind: triage'")
    rows = tuple(TriageRule.model_validate(row) for row in content.get("rows") or ())
    seen: set[tuple[str, str]] = set()
    for row in rows:
        if (row.rule_id, row.edition) in seen:
            raise ValueError(f"{name}: {row.rule_id} edition {row.edition} stands twice")
        seen.add((row.rule_id, row.edition))
    unknown = {rule_id for row in rows for rule_id in row.outranks} - {row.rule_id for row in rows}
    if unknown:
        raise ValueError(f"{name}: outranks rules that are not there: {', '.join(sorted(unknown))}")
    return Pack(name, rows)


@functools.cache
def packs() -> tuple[Pack, ...]:
    """Every pack shipped. Raises ``ValueError`` when one is not in order."""
    folder = files("linglou.foundation.rulebook") / "packs"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda entry: entry.name)
    return tuple(read_pack(entry.name, entry.read_text("utf-8")) for entry in found)


def all_rules() -> list[TriageRule]:
    return [row for pack in packs() for row in pack.rows]


@functools.lru_cache(maxsize=64)
def triage_rules(on: date, *, school_id: int | None = None) -> tuple[TriageRule, ...]:
    """The triage rules that hold on a day. All packs are national today; ``school_id`` will choose among jurisdictions."""
    return tuple(rule for rule in all_rules() if rule.holds_on(on))


def triage_rule(rule_id: str, edition: str) -> TriageRule | None:
    """One rule as it stood when a finding was made: its title, advice and clocks."""
    return next((rule for rule in all_rules() if rule.rule_id == rule_id and rule.edition == edition), None)


def risk_regions(school_id: int, on: date) -> frozenset[str]:
    """The codes (or prefixes) that are risk areas for a school on a day, for ``rules.judge``."""
    return frozenset(_holding(school_id, on).values_list("region", flat=True))


def listed_risk_regions(school_id: int, on: date) -> list[RiskRegion]:
    return list(_holding(school_id, on).order_by("region", "from_day"))


def _holding(school_id: int, on: date) -> Any:
    return RiskRegion.objects.filter(
        Q(to_day=None) | Q(to_day__gte=on), school_id=school_id, from_day__lte=on, withdrawn_at=None
    )
