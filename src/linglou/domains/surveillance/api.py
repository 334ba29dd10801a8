"""Alerts for API clients: list, look at one, handle, settle; and the events that are recorded. Every look at a person is audited."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from linglou.domains.surveillance import access, actions, naming, queries
from linglou.domains.surveillance.models import Alert, Event
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.common_problems import INVALID_INPUT
from linglou.kernel.problems import FieldError, Problem

router = Router(tags=["alerts"])
PER_PAGE = 50
Line = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")]
Text = Annotated[str, Field(max_length=400, pattern=r"^[^\x00]*$")]
Outcome = Literal["", "hospitalised", "dead"]


class OwnRuleRef(Schema):
    """A rule of the school's own that bore on an alert; the row of the packs stands beside it."""

    id: int
    document: str
    text: str
    people: int | None
    window_days: int | None
    hours: int | None


class AlertSummary(Schema):
    id: int
    state: Literal["new", "handling", "settled", "withdrawn"]
    scope: Literal["person", "room", "class", "school"]
    unit_id: int
    place: str
    rule_id: str
    rule_edition: str
    title: str
    counted: str = Field(description="Which of the rule's counts, as a key: `symptoms=fever`, `disease=measles;dead`.")
    what: str = Field(description="The same in words.")
    n: int = Field(description="How many people count.")
    needed: int = Field(description="How many make the threshold, inclusive.")
    rank: int = Field(description="5 the worst, 1 the mildest.")
    first_day: date
    last_day: date
    opened_at: datetime
    act_by: datetime | None = Field(
        None, description="When the rule's clock runs out; null where it gives no number (promptly)."
    )
    own_rule: OwnRuleRef | None = Field(
        None, description="The school's own rule that raised it; null: the row of the packs did."
    )
    clock_by: OwnRuleRef | None = Field(None, description="The school's own rule whose shorter clock it has.")
    jurisdiction: str = Field(description="Whose figure it is; '' when the rule is not known any more.")


class AlertPage(Schema):
    items: list[AlertSummary]
    total: int
    page: int
    per_page: int


class CountedPerson(Schema):
    person_id: int
    name: str
    number: str
    place: str
    room: str
    day: date = Field(description="The first day on which they count.")


class DayCount(Schema):
    day: date
    n: int = Field(description="How many were first counted on that day.")


class AlertStep(Schema):
    at: datetime
    kind: Literal["opened", "grew", "told", "fell", "withdrawn", "reopened", "handled", "settled"]
    n: int
    by: str


class AlertDetail(AlertSummary):
    issuer: str
    document: str
    verified: bool | None
    caveat: str
    action: str = Field(description="What the rule asks for.")
    people: list[CountedPerson] = Field(description="Those in my scope.")
    hidden: int = Field(description="How many more count whom I may not know by name.")
    days: list[DayCount]
    history: list[AlertStep]
    basis: dict[str, int] = Field(
        description="How many of them by what: `class`, `room`, `building`, `contact` where the rule counts linked people; `local`, "
        "`unknown` where it counts local cases (not known counts as local). Else empty."
    )
    opening: int
    outcome: str
    note: str
    settled_at: datetime | None
    reported_at: datetime | None
    reported_to: str
    means: str
    reference: str
    merged_into: int | None


class AlertSettlement(Schema):
    """`reported` needs `reported_at`, `reported_to` and `means`; `not-outbreak` a `note`; `merged` an alert to merge into."""

    outcome: Literal["reported", "not-outbreak", "merged"]
    note: Text = ""
    reported_at: datetime | None = None
    reported_to: Line = ""
    means: Literal["", "phone", "fax", "system", "form", "in-person"] = ""
    reference: Line = ""
    merged_into: Annotated[int, Field(ge=1, le=2**62)] | None = None


class Concerned(Schema):
    """Who is concerned: by number, and everybody of the class or room called `unit`."""

    numbers: list[Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")]] = Field(default_factory=list, max_length=500)
    unit: Line = ""
    outcome: Outcome = ""


class NewEvent(Concerned):
    kind: Literal["shared-source", "food-poisoning", "unexplained-group", "unexplained-severe"]
    day: date
    what: Text = ""


class EventPerson(Schema):
    person_id: int
    name: str
    number: str
    outcome: Outcome


class EventDetail(Schema):
    id: int
    kind: str
    day: date
    unit_id: int | None
    what: str
    recorded_at: datetime
    withdrawn_at: datetime | None
    people: list[EventPerson]
    alerts: list[AlertSummary]


def _summary(row: queries.Row) -> dict[str, Any]:
    names = ("id", "state", "scope", "unit_id", "rule_id", "rule_edition", "counted", "n", "needed", "rank", "first_day",
             "last_day", "opened_at", "act_by", "own_rule", "clock_by")  # fmt: skip
    jurisdiction = row.rule.jurisdiction if row.rule else ""
    return {name: getattr(row.alert, name) for name in names} | {
        "title": row.title, "what": row.what, "place": row.place, "jurisdiction": jurisdiction,
    }  # fmt: skip


def _shown(request: HttpRequest, alert_id: int) -> dict[str, Any]:
    actor = actor_of(request)
    alert = access.alert_for(actor, alert_id)
    shown = queries.detail(actor, alert, at=clock.now())
    rule = shown.row.rule
    kept = ("basis", "opening", "outcome", "note", "settled_at", "reported_at", "reported_to", "means", "reference")
    return _summary(shown.row) | {name: getattr(alert, name) for name in kept} | {
        "issuer": rule.issuer if rule else "",
        "document": rule.doc_no if rule else "",
        "verified": rule.verified if rule else None,
        "caveat": shown.caveat,
        "action": shown.action,
        "people": [
            {"person_id": one.person.pk, "name": one.person.name, "number": one.person.number, "place": one.place, "room": one.room,
             "day": one.day}
            for one in shown.people
        ],
        "hidden": shown.hidden,
        "days": [{"day": bar.day, "n": bar.n} for bar in shown.bars],
        "history": [{"at": step.at, "kind": step.kind, "n": step.n, "by": step.by} for step in shown.steps],
        "merged_into": alert.merged_into_id,
    }  # fmt: skip


@router.get("/alerts", response=AlertPage, summary="Alerts in my scope; without a state, those not finished, worst first")
def list_alerts(
    request: HttpRequest,
    state: Annotated[Literal["", "new", "handling", "settled", "withdrawn"], Query()] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> dict[str, Any]:
    actor = actor_of(request)
    actor.check_anywhere(Verb.SEE_ALERTS)
    alerts = queries.listed(actor, state=state)
    start = (page - 1) * PER_PAGE
    rows = queries.rows(list(alerts[start : start + PER_PAGE]))
    return {"items": [_summary(row) for row in rows], "total": alerts.count(), "page": page, "per_page": PER_PAGE}


@router.get("/alerts/{alert_id}", response=AlertDetail, summary="One alert with the people who count")
def read_alert(request: HttpRequest, alert_id: int) -> dict[str, Any]:
    actor_of(request).check_anywhere(Verb.SEE_ALERTS)
    return _shown(request, alert_id)


@router.post("/alerts/{alert_id}/handle", response=AlertDetail, summary="Begin to handle a new alert")
def handle_alert(request: HttpRequest, alert_id: int) -> dict[str, Any]:
    actions.handle(alert=_to_handle(request, alert_id), by=actor_of(request), at=clock.now())
    return _shown(request, alert_id)


@router.post("/alerts/{alert_id}/settle", response=AlertDetail, summary="Record how an alert that is being handled ended")
def settle_alert(request: HttpRequest, alert_id: int, asked: AlertSettlement) -> dict[str, Any]:
    alert, actor = _to_handle(request, alert_id), actor_of(request)
    actions.settle(alert=alert, settlement=naming.settlement(actor, asked.dict()), by=actor, at=clock.now())
    return _shown(request, alert_id)


def _to_handle(request: HttpRequest, alert_id: int) -> Alert:
    actor = actor_of(request)
    actor.check_anywhere(Verb.HANDLE_ALERTS)
    alert = access.alert_for(actor, alert_id)
    access.check_user_can_handle(actor, alert)
    return alert


# -- events --------------------------------------------------------------------------------------------------------------


def _recorder(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    actor.check_anywhere(Verb.HANDLE_ALERTS)
    return actor


def _event(actor: Actor, event: Event) -> dict[str, Any]:
    shown = queries.event_page(actor, event, at=clock.now())
    names = ("id", "kind", "day", "unit_id", "what", "recorded_at", "withdrawn_at")
    return {name: getattr(event, name) for name in names} | {
        "people": [
            {"person_id": one.person.pk, "name": one.person.name, "number": one.person.number, "outcome": one.outcome}
            for one in shown.people
        ],
        "alerts": [_summary(row) for row in shown.alerts],
    }


@router.post("/alert-events", response=EventDetail, summary="Record a shared source, food poisoning or an unexplained illness")
def record_event(request: HttpRequest, asked: NewEvent) -> dict[str, Any]:
    actor, at = _recorder(request), clock.now()
    if asked.day > clock.day_of(at):
        raise Problem(INVALID_INPUT, (FieldError("day", "in-future", "", asked.day.isoformat()),))
    named = naming.who(actor, asked.numbers, asked.unit, at=at)
    event = actions.record_event(
        school_id=actor.school_id, kind=asked.kind, day=asked.day, person_ids=named.ids, outcome=asked.outcome, what=asked.what,
        unit=named.unit, by=actor, at=at,
    )  # fmt: skip
    return _event(actor, access.event_for(actor, event.pk))


@router.get("/alert-events/{event_id}", response=EventDetail, summary="One event with those whom it concerns")
def read_event(request: HttpRequest, event_id: int) -> dict[str, Any]:
    actor = _recorder(request)
    return _event(actor, access.event_for(actor, event_id))


@router.post("/alert-events/{event_id}/people", response=EventDetail, summary="Add people to an event, or what became of them")
def add_to_event(request: HttpRequest, event_id: int, asked: Concerned) -> dict[str, Any]:
    actor, at = _recorder(request), clock.now()
    event = access.event_for(actor, event_id)
    named = naming.who(actor, asked.numbers, asked.unit, at=at)
    actions.add_to_event(event=event, person_ids=named.ids, outcome=asked.outcome, by=actor, at=at)
    return _event(actor, access.event_for(actor, event_id))


@router.post("/alert-events/{event_id}/withdraw", response=EventDetail, summary="Take back an event recorded by mistake")
def withdraw_event(request: HttpRequest, event_id: int) -> dict[str, Any]:
    actor = _recorder(request)
    actions.withdraw_event(event=access.event_for(actor, event_id), by=actor, at=clock.now())
    return _event(actor, access.event_for(actor, event_id))
