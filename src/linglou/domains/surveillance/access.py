"""Who sees which alerts: by post, over the unit of the alert; an alert of a room also over the classes of those who count in it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from linglou.domains.surveillance.models import Alert, AlertPerson, Event
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.people.facts import in_force
from linglou.foundation.people.models import Membership, Person
from linglou.kernel.common_problems import NOT_FOUND
from linglou.kernel.problems import Problem


def visible_alerts(actor: Actor) -> QuerySet[Alert]:
    """Every alert in the scope of SEE_ALERTS."""
    theirs = AlertPerson.objects.filter(within(actor, Verb.SEE_ALERTS), alert=OuterRef("pk"), left_at=None)
    in_scope = within(actor, Verb.SEE_ALERTS) | (Q(scope="room") & Exists(theirs))
    return Alert.objects.filter(in_scope, school_id=actor.school_id).select_related("unit", "person", "own_rule", "clock_by")


def alert_for(actor: Actor, alert_id: int) -> Alert:
    """Raises ``Problem(NOT_FOUND)``, whether it is absent or out of scope."""
    alert = visible_alerts(actor).filter(pk=alert_id).first()
    if alert is None:
        raise Problem(NOT_FOUND)
    return alert


def visible_people(actor: Actor, alert: Alert) -> QuerySet[AlertPerson]:
    """Those of an alert whom the actor may know by name: people of units in the scope of SEE_ALERTS."""
    paths = actor.paths(Verb.SEE_ALERTS)
    scope = within(actor, Verb.SEE_ALERTS)
    if any(alert.school.path.startswith(path) for path in paths):
        scope |= Q(unit=None)
    return AlertPerson.objects.filter(scope, alert=alert, left_at=None).select_related("person", "unit")


def user_can_handle(actor: Actor, alert: Alert) -> bool:
    return actor.may(Verb.HANDLE_ALERTS, at=[alert.unit.path])


def check_user_can_handle(actor: Actor, alert: Alert) -> None:
    """Raises ``Problem(NOT_ALLOWED)``."""
    actor.check(Verb.HANDLE_ALERTS, at=[alert.unit.path])


def event_for(actor: Actor, event_id: int) -> Event:
    """An event in the scope of HANDLE_ALERTS: of its unit, else of the school. Raises ``Problem(NOT_FOUND)``."""
    event = Event.objects.filter(pk=event_id, school_id=actor.school_id).select_related("school", "unit").first()
    if event is None or not actor.may(Verb.HANDLE_ALERTS, at=[event.unit.path if event.unit else event.school.path]):
        raise Problem(NOT_FOUND)
    return event


def people_numbered(actor: Actor, numbers: Collection[str], *, at: datetime) -> dict[str, Person]:
    """By number, those who belong somewhere in the scope of HANDLE_ALERTS (or to the school, for a post over all of it)."""
    people = Person.objects.filter(school_id=actor.school_id, number__in=list(numbers)).exclude(kind="guardian")
    theirs = in_force(Membership.objects.filter(within(actor, Verb.HANDLE_ALERTS), person=OuterRef("pk")), at)
    return {
        person.number: person for person in people.filter(within(actor, Verb.HANDLE_ALERTS, "school__path") | Exists(theirs))
    }
