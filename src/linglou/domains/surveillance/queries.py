"""Reads of alerts and events. What shows who is ill is audited here, in the transaction of the read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from linglou.domains.daily.rules import SYMPTOMS
from linglou.domains.surveillance import access, rules
from linglou.domains.surveillance.models import Alert, AlertEvent, AlertPerson, Event, Occurrence, State
from linglou.engines.tasks.models import Task
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Membership, Person, PersonKind, Tree, Unit, UnitKind
from linglou.foundation.people.unit_search import units_named
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.rules.school import Threshold
from linglou.kernel import regions

UNFINISHED = (State.NEW, State.HANDLING)
NATIONAL = "CN"
BARS = 31


def listed(actor: Actor, *, state: str = "") -> QuerySet[Alert]:
    """Alerts in scope; ``state`` '' for those not finished. The worst first, among them the clock that runs out first."""
    alerts = access.visible_alerts(actor)
    alerts = alerts.filter(state=state) if state in State.values else alerts.filter(state__in=UNFINISHED)
    if state in (State.SETTLED, State.WITHDRAWN):
        return alerts.order_by("-opened_at", "-pk")
    return alerts.order_by("-rank", F("act_by").asc(nulls_last=True), "opened_at", "pk")


@dataclass(frozen=True)
class Counts:
    """How many alerts the actor sees, by state."""

    new: int
    handling: int
    settled: int
    withdrawn: int
    late: int

    @property
    def unfinished(self) -> int:
        return self.new + self.handling


def counts(actor: Actor, *, at: datetime) -> Counts:
    found = (
        access.visible_alerts(actor)
        .order_by()
        .aggregate(
            **{state.value: Count("pk", filter=Q(state=state)) for state in State},
            late=Count("pk", filter=Q(state__in=UNFINISHED, act_by__lt=at)),
        )
    )
    return Counts(**found)


# -- words ---------------------------------------------------------------------------------------------------------------


def rule_of(alert: Alert) -> Threshold | None:
    """The row of the packs; what the school asks beside it stands in the alert's ``own_rule`` and ``clock_by``."""
    return rulebook.threshold(alert.rule_id, alert.rule_edition)


def what(counted: str) -> str:
    """What was counted (``rules.series_of``), in the language in force: 发热; 麻疹（死亡）."""
    body, *tail = counted.split(";")
    family, _equals, code = body.partition("=")
    said = _SAY[family](code.partition("#")[0])
    notes = [_("现患") if part == "currently" else str(rules.PERSON_OUTCOMES.get(part, part)) for part in tail]
    return _("%(what)s（%(note)s）") % {"what": said, "note": _("、").join(notes)} if notes else said


def _symptom(code: str) -> str:
    return str(SYMPTOMS.get(code, code))


def _rule(code: str) -> str:
    rule = next((row for row in rulebook.all_rules() if row.rule_id == code), None)
    return rulebook.said(rule.title) if rule else code


def _diseases(codes: str) -> str:
    words = rulebook.words().diseases
    return _("、").join(rulebook.said(words[code]) if code in words else code for code in codes.split("+"))


_SAY = {
    "symptoms": _symptom,
    "rule": _rule,
    "disease": _diseases,
    "event": lambda code: str(rules.EVENTS.get(code, code)),
}


def region_of(rule: Threshold | None) -> str:
    """Whose figure it is, where it is not the nation's; '' where it is."""
    if rule is None or rule.jurisdiction == NATIONAL:
        return ""
    code = rule.jurisdiction.partition("-")[2]
    return regions.name(code) or rule.jurisdiction


@dataclass(frozen=True)
class Row:
    """An alert as a list shows it: ``place`` in words, ``what`` was counted, ``region`` whose figure it is. ``title``: of the
    school's own rule where that raised it; ``beside``: of the row of the packs then, else ''."""

    alert: Alert
    title: str
    what: str
    place: str
    region: str
    rule: Threshold | None
    beside: str = ""

    @property
    def is_single_day(self) -> bool:
        return self.alert.first_day == self.alert.last_day


@dataclass(frozen=True)
class Group:
    """Alerts of one place by the same thing: the worst of them, and the lower tiers that were reached as well."""

    first: Row
    rest: list[Row]


def rows(alerts: Sequence[Alert]) -> list[Row]:
    places = people.labels_of({alert.unit for alert in alerts})
    return [_row(alert, places[alert.unit_id]) for alert in alerts]


def _row(alert: Alert, place: str) -> Row:
    rule = rule_of(alert)
    title = rulebook.said(rule.title) if rule else alert.rule_id
    if alert.own_rule:
        return Row(alert, alert.own_rule.text, what(alert.counted), place, region_of(rule), rule, beside=title)
    return Row(alert, title, what(alert.counted), place, region_of(rule), rule)


def grouped(alerts: Sequence[Row]) -> list[Group]:
    """Rows in their order, each with the others of the same place and the same thing behind it."""
    groups: dict[tuple[int, int | None, str], list[Row]] = {}
    for row in alerts:
        thing = row.alert.counted.partition(";")[0].partition("#")[0]
        groups.setdefault((row.alert.unit_id, row.alert.person_id, thing), []).append(row)
    return [Group(first, rest) for first, *rest in groups.values()]


# -- one alert -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """How many were first counted on a day; ``height`` in percent of the fullest day."""

    day: date
    n: int
    height: int


@dataclass(frozen=True)
class Counted:
    """Somebody who counts, whom the actor may know."""

    person: Person
    place: str
    room: str
    day: date


@dataclass(frozen=True)
class Step:
    """Something that happened to an alert."""

    at: datetime
    kind: str
    n: int
    by: str
    outcome: str


@dataclass(frozen=True)
class Detail:
    """Everything about one alert that the actor may see; ``hidden`` people count whom they may not know by name."""

    row: Row
    action: str
    caveat: str
    people: list[Counted]
    hidden: int
    bars: list[Bar]
    since_settled: int
    steps: list[Step]
    tasks: list[Task]
    settled_by: str
    may_handle: bool
    also: list[Row]
    event: Event | None


@transaction.atomic
def detail(actor: Actor, alert: Alert, *, at: datetime) -> Detail:
    """One alert, with an entry in the trail of each person whose name is shown."""
    shown = list(access.visible_people(actor, alert).order_by("day", "unit__sort_key", "person__number"))
    audit.record_reads(
        by=actor, school_id=alert.school_id, at=at, action="alert.read", person_ids=[one.person_id for one in shown],
        alert_id=alert.pk,
    )  # fmt: skip
    cards = {card.person.pk: card for card in people.cards_of([one.person_id for one in shown], at=at)}
    everybody = AlertPerson.objects.filter(alert=alert, left_at=None)
    days = Counter(everybody.values_list("day", flat=True))
    history = list(AlertEvent.objects.filter(alert=alert).order_by("at", "pk"))
    names = people.persons_by_id({one.by_id for one in history if one.by_id} | {alert.settled_by or 0})
    row = rows([alert])[0]
    settled_at = alert.settled_at if alert.state == State.SETTLED else None
    tasks = Task.objects.filter(school_id=alert.school_id, key__startswith=f"{rules.tasks_of(alert.pk)}{alert.opening}:")
    handles = access.user_can_handle(actor, alert)
    return Detail(
        row=row,
        action=rulebook.said(row.rule.action) if row.rule else "",
        caveat=rulebook.said(row.rule.caveat) if row.rule else "",
        people=[
            Counted(one.person, cards[one.person_id].place, cards[one.person_id].room, one.day)
            for one in shown
            if one.person_id in cards
        ],
        hidden=sum(days.values()) - len(shown),
        bars=_bars(alert, days),
        since_settled=everybody.filter(joined_at__gt=settled_at).count() if settled_at else 0,
        steps=[_step(one, names) for one in history],
        tasks=list(tasks.select_related("owner").order_by("due_at", "pk")),
        settled_by=names[alert.settled_by].name if alert.settled_by in names else "",
        may_handle=handles,
        also=_also(actor, alert),
        event=_event_of(alert) if handles else None,
    )


def _step(one: AlertEvent, names: dict[int, Person]) -> Step:
    by = names[one.by_id].name if one.by_id in names else ""
    return Step(one.at, one.kind, one.n, by, str(rules.OUTCOMES.get(one.detail.get("outcome", ""), "")))


def _bars(alert: Alert, days: Counter[date]) -> list[Bar]:
    """The days of the window, the last ``BARS`` of a long one."""
    first = max(min([alert.first_day, *days]), alert.last_day - timedelta(days=BARS - 1))
    most = max(days.values(), default=1)
    span = [first + timedelta(days=n) for n in range((alert.last_day - first).days + 1)]
    return [Bar(day, days[day], round(100 * days[day] / most)) for day in span]


def _also(actor: Actor, alert: Alert) -> list[Row]:
    """Other rules that the same thing has reached at the same place, and that are not finished."""
    thing = alert.counted.partition(";")[0].partition("#")[0]
    same = access.visible_alerts(actor).filter(
        unit=alert.unit, person=alert.person, state__in=UNFINISHED, counted__startswith=thing
    )
    return rows(list(same.exclude(pk=alert.pk).order_by("-rank", "pk")[:6]))


def _event_of(alert: Alert) -> Event | None:
    """The event that was counted, where an alert is of one."""
    if not alert.counted.startswith("event="):
        return None
    counted = Occurrence.objects.filter(
        school_id=alert.school_id, event_of__isnull=False, withdrawn_at=None, day__range=(alert.first_day, alert.last_day),
        person_id__in=AlertPerson.objects.filter(alert=alert, left_at=None).values("person_id"),
    ).select_related("event_of")  # fmt: skip
    first = counted.order_by("pk").first()
    return first.event_of if first else None


def to_merge_into(actor: Actor, alert: Alert) -> QuerySet[Alert]:
    """The alerts into which one can be merged: others of the last weeks that the actor may handle, the latest first."""
    others = access.visible_alerts(actor).exclude(pk=alert.pk).exclude(state=State.WITHDRAWN)
    return others.filter(last_day__gte=alert.first_day - timedelta(days=14)).order_by("-opened_at", "-pk")


# -- events --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Concerned:
    """Somebody whom an event concerns, and what became of them."""

    person: Person
    place: str
    room: str
    outcome: str


@dataclass(frozen=True)
class EventPage:
    event: Event
    place: str
    recorded_by: str
    people: list[Concerned]
    alerts: list[Row]


@transaction.atomic
def event_page(actor: Actor, event: Event, *, at: datetime) -> EventPage:
    """One event with those whom it concerns, an entry in the trail for each."""
    counted = list(event.occurrences.filter(withdrawn_at=None).order_by("person__number").values_list("person_id", "outcome"))
    ids = [person_id for person_id, _outcome in counted]
    audit.record_reads(by=actor, school_id=event.school_id, at=at, action="event.read", person_ids=ids, event_id=event.pk)
    cards = {card.person.pk: card for card in people.cards_of(ids, at=at)}
    recorder = people.persons_by_id([event.recorded_by or 0]).get(event.recorded_by or 0)
    alerts = access.visible_alerts(actor).filter(
        counted__startswith=f"event={event.kind}", people__person_id__in=ids, first_day__lte=event.day, last_day__gte=event.day
    )
    return EventPage(
        event,
        people.labels_of([event.unit])[event.unit.pk] if event.unit else "",
        recorder.name if recorder else "",
        [Concerned(cards[pk].person, cards[pk].place, cards[pk].room, outcome) for pk, outcome in counted if pk in cards],
        rows(list(alerts.distinct().order_by("-rank", "pk"))),
    )


def events(actor: Actor) -> QuerySet[Event]:
    """The events recorded in the scope of HANDLE_ALERTS, the latest first."""
    scope = within(actor, Verb.HANDLE_ALERTS) | within(actor, Verb.HANDLE_ALERTS, "school__path")
    found = Event.objects.filter(scope, school_id=actor.school_id).select_related("unit")
    return found.annotate(n=Count("occurrences", filter=Q(occurrences__withdrawn_at=None))).order_by("-recorded_at", "-pk")


def units_called(actor: Actor, name: str) -> list[Unit]:
    """The classes and rooms of that name in the scope of HANDLE_ALERTS."""
    scope = within(actor, Verb.HANDLE_ALERTS, "path")
    found: list[Unit] = []
    for tree in (Tree.ADMINISTRATION, Tree.RESIDENCE):
        found += units_named(name, school_id=actor.school_id, tree=tree, scope=scope, limit=8)
    exact = [unit for unit in found if unit.name == name.strip()]
    return [unit for unit in exact or found if unit.kind in (UnitKind.CLASS, UnitKind.ROOM)]


def members_of(unit: Unit, *, at: datetime) -> list[int]:
    """Everybody who belongs to a class or lives in a room."""
    members = Membership.objects.filter(unit=unit).exclude(person__kind=PersonKind.GUARDIAN)
    return list(people.in_force(members, at).values_list("person_id", flat=True))
