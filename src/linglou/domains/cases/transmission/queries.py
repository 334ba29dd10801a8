"""Reads of transmission: the cases of a disease in a period, who may have infected whom, and the rates by where people belong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from statistics import median

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from linglou.domains.cases import access
from linglou.domains.cases.contacts.queries import first_degree, whose
from linglou.domains.cases.models import Case, Contact, ContactState, Status
from linglou.domains.cases.transmission import rules
from linglou.domains.cases.transmission.rules import Exposure, Rate
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.scope import within
from linglou.foundation.access.verbs import Verb
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Membership, Tree, Unit, UnitKind
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock

LOOKS_BACK_DAYS = 90
CLASS, ROOM, BUILDING = "class", "room", "building"
GROUPS = (CLASS, ROOM, BUILDING)


@dataclass(frozen=True)
class Node:
    """A case in the picture. ``places``: class, room, building -> name, as they stood when the case was opened ('' : none)."""

    case: Case
    day: date
    places: Mapping[str, str]
    contacts: int
    is_counted: bool


@dataclass(frozen=True)
class Edge:
    """A contact of ``source`` who became the case ``target`` within the observation: a possible source, with what says so."""

    source: Node
    target: Node
    contact: Contact

    @property
    def days(self) -> int:
        """Between the days of illness: the serial interval, if this was the source."""
        return (self.target.day - self.source.day).days


@dataclass(frozen=True)
class Row:
    """One unit with both rates."""

    name: str
    attack: Rate
    secondary: Rate


@dataclass(frozen=True)
class Transmission:
    """``rates``: class, room, building -> rows, the most affected first. ``not_enrolled``: counted cases of people who belonged
    nowhere when the period began, and are in no attack rate; ``watched``: contacts whose observation is not over."""

    disease: str
    since: date
    until: date
    nodes: list[Node]
    edges: list[Edge]
    attack: Rate
    secondary: Rate
    rates: dict[str, list[Row]] = field(default_factory=dict)
    by_kind: list[tuple[str, Rate]] = field(default_factory=list)
    not_enrolled: int = 0
    watched: int = 0
    without_rule: int = 0

    @property
    def counted(self) -> int:
        return sum(node.is_counted for node in self.nodes)

    @property
    def suspected(self) -> int:
        return len(self.nodes) - self.counted

    @property
    def serial_intervals(self) -> list[int]:
        """Of the cases with one possible source, in days."""
        per_target: dict[int, list[int]] = {}
        for edge in self.edges:
            per_target.setdefault(edge.target.case.pk, []).append(edge.days)
        return sorted(days[0] for days in per_target.values() if len(days) == 1)

    @property
    def serial_interval(self) -> float | None:
        return median(self.serial_intervals) if self.serial_intervals else None


def cases_of(actor: Actor, disease: str) -> QuerySet[Case]:
    """Cases of a disease whose clinical record the actor may see; neither excluded nor merged into another."""
    cases = access.visible_cases(actor, Verb.SEE_CLINICAL).filter(disease=disease, merged_into=None)
    return cases.exclude(status=Status.EXCLUDED)


def diseases(actor: Actor) -> list[str]:
    """Slugs of the diseases there is something to show of, the latest first."""
    cases = access.visible_cases(actor, Verb.SEE_CLINICAL).exclude(status=Status.EXCLUDED).filter(merged_into=None)
    return list(dict.fromkeys(cases.order_by("-opened_at").values_list("disease", flat=True)))


def period(actor: Actor, disease: str, *, today: date) -> tuple[date, date]:
    """From the first case of the last ninety days until today."""
    days = [_day(case) for case in cases_of(actor, disease)]
    recent = [day for day in days if today - timedelta(days=LOOKS_BACK_DAYS) <= day <= today]
    return (min(recent) if recent else today - timedelta(days=13)), today


@transaction.atomic
def transmission(actor: Actor, disease: str, *, since: date, until: date, at: datetime) -> Transmission:
    """The picture of a disease over a period, its days included. Every case shown leaves an entry in the trail."""
    everyone = list(cases_of(actor, disease).order_by("opened_at", "pk"))
    shown = [case for case in everyone if since <= _day(case) <= until]
    audit.record_reads(
        by=actor, school_id=actor.school_id, at=at, action="case.transmission",
        person_ids=sorted({case.person_id for case in shown}),
    )  # fmt: skip
    contacts = list(first_degree([case.pk for case in shown]))
    nodes = _nodes(shown, contacts, at)
    exposures = _exposures([one for one in contacts if one.state == ContactState.CONFIRMED], everyone)
    begins = clock.moment(since, time.min)
    counted = [case for case in everyone if case.status in rules.COUNTED]
    ill = {case.person_id for case in counted if since <= _day(case) <= until}
    before = {case.person_id for case in counted if _day(case) < since and (case.ended_at is None or case.ended_at > begins)}
    cohort = _Cohort(actor, begins, at, ill | before)
    people = rules.outcomes((replace(one, group="") for one in exposures.values()), today=clock.day_of(at)).get("", {})
    return Transmission(
        disease=disease, since=since, until=until, nodes=nodes, edges=_edges(nodes, contacts, everyone),
        attack=cohort.whole(ill, before), secondary=rules.secondary_rate(people.values()),
        rates={group: _rows(group, cohort, exposures, ill, before, at) for group in GROUPS},
        by_kind=_by_kind(exposures, clock.day_of(at)),
        not_enrolled=len(ill - before - cohort.enrolled), watched=sum(came == "watched" for came in people.values()),
        without_rule=sum(came == "no-rule" for came in people.values()),
    )  # fmt: skip


def _day(case: Case) -> date:
    return rules.day_of_illness(case.onset, clock.day_of(case.diagnosed_at))


def _nodes(cases: Sequence[Case], contacts: Iterable[Contact], at: datetime) -> list[Node]:
    confirmed: dict[int, int] = {}
    for contact in contacts:
        confirmed[whose(contact)] = confirmed.get(whose(contact), 0) + (contact.state == ContactState.CONFIRMED)
    rooms = _rooms_of([(case.person_id, case.opened_at) for case in cases], at)
    above, named = _buildings(rooms.values()), _unit_names(ROOM, rooms.values())
    buildings = _unit_names(BUILDING, above.values())
    nodes = []
    for case in cases:
        room = rooms.get(case.person_id, 0)
        places = {CLASS: case.unit.name, ROOM: named.get(room, ""), BUILDING: buildings.get(above.get(room, 0), "")}
        nodes.append(Node(case, _day(case), places, confirmed.get(case.pk, 0), case.status in rules.COUNTED))
    return sorted(nodes, key=lambda node: (node.day, node.case.pk))


def _exposures(contacts: Iterable[Contact], cases: Iterable[Case]) -> dict[Contact, Exposure]:
    """Each confirmed contact with when the person fell ill, if that counts: on the first day that is not before the contact, or
    else on the last before it."""
    ill: dict[int, list[date]] = {}
    for case in cases:
        if case.status in rules.COUNTED:
            ill.setdefault(case.person_id, []).append(_day(case))
    return {contact: _exposure(contact, ill.get(contact.person_id, ())) for contact in contacts}


def _exposure(contact: Contact, ill: Iterable[date]) -> Exposure:
    first, last = clock.day_of(contact.first_at), clock.day_of(contact.last_at)
    row = rulebook.observation(contact.case.disease, "close-contact", clock.day_of(contact.case.diagnosed_at))
    after = [day for day in ill if day > first]
    return Exposure(
        contact.person_id, contact.where, first, last, row.days if row else None,
        min(after) if after else max(ill, default=None),
    )  # fmt: skip


def _edges(nodes: Iterable[Node], contacts: Iterable[Contact], cases: Iterable[Case]) -> list[Edge]:
    """Contacts of shown cases who are shown cases themselves, suspected ones too; a contact not yet reviewed is one, a rejected
    one is none."""
    node_of = {node.case.pk: node for node in nodes}
    by_person: dict[int, list[Node]] = {}
    for node in node_of.values():
        by_person.setdefault(node.case.person_id, []).append(node)
    edges = []
    for contact in contacts:
        for target in by_person.get(contact.person_id, ()):
            exposure = _exposure(contact, [target.day])
            if rules.outcome(exposure, today=target.day) == "secondary":
                edges.append(Edge(node_of[whose(contact)], target, contact))
    return sorted(edges, key=lambda edge: (edge.target.day, edge.target.case.pk, edge.source.day, edge.source.case.pk))


class _Cohort:
    """Who belonged where when the period began, as far as that is known now."""

    def __init__(self, actor: Actor, begins: datetime, at: datetime, person_ids: Collection[int]) -> None:
        self.begins, self.at = begins, at
        scope = within(actor, Verb.SEE_CLINICAL)
        self.scoped = _held(Tree.ADMINISTRATION, begins, at).filter(scope, school_id=actor.school_id)
        self.belongs = {
            CLASS: dict(self.scoped.filter(person_id__in=person_ids).values_list("person_id", "unit_id")),
            ROOM: dict(_held(Tree.RESIDENCE, begins, at).filter(person_id__in=person_ids).values_list("person_id", "unit_id")),
        }
        self.enrolled = set(self.belongs[CLASS])

    def whole(self, ill: set[int], before: set[int]) -> Rate:
        members = self.scoped.values("person_id").distinct().count()
        whole = dict.fromkeys(self.enrolled, 0)
        return rules.attack_rates({0: members}, ill=ill, ill_before=before, belongs=whole)[0]

    def members(self, group: str, units: Collection[int]) -> dict[int, int]:
        """Unit -> how many belonged to it, below it included."""
        tree = Tree.ADMINISTRATION if group == CLASS else Tree.RESIDENCE
        held = _held(tree, self.begins, self.at)
        if group != BUILDING:
            found = held.filter(unit_id__in=units).values("unit_id").annotate(n=Count("person_id", distinct=True))
            return dict.fromkeys(units, 0) | dict(found.values_list("unit_id", "n"))
        paths = Unit.objects.filter(pk__in=units).values_list("pk", "path")
        return {pk: held.filter(unit__path__startswith=path).values("person_id").distinct().count() for pk, path in paths}


def _held(tree: Tree, begins: datetime, known: datetime) -> QuerySet[Membership]:
    """The memberships that held at a moment, as they are known at another."""
    return Membership.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=begins), Q(superseded_at=None) | Q(superseded_at__gt=known), tree=tree,
        starts_at__lte=begins, recorded_at__lte=known,
    )  # fmt: skip


def _rows(
    group: str, cohort: _Cohort, exposures: Mapping[Contact, Exposure], ill: set[int], before: set[int], at: datetime
) -> list[Row]:  # fmt: skip
    """The units with a case or a contact, with both rates: cases by where they belonged when the period began, contacts by where
    they belonged at the contact."""
    lives = cohort.belongs[CLASS if group == CLASS else ROOM]
    met = {contact: contact.unit_id for contact in exposures}
    if group != CLASS:
        at_contact = _rooms_of([(contact.person_id, contact.last_at) for contact in exposures], at)
        met = {contact: at_contact.get(contact.person_id) for contact in exposures}
    if group == BUILDING:
        above = _buildings({*lives.values(), *(unit for unit in met.values() if unit)})
        lives = {person: above[unit] for person, unit in lives.items() if unit in above}
        met = {contact: above.get(unit) if unit else None for contact, unit in met.items()}
    units = {lives[person] for person in ill if person in lives} | {unit for unit in met.values() if unit}
    attack = rules.attack_rates(cohort.members(group, units), ill=ill, ill_before=before, belongs=lives)
    grouped = rules.outcomes(
        (replace(exposure, group=str(met[contact])) for contact, exposure in exposures.items() if met[contact]),
        today=clock.day_of(at),
    )
    named = _unit_names(group, units)
    rows = [Row(named[unit], attack[unit], rules.secondary_rate(grouped.get(str(unit), {}).values())) for unit in units]
    return sorted(rows, key=lambda row: (-row.attack.numerator, -(row.attack.value or 0), -row.secondary.denominator, row.name))


def _by_kind(exposures: Mapping[Contact, Exposure], today: date) -> list[tuple[str, Rate]]:
    """Kind of contact -> secondary attack rate, the highest first."""
    grouped = rules.outcomes(exposures.values(), today=today)
    rates = [(kind, rules.secondary_rate(people.values())) for kind, people in grouped.items()]
    return sorted(rates, key=lambda one: (-(one[1].value or 0), -one[1].denominator, one[0]))


def _rooms_of(moments: Sequence[tuple[int, datetime]], known: datetime) -> dict[int, int]:
    """Person -> the room where they lived at a moment of theirs (the last one given)."""
    wanted = dict(moments)
    homes = Membership.objects.filter(
        Q(superseded_at=None) | Q(superseded_at__gt=known), person_id__in=wanted, tree=Tree.RESIDENCE, recorded_at__lte=known
    )
    return {
        person: unit
        for person, unit, starts, ends in homes.values_list("person_id", "unit_id", "starts_at", "ends_at")
        if starts <= wanted[person] and (ends is None or ends > wanted[person])
    }


def _buildings(rooms: Iterable[int]) -> dict[int, int]:
    """Room -> its building."""
    units = {unit.pk: unit.ancestor_ids for unit in Unit.objects.filter(pk__in=set(rooms))}
    above = {part for parts in units.values() for part in parts}
    buildings = set(Unit.objects.filter(pk__in=above, kind=UnitKind.BUILDING).values_list("pk", flat=True))
    found = {room: next((part for part in parts if part in buildings), None) for room, parts in units.items()}
    return {room: building for room, building in found.items() if building}


def _unit_names(group: str, units: Iterable[int]) -> dict[int, str]:
    """Classes by their names, rooms with their building."""
    found = {unit.pk: unit for unit in Unit.objects.filter(pk__in=set(units))}
    if group != ROOM:
        return {pk: unit.name for pk, unit in found.items()}
    above = _buildings(found)
    buildings = dict(Unit.objects.filter(pk__in=set(above.values())).values_list("pk", "name"))
    return {pk: " ".join(filter(None, (buildings.get(above.get(pk, 0)), unit.name))) for pk, unit in found.items()}
