"""Transmission for API clients: the cases of a disease in a period, possible sources, and both rates with both their numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from linglou.domains.cases.godata import files
from linglou.domains.cases.godata import queries as godata
from linglou.domains.cases.problems import NO_PERIOD
from linglou.domains.cases.transmission import queries, rules
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.guards import actor_of
from linglou.foundation.access.verbs import Verb
from linglou.kernel import clock
from linglou.kernel.problems import Problem

router = Router(tags=["transmission"])
CaseStatus = Literal["suspected", "probable", "confirmed", "asymptomatic", "recovered", "died"]


class RateOut(Schema):
    numerator: int
    denominator: int
    value: float | None = Field(description="0 to 1; null over nobody.")
    interval: tuple[float, float] | None = Field(description="95 % interval of Wilson, 0 to 1.")


class NodeOut(Schema):
    case_id: int
    number: str
    person_id: int
    person_name: str
    status: CaseStatus
    day: date = Field(description="Onset, or diagnosis where nobody knows it.")
    class_name: str
    room: str
    building: str
    contacts: int = Field(description="Confirmed, of the first degree.")
    is_counted: bool = Field(description="In the attack rate; a suspicion is not.")


class EdgeOut(Schema):
    source_id: int
    target_id: int
    contact_id: int
    state: Literal["confirmed", "proposed"]
    where: str
    place: str
    minutes: int
    first_at: datetime
    last_at: datetime
    days: int = Field(description="Between the days of illness.")


class UnitRates(Schema):
    name: str
    attack: RateOut
    secondary: RateOut


class KindRate(Schema):
    where: str
    secondary: RateOut


class TransmissionOut(Schema):
    disease: str
    since: date
    until: date
    cases: list[NodeOut]
    edges: list[EdgeOut] = Field(
        description="A contact who became a case within the observation: a possible source, no finding."
    )
    attack: RateOut = Field(description="Fell ill in the period / belonged to the school and were well when it began.")
    secondary: RateOut = Field(description="Confirmed contacts who became cases within the observation / confirmed contacts.")
    serial_interval: float | None = Field(description="Median, in days, of the cases with one possible source.")
    serial_intervals: list[int]
    by_class: list[UnitRates]
    by_room: list[UnitRates]
    by_building: list[UnitRates]
    by_kind: list[KindRate]
    not_enrolled: int = Field(description="Counted cases of people who belonged nowhere when the period began.")
    watched: int = Field(description="Contacts whose observation is not over.")
    without_rule: int


@router.get("/transmission", response=TransmissionOut, summary="Who may have infected whom, attack and secondary attack rates")
def read_transmission(
    request: HttpRequest,
    disease: Annotated[str, Query(max_length=40, pattern=r"^[a-z0-9-]+$")],
    since: Annotated[date | None, Query(description="The first case of the last ninety days, if left out.")] = None,
    until: Annotated[date | None, Query(description="Today, if left out.")] = None,
) -> dict[str, Any]:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SEE_CLINICAL)
    since, until = _period(actor, disease, since, until, at)
    shown = queries.transmission(actor, disease, since=since, until=until, at=at)
    plain = ("disease", "since", "until", "attack", "secondary", "serial_interval", "serial_intervals", "not_enrolled", "watched",
             "without_rule")  # fmt: skip
    return {
        **{name: getattr(shown, name) for name in plain},
        "cases": [_node(node) for node in shown.nodes],
        "edges": [_edge(edge) for edge in shown.edges],
        **{f"by_{group}": rows for group, rows in shown.rates.items()},
        "by_kind": [{"where": kind, "secondary": rate} for kind, rate in shown.by_kind],
    }


@router.get(
    "/transmission/godata.zip", summary="Cases, contacts and relationships in the shape of Go.Data, as CSV and JSON in a zip"
)
def export_godata(
    request: HttpRequest,
    disease: Annotated[str, Query(max_length=40, pattern=r"^[a-z0-9-]+$")],
    since: Annotated[date | None, Query(description="The first case of the last ninety days, if left out.")] = None,
    until: Annotated[date | None, Query(description="Today, if left out.")] = None,
    names: Annotated[bool, Query(description="False: numbers stand for the names.")] = True,
) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    actor.check_anywhere(Verb.SEE_CLINICAL)
    actor.check_anywhere(Verb.EXPORT)
    since, until = _period(actor, disease, since, until, at)
    export = godata.export(actor, disease, since=since, until=until, with_names=names, at=at)
    return HttpResponse(files.as_zip(export, by=actor, at=at), content_type="application/zip")


def _period(actor: Actor, disease: str, since: date | None, until: date | None, at: datetime) -> tuple[date, date]:
    usual = queries.period(actor, disease, today=clock.day_of(at))
    since, until = since or usual[0], until or usual[1]
    if not rules.is_period(since, until):
        raise Problem(NO_PERIOD, since=f"{since}", until=f"{until}")
    return since, until


def _node(node: queries.Node) -> dict[str, Any]:
    case = node.case
    return {
        "case_id": case.pk, "number": case.number, "person_id": case.person_id, "person_name": case.person.name,
        "status": case.status, "day": node.day, "class_name": node.places[queries.CLASS], "room": node.places[queries.ROOM],
        "building": node.places[queries.BUILDING], "contacts": node.contacts, "is_counted": node.is_counted,
    }  # fmt: skip


def _edge(edge: queries.Edge) -> dict[str, Any]:
    contact = edge.contact
    told = {name: getattr(contact, name) for name in ("state", "where", "place", "minutes", "first_at", "last_at")}
    return {
        "source_id": edge.source.case.pk, "target_id": edge.target.case.pk, "contact_id": contact.pk, "days": edge.days, **told,
    }  # fmt: skip
