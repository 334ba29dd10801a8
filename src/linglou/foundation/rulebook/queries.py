"""Reads of the rulebook: what holds on a day, and the school's own risk regions."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import Q

from linglou.foundation.rulebook.models import OwnRule, RiskRegion, Term
from linglou.foundation.rulebook.reading import Words, shelf
from linglou.foundation.rulebook.rules import Row, Text, TriageRule
from linglou.foundation.rulebook.rules.diseases import (
    CaseDefinition,
    ContactDefinition,
    Disease,
    InfectiousWindow,
    Observation,
    Parameter,
    Release,
)
from linglou.foundation.rulebook.rules.own import is_shorter, tightened
from linglou.foundation.rulebook.rules.school import Area, LevelEffects, ReportClock, Screening, Threshold
from linglou.foundation.rulebook.rules.terms import TermDays
from linglou.kernel.language import is_english

AnyRow = TypeVar("AnyRow", bound=Row)


def words() -> Words:
    return shelf().words


def said(text: Text | None) -> str:
    """A text of the packs in the language in force; nothing for nothing."""
    if text is None:
        return ""
    return text.en if is_english() else text.zh


def diseases() -> list[Disease]:
    """Every disease with a pack, in the order of their names in code."""
    return [disease for _slug, disease in sorted(shelf().diseases.items())]


def disease(slug: str) -> Disease | None:
    return shelf().diseases.get(slug)


def case_definitions(slug: str, on: date) -> dict[str, CaseDefinition]:
    """Status -> the definition that holds on a day. A status without one cannot be given on that day."""
    return {row.status: row for row in disease_rows(slug, CaseDefinition, on)}


def contact_definition(slug: str, on: date) -> ContactDefinition | None:
    return next(iter(disease_rows(slug, ContactDefinition, on)), None)


def infectious_window(slug: str, on: date) -> InfectiousWindow | None:
    return next(iter(disease_rows(slug, InfectiousWindow, on)), None)


def observation(slug: str, of: str, on: date) -> Observation | None:
    """How long somebody is watched (``of``: close-contact, contact-of-contact, returnee, suspected), if at all."""
    return next((row for row in disease_rows(slug, Observation, on) if row.of == of), None)


def release(slug: str, of: str, on: date) -> Release | None:
    return next((row for row in disease_rows(slug, Release, on) if row.of == of), None)


def parameters(slug: str) -> list[Parameter]:
    """Numbers of natural history do not hold from a day on: all of them."""
    found = disease(slug)
    return [row for row in found.rows if isinstance(row, Parameter)] if found else []


def thresholds(on: date) -> list[Threshold]:
    return _holding(shelf().rows("thresholds"), Threshold, on)


def thresholds_by_term(on: date) -> list[Threshold]:
    """Those that count within a term of the school's calendar."""
    return [row for row in thresholds(on) if row.window == "term"]


def threshold(rule_id: str, edition: str) -> Threshold | None:
    """One threshold as it stood when an alert was opened."""
    rows = (row for row in shelf().rows("thresholds") if isinstance(row, Threshold))
    return next((row for row in rows if row.rule_id == rule_id and row.edition == edition), None)


def report_clocks(on: date) -> list[ReportClock]:
    return _holding(shelf().rows("report-clocks"), ReportClock, on)


def level_effects(on: date) -> list[LevelEffects]:
    return _holding(shelf().rows("levels"), LevelEffects, on)


def areas(on: date) -> list[Area]:
    """The fields of work that a command group divides."""
    return _holding(shelf().rows("areas"), Area, on)


def screening(on: date) -> Screening | None:
    """How long after a risk area somebody is screened, and how far back people are asked."""
    return next(iter(_holding(shelf().rows("screening"), Screening, on)), None)


def screening_clocks(on: date) -> Mapping[str, int]:
    """Class of person -> minutes to begin in; where no row holds on a day, those of the first one."""
    row = screening(on) or next(row for row in shelf().rows("screening") if isinstance(row, Screening))
    return {str(who): minutes for who, minutes in row.clock_minutes.items()}


def disease_rows(slug: str, kind: type[AnyRow], on: date) -> list[AnyRow]:
    found = disease(slug)
    return _holding(found.rows if found else (), kind, on)


def rows_named(rule_id: str) -> list[Row]:
    """Every edition of a row of the packs, whichever pack it stands in."""
    found = shelf()
    rows = [row for pack in found.packs for row in pack.rows] + [row for one in found.diseases.values() for row in one.rows]
    return [row for row in rows if row.rule_id == rule_id]


def own_rules(school_id: int, on: date, *, rule_id: str = "") -> list[OwnRule]:
    """What a school asks beside the packs on a day (beside one row of them), the latest first."""
    found = OwnRule.objects.filter(Q(to_day=None) | Q(to_day__gte=on), school_id=school_id, from_day__lte=on, withdrawn_at=None)
    return list((found.filter(rule_id=rule_id) if rule_id else found).order_by("rule_id", "-pk"))


def every_own_rule(school_id: int) -> list[OwnRule]:
    """Those that hold, will hold or held, and those withdrawn; the latest first."""
    return list(OwnRule.objects.filter(school_id=school_id).order_by("withdrawn_at", "-pk"))


@dataclass(frozen=True)
class Asked:
    """What is asked of somebody who is watched: the row's days and checks, or the school's own where those are more."""

    days: int
    checks_per_day: int
    own: OwnRule | None


def asked_of_watched(row: Observation, school_id: int, on: date) -> Asked:
    """The row of the packs with what the school asks beside it."""
    days, checks, by = row.days, row.checks_per_day, None
    for own in own_rules(school_id, on, rule_id=row.rule_id):
        if (own.days or 0) > days or (own.checks_per_day or 0) > checks:
            by = own
        days, checks = max(days, own.days or 0), max(checks, own.checks_per_day or 0)
    return Asked(days, checks, by)


@dataclass(frozen=True)
class InForce:
    """A threshold as a school counts it. ``row`` has the numbers in force, ``beside`` is the row of the packs; ``own``: the school's
    own rule that makes it stricter in what is counted (None: as the packs have it); ``clock_by``: the school's own rule whose hours
    are fewer than the row's."""

    row: Threshold
    beside: Threshold
    own: OwnRule | None = None
    clock_by: OwnRule | None = None


def thresholds_in_force(school_id: int, on: date) -> list[InForce]:
    """Every threshold of a day as the packs have it, and beside it as the school's own rules count it."""
    by_rule: dict[str, list[OwnRule]] = {}
    for own in own_rules(school_id, on):
        by_rule.setdefault(own.rule_id, []).append(own)
    found = []
    for row in thresholds(on):
        beside = by_rule.get(row.rule_id, [])
        found.append(_with_clock(InForce(row, row), beside))
        counted: list[Threshold] = []
        for own in beside:
            stricter = tightened(row, people=own.people, window_days=own.window_days)
            if stricter and stricter not in counted:  # two that ask the same are one threshold: it alerts once
                counted.append(stricter)
                found.append(_with_clock(InForce(stricter, row, own), beside))
    return found


def threshold_in_force(rule_id: str, edition: str, own: OwnRule | None, clock_by: OwnRule | None) -> InForce | None:
    """A threshold as it stood when an alert was opened: whatever has become of the school's own rules since."""
    row = threshold(rule_id, edition)
    if row is None:
        return None
    counted = tightened(row, people=own.people, window_days=own.window_days) if own else None
    return _with_clock(InForce(counted or row, row, own), [clock_by] if clock_by else [])


def _with_clock(found: InForce, beside: Iterable[OwnRule]) -> InForce:
    row, by = found.row, None
    for own in beside:
        if own.hours is not None and is_shorter(own.hours, row.act_minutes):
            row, by = row.model_copy(update={"act_minutes": own.hours * 60}), own
    return InForce(row, found.beside, found.own, by)


def clock_in_force(row: ReportClock, school_id: int, on: date) -> tuple[int, OwnRule | None]:
    """How many minutes a school has to report by a clock, and its own rule when that gives fewer than the row."""
    minutes, by = row.minutes, None
    for own in own_rules(school_id, on, rule_id=row.rule_id):
        if own.hours is not None and is_shorter(own.hours, minutes):
            minutes, by = own.hours * 60, own
    return minutes, by


def terms(school_id: int) -> list[Term]:
    """The school's calendar, the latest first."""
    return list(Term.objects.filter(school_id=school_id, withdrawn_at=None).order_by("-first_day"))


def term_days(school_id: int) -> list[TermDays]:
    return sorted(TermDays(term.first_day, term.last_day) for term in terms(school_id))


def own_rules_to_look_at(on: date) -> list[OwnRule]:
    """Own rules that began to hold, and by which nothing that was already counted was looked at."""
    return list(OwnRule.objects.filter(from_day__lte=on, looked_at=None, withdrawn_at=None).order_by("pk"))


def _holding(rows: Sequence[Row], kind: type[AnyRow], on: date) -> list[AnyRow]:
    return [row for row in rows if isinstance(row, kind) and row.holds_on(on)]


def all_rules() -> list[TriageRule]:
    return [row for row in shelf().rows("triage") if isinstance(row, TriageRule)]


@functools.lru_cache(maxsize=64)
def triage_rules(on: date) -> tuple[TriageRule, ...]:
    """The triage rules that hold on a day."""
    return tuple(rule for rule in all_rules() if rule.holds_on(on))


def triage_rule(rule_id: str, edition: str) -> TriageRule | None:
    """One rule as it stood when a finding was made: its title, advice and clocks."""
    return next((rule for rule in all_rules() if rule.rule_id == rule_id and rule.edition == edition), None)


def risk_regions(school_id: int, on: date) -> frozenset[str]:
    """The codes (or prefixes) that are risk areas for a school on a day, for ``rules.judge``."""
    return frozenset(_regions(school_id, on).values_list("region", flat=True))


def listed_risk_regions(school_id: int, on: date) -> list[RiskRegion]:
    return list(_regions(school_id, on).order_by("region", "place", "from_day"))


def risk_regions_since(school_id: int, day: date) -> list[RiskRegion]:
    """Every entry that is not withdrawn and holds, held or will hold on or after a day."""
    entries = RiskRegion.objects.filter(Q(to_day=None) | Q(to_day__gte=day), school_id=school_id, withdrawn_at=None)
    return list(entries.order_by("region", "place", "from_day"))


def past_risk_regions(school_id: int, on: date) -> Any:
    """A queryset of the entries that hold no more on a day: over, or withdrawn; the latest first."""
    entries = RiskRegion.objects.filter(Q(to_day__lt=on) | ~Q(withdrawn_at=None), school_id=school_id)
    return entries.order_by("-from_day", "region", "pk")


def risk_regions_by_id(ids: Iterable[int]) -> dict[int, RiskRegion]:
    return RiskRegion.objects.in_bulk(set(ids))


def schools_with_risk_regions() -> list[int]:
    """The schools that have ever listed anything."""
    return list(RiskRegion.objects.order_by("school_id").values_list("school_id", flat=True).distinct())


def _regions(school_id: int, on: date) -> Any:
    return RiskRegion.objects.filter(
        Q(to_day=None) | Q(to_day__gte=on), school_id=school_id, from_day__lte=on, withdrawn_at=None
    )
