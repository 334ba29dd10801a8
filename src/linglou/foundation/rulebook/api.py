"""What a school keeps beside the packs, for API clients: rules of its own, and its terms. The office enters and withdraws them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import model_validator

from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.foundation.rulebook import actions, queries
from linglou.foundation.rulebook.models import OwnRule, Term
from linglou.foundation.rulebook.rules.terms import is_within_reach
from linglou.kernel import clock

router = Router(tags=["rules"])

PLAIN = r"^[^\x00]*$"
SAID = r"^[^\x00]*\S[^\x00]*$"


class OwnRuleNumbers(Schema):
    """Beside an observation: more `days`, `checks_per_day`; beside a threshold: fewer `people`, more `window_days`, fewer `hours`;
    beside the report clock of a case: fewer `hours`. null: as the row says."""

    days: Annotated[int, Field(ge=1, le=120)] | None = None
    checks_per_day: Annotated[int, Field(ge=1, le=4)] | None = None
    people: Annotated[int, Field(ge=1, le=999)] | None = None
    window_days: Annotated[int, Field(ge=1, le=90)] | None = None
    hours: Annotated[int, Field(ge=1, le=168)] | None = None


class NewOwnRule(OwnRuleNumbers):
    rule_id: Annotated[str, Field(max_length=60, pattern=r"^[A-Z0-9-]+$")]
    text: Annotated[str, Field(max_length=400, pattern=SAID)]
    document: Annotated[str, Field(max_length=120, pattern=SAID)]
    from_day: date
    to_day: date | None = None

    @model_validator(mode="after")
    def _ends_after_start(self) -> NewOwnRule:
        if self.to_day and self.to_day < self.from_day:
            raise ValueError("to_day before from_day")
        return self


class OwnRuleOut(OwnRuleNumbers):
    id: int
    rule_id: str
    text: str
    document: str
    from_day: date
    to_day: date | None
    recorded_at: datetime
    withdrawn_at: datetime | None


class NewTerm(Schema):
    name: Annotated[str, Field(max_length=60, pattern=SAID)]
    first_day: date
    last_day: date

    @model_validator(mode="after")
    def _ends_after_start(self) -> NewTerm:
        if not 0 < (self.last_day - self.first_day).days <= 366:
            raise ValueError("last_day is after first_day, by a year at most")
        if not is_within_reach(self.first_day, self.last_day):
            raise ValueError("a term lies between 1900 and 2999")
        return self


class TermOut(Schema):
    id: int
    name: str
    first_day: date
    last_day: date
    withdrawn_at: datetime | None


def _reader(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_RULES)
    return actor


def _keeper(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    actor.check_anywhere(Verb.KEEP_OWN_RULES)
    return actor


@router.get("/own-rules", response=list[OwnRuleOut], summary="The school's own rules, those withdrawn too")
def list_own_rules(request: HttpRequest) -> list[OwnRule]:
    return queries.every_own_rule(_reader(request).school_id)


@router.post("/own-rules", response=OwnRuleOut, summary="Ask more than a rule of the packs does, from a day on")
def add_own_rule(request: HttpRequest, asked: NewOwnRule) -> OwnRule:
    given: dict[str, Any] = asked.dict()
    return actions.add_own_rule(by=_keeper(request), at=clock.now(), **given)


@router.post(
    "/own-rules/{own_id}/withdraw", response=OwnRuleOut, summary="It bears on nothing from now on, and stays on record"
)
def withdraw_own_rule(request: HttpRequest, own_id: int) -> OwnRule:
    return actions.withdraw_own_rule(own_id=own_id, by=_keeper(request), at=clock.now())


@router.get("/terms", response=list[TermOut], summary="The school's terms, the latest first")
def list_terms(request: HttpRequest) -> list[Term]:
    return queries.terms(_reader(request).school_id)


@router.post("/terms", response=TermOut, summary="Enter a term")
def add_term(request: HttpRequest, asked: NewTerm) -> Term:
    return actions.add_term(by=_keeper(request), at=clock.now(), **asked.dict())


@router.post("/terms/{term_id}/withdraw", response=TermOut, summary="Withdraw a term that was entered by mistake")
def withdraw_term(request: HttpRequest, term_id: int) -> Term:
    return actions.withdraw_term(term_id=term_id, by=_keeper(request), at=clock.now())
