"""What is known of somebody who wants to return, and what the criteria in force say about it, point by point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from linglou.domains.care.models import Absence
from linglou.domains.cases import access as cases_access
from linglou.domains.cases import knowledge as cases
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.criteria import Assessed, Known, assess
from linglou.foundation.rulebook.rules.diseases import EVENTS, Release
from linglou.kernel import clock

RETURN = "return"


@dataclass(frozen=True)
class Judged:
    """The criteria of a return with their answer, criterion by criterion."""

    rule: Release
    assessed: Assessed

    @property
    def answer(self) -> str:
        return str(self.assessed.answer.value)


def rule_of(disease: str, on: date) -> Release | None:
    """The criteria of a return that hold on a day, if there are any."""
    return rulebook.release(disease, RETURN, on) if disease else None


def judged(rule: Release, known: Known) -> Judged:
    return Judged(rule, assess(rule.criterion, known))


def diseases_on(day: date) -> list[tuple[str, str]]:
    """(slug, name) of every disease that has criteria of a return on a day."""
    return [(one.slug, rulebook.said(one.name)) for one in rulebook.diseases() if rule_of(one.slug, day)]


def facts_of(rule: Release) -> list[str]:
    """The facts that a rule asks for, in the order of the vocabulary."""
    asked = rule.criterion.facts()
    return [code for code in rulebook.words().facts if code in asked]


def events_of(rule: Release) -> list[str]:
    asked = rule.criterion.events()
    return [code for code in EVENTS if code in asked]


def known_before(actor: Actor, absence: Absence, *, at: datetime) -> Known:
    """What the school already knows: the onset as registered, and the clinical record of the case that the absence came from, for
    whoever may see it."""
    since: dict[str, datetime] = {}
    if absence.onset:
        since["onset"] = clock.moment(absence.onset, time(0))
    said: dict[str, bool] = {}
    if absence.case_id and actor.may(Verb.SEE_CLINICAL, at=[absence.unit.path]):
        known = cases.known_of(cases_access.case_for(actor, absence.case_id), at=at)
        said, since = dict(known.said), since | dict(known.since)
    return Known(at=at, said=said, since=since)


def kept(known: Known, answer: str) -> dict[str, Any]:
    """What a decision was made by, for ``Absence.judged``."""
    return {
        "answer": answer, "said": dict(known.said), "since": {code: at.isoformat() for code, at in known.since.items()},
    }  # fmt: skip


def judged_then(absence: Absence) -> Judged | None:
    """The criteria as they were judged when the clinic certified the return; None where none spoke."""
    if absence.ended_at is None or not absence.judged:
        return None
    rule = rule_of(absence.disease, clock.day_of(absence.ended_at))
    since: Mapping[str, str] = absence.judged["since"]
    known = Known(
        at=absence.ended_at, said=absence.judged["said"],
        since={code: datetime.fromisoformat(text) for code, text in since.items()},
    )  # fmt: skip
    return judged(rule, known) if rule else None
