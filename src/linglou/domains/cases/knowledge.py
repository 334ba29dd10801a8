"""What is known of a case, and what the definitions in force say about it, criterion by criterion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from linglou.domains.cases.models import Case, Finding
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.criteria import Answer, Assessed, Known, assess
from linglou.foundation.rulebook.rules.diseases import EVENTS, CaseDefinition, Release

INFECTED_ELSEWHERE = "infected-elsewhere"  # of the vocabulary: yes imported, no local, and nobody may know


@dataclass(frozen=True)
class Judged:
    """A definition with its answer for this case, criterion by criterion."""

    rule: CaseDefinition
    assessed: Assessed

    @property
    def answer(self) -> Answer:
        return self.assessed.answer


def findings_of(case: Case) -> list[Finding]:
    """What holds now: one finding per fact and event."""
    return list(Finding.objects.filter(case=case, superseded_at=None).order_by("pk"))


def known_of(case: Case, *, at: datetime) -> Known:
    """What the criteria are judged by: the facts that are said, the events that have a time."""
    findings = findings_of(case)
    said = {found.code: found.said for found in findings if found.kind == Finding.Kind.FACT and found.said is not None}
    since = {found.code: found.since for found in findings if found.kind == Finding.Kind.EVENT and found.since}
    sampled = [found.sampled_at for found in findings if found.said and found.sampled_at]
    derived = {"diagnosis": case.diagnosed_at} | ({"sample": min(sampled)} if sampled else {})
    return Known(at=at, said=said, since=derived | since)


def known_of_id(case_id: int, *, at: datetime) -> Known:
    """What is known of a case, for the domains above."""
    return known_of(Case.objects.get(pk=case_id), at=at)


def judged(case: Case, *, on: date, at: datetime) -> dict[str, Judged]:
    """Status -> the definition that holds on a day, judged by what is known."""
    known = known_of(case, at=at)
    definitions = rulebook.case_definitions(case.disease, on)
    return {status: Judged(rule, assess(rule.criterion, known)) for status, rule in definitions.items()}


def facts_asked(disease: str, on: date) -> dict[str, list[str]]:
    """Group (clinical, laboratory, history) -> the facts that any definition of the disease asks for on a day, in the order of
    the vocabulary; and whether it was caught elsewhere, where a threshold counts only local cases."""
    asked = {fact for rule in rulebook.case_definitions(disease, on).values() for fact in rule.criterion.facts()}
    if any(count.local and disease in count.diseases for row in rulebook.thresholds(on) for count in row.counts):
        asked.add(INFECTED_ELSEWHERE)
    words = rulebook.words()
    grouped: dict[str, list[str]] = {}
    for code in words.facts:
        if code in asked:
            grouped.setdefault(words.groups[code], []).append(code)
    return grouped


DERIVED = frozenset({"diagnosis", "sample", "last-contact"})  # from the decision, the specimens, the contacts


def events_asked(disease: str, on: date) -> list[str]:
    """What days are counted from for a disease on a day, as far as it has to be entered; the onset always."""
    rows = [
        *rulebook.case_definitions(disease, on).values(),
        *rulebook.disease_rows(disease, Release, on),
    ]
    asked = {"onset"}.union(*(row.criterion.events() for row in rows))
    window = rulebook.infectious_window(disease, on)
    if window:
        asked |= {window.anchor} | ({window.until_event} if window.until_event else set())
    return [event for event in EVENTS if event in asked - DERIVED]


def diseases_on(day: date) -> list[tuple[str, str]]:
    """(slug, name) of every disease that has a definition on a day."""
    return [
        (disease.slug, rulebook.said(disease.name))
        for disease in rulebook.diseases()
        if rulebook.case_definitions(disease.slug, day)
    ]
