"""What holds of an observation: its events, and whether the criteria of release are met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from linglou.domains.care import rules
from linglou.domains.care.models import Observation, ObservationState
from linglou.domains.cases import knowledge as cases
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.criteria import Answer, Assessed, Known, assess
from linglou.foundation.rulebook.rules.diseases import Release
from linglou.kernel import clock


@dataclass(frozen=True)
class ReleaseJudged:
    """Whether somebody may be let go, criterion by criterion. ``rule`` None: the days of the observation and being well alone.
    ``asked`` are the facts that the clinician says now."""

    rule: Release | None
    assessed: Assessed
    asked: tuple[str, ...]

    @property
    def answer(self) -> Answer:
        return self.assessed.answer


def watching(person_id: int) -> list[Observation]:
    """The observations of a person that run, the leading one first."""
    found = list(Observation.objects.filter(person_id=person_id, state=ObservationState.WATCHING).order_by("pk"))
    leading = rules.leading(found)
    return sorted(found, key=lambda one: one is not leading)


def release_rule(one: Observation, on: date) -> Release | None:
    """The row that says when this observation ends, if the rulebook has one on a day."""
    rows = (rulebook.release(one.disease, of, on) for of in rules.RELEASED_BY[one.ground])
    return next((row for row in rows if row), None)


def judged(one: Observation, *, at: datetime, said: Mapping[str, bool | None] | None = None) -> ReleaseJudged:
    """The criteria of release, by what is known and what is ``said`` now (fact -> whether it is so)."""
    rule = release_rule(one, clock.day_of(at))
    criterion = rules.release_criterion(one, rule.criterion if rule else None)
    known_before = (
        cases.known_of_id(int(one.source_key.removeprefix("case:")), at=at) if one.ground in rules.PATIENTS else Known(at=at)
    )
    now = {fact: value for fact, value in (said or {}).items() if value is not None}
    known = Known(
        at=at, said={**known_before.said, **now}, since={**known_before.since, "last-contact": rules.complete_at(one.since)}
    )
    return ReleaseJudged(
        rule, assess(criterion, known), tuple(fact for fact in rulebook.words().facts if fact in criterion.facts())
    )
