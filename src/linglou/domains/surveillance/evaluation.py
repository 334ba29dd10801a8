"""From occurrences to alerts, incrementally: only the scopes of what changed, and of each only the windows that hold a change.

``evaluate`` takes the due occurrences of a school in batches, each in one transaction: it reads, in a fixed number of statements,
what counts in the rooms, classes and school concerned, decides by ``rules.decide``, and opens, grows or withdraws alerts. One
evaluation of a school runs at a time (an advisory lock): two processes that see one fever each do not both miss the third.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Q

from linglou.domains.surveillance import rules
from linglou.domains.surveillance.models import Alert, AlertEvent, AlertPerson, Occurrence, State
from linglou.domains.surveillance.places import LATE_DAYS, Place, read
from linglou.domains.surveillance.rules import Reached, Seen
from linglou.foundation.audit import actions as audit
from linglou.foundation.people import queries as people
from linglou.foundation.people.models import Membership, Tree, Unit, UnitKind
from linglou.foundation.rulebook import queries as rulebook
from linglou.foundation.rulebook.queries import InForce
from linglou.foundation.rulebook.rules.school import Threshold
from linglou.kernel import clock

BATCH = 500


def evaluate(*, at: datetime, school_id: int | None = None) -> int:
    """Take account of every due occurrence (of one school, if one is given); how many there were."""
    due = Occurrence.objects.filter(is_due=True, **({"school_id": school_id} if school_id else {}))
    done = 0
    for school in sorted(set(due.values_list("school_id", flat=True))):
        while batch := _evaluate_batch(school, at):
            done += batch
    return done


@transaction.atomic
def _evaluate_batch(school_id: int, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"alerts:{school_id}"])
    due = list(
        Occurrence.objects.select_for_update(skip_locked=True).filter(school_id=school_id, is_due=True).order_by("pk")[:BATCH]
    )
    if due:
        _Evaluation(school_id, at).run(due)
        Occurrence.objects.filter(pk__in=[one.pk for one in due]).update(is_due=False, evaluated_at=at)
    return len(due)


# Scope, place, rule, edition, and the school's own rule (0: the row as the packs have it).
Key = tuple[str, int, str, str, int]


class _Evaluation:
    """One batch of one school. ``alerts`` are those near the windows."""

    def __init__(self, school_id: int, at: datetime) -> None:
        self.school_id, self.at, self.today = school_id, at, clock.day_of(at)
        self.terms = rulebook.term_days(school_id)
        self.rules = rulebook.thresholds_in_force(school_id, self.today)
        self.places: dict[Key, Place] = {}
        self.alerts: dict[Key, list[Alert]] = defaultdict(list)
        self.counted: dict[int, set[int]] = defaultdict(set)  # alert -> people who count
        self.opened: list[tuple[Alert, Place, Reached]] = []
        self.changed: dict[int, Alert] = {}
        self.joined: list[AlertPerson] = []
        self.left: list[tuple[int, int]] = []
        self.history: list[AlertEvent] = []

    def run(self, due: Sequence[Occurrence]) -> None:
        fresh = [one for one in due if one.withdrawn_at is None and (self.today - one.day).days <= LATE_DAYS]
        corrected = {one.person_id for one in due if one.evaluated_at is not None}
        recount = self._alerts_of(corrected) if corrected else {}
        self._plan(fresh, recount)
        if not self.places:
            return
        read(self.school_id, list(self.places.values()))
        self._read_alerts()
        members = self._members()
        for key, place in self.places.items():
            reached = rules.decide(place.threshold, place.seen, people=members.get(place.place_id, 0), terms=self.terms)
            for one in reached:
                self._reach(key, place, one, members)
            for alert in self.alerts[key]:
                if alert.pk in recount:
                    self._recount(alert, place, reached)
                self._say_basis(alert, place, reached)
        self._write()

    # -- what to look at -------------------------------------------------------------------------------------------------

    def _alerts_of(self, person_ids: set[int]) -> dict[int, Alert]:
        """Alerts that are not over and count somebody of whom a record was corrected."""
        mine = Q(people__person_id__in=person_ids, people__left_at=None)
        alerts = Alert.objects.filter(mine, school_id=self.school_id, state__in=(State.NEW, State.HANDLING))
        alerts = alerts.select_related("own_rule", "clock_by").distinct()
        return {alert.pk: alert for alert in alerts}

    def _plan(self, fresh: Sequence[Occurrence], recount: dict[int, Alert]) -> None:
        classes = set(
            Unit.objects.filter(pk__in={one.unit_id for one in fresh}, kind=UnitKind.CLASS).values_list("pk", flat=True)
        )
        for one in fresh:
            scopes = {
                "person": one.person_id,
                "room": one.room_id,
                "class": one.unit_id if one.unit_id in classes else None,
                "school": self.school_id,
            }
            seen = seen_of(one)
            for rule in self.rules:
                if rules.concerns(rule.row, seen):
                    for scope in rule.row.scopes:
                        if place_id := scopes[scope]:
                            self._look(scope, place_id, rule, one.day, one.day)
        for alert in recount.values():
            if found := rule_of(alert):
                self._look(alert.scope, alert.person_id or alert.unit_id, found, alert.first_day, alert.last_day)

    def _look(self, scope: str, place_id: int, rule: InForce, first: date, last: date) -> None:
        key = (scope, place_id, rule.row.rule_id, rule.row.edition, rule.own.pk if rule.own else 0)
        place = self.places.setdefault(key, Place(scope, place_id, rule, first, last, terms=self.terms))
        place.stretch(first, last)

    def _read_alerts(self) -> None:
        near = timedelta(days=1)
        bounds = [place.bounds() for place in self.places.values()]
        places = {place.place_id for place in self.places.values()}
        alerts = Alert.objects.select_for_update().filter(
            Q(unit_id__in=places, person=None) | Q(person_id__in=places),
            school_id=self.school_id,
            rule_id__in={place.threshold.rule_id for place in self.places.values()},
            last_day__gte=min(first for first, _last in bounds) - near,
            first_day__lte=max(last for _first, last in bounds) + near,
        )
        for alert in alerts.order_by("opened_at", "pk"):
            place_id, own_id = alert.person_id or alert.unit_id, alert.own_rule_id or 0
            self.alerts[alert.scope, place_id, alert.rule_id, alert.rule_edition, own_id].append(alert)
        ids = [alert.pk for of_key in self.alerts.values() for alert in of_key]
        for alert_id, person_id in AlertPerson.objects.filter(alert_id__in=ids, left_at=None).values_list(
            "alert_id", "person_id"
        ):
            self.counted[alert_id].add(person_id)

    def _members(self) -> dict[int, int]:
        """Unit -> how many belong to it, where a threshold speaks of a share."""
        shares = {
            place.place_id
            for place in self.places.values()
            if place.scope != "person" and any(count.share for count in place.threshold.counts)
        }
        if not shares:
            return {}
        trees = [Tree.ADMINISTRATION, Tree.RESIDENCE]
        members = people.in_force(Membership.objects.filter(unit_id__in=shares, tree__in=trees), self.at)
        return dict(members.values_list("unit_id").annotate(Count("pk")))

    # -- what follows ----------------------------------------------------------------------------------------------------

    def _reach(self, key: Key, place: Place, reached: Reached, members: dict[int, int]) -> None:
        alert = next(
            (one for one in self.alerts[key] if one.counted == reached.counted and _adjoin(place.threshold, one, reached)), None
        )
        if alert is None:
            if (self.today - reached.last).days <= LATE_DAYS:
                self._open(place, reached)
            return
        fresh = reached.persons.keys() - self.counted[alert.pk]
        alert.first_day, alert.last_day = min(alert.first_day, reached.first), max(alert.last_day, reached.last)
        self.changed[alert.pk] = alert
        if self._opens_anew(alert, place, reached, members):
            alert.state = rules.follow(alert.state, "reach") or alert.state
            alert.opening, alert.opened_at, alert.flowed_at = alert.opening + 1, self.at, None
            alert.act_by, alert.clock_by = _act_by(place.threshold, self.at), place.rule.clock_by
            self._note(alert, "reopened", len(self.counted[alert.pk] | fresh))
        elif fresh:
            self._note(alert, "grew", len(self.counted[alert.pk] | fresh))
        self._join(alert, place, reached, fresh)

    def _opens_anew(self, alert: Alert, place: Place, reached: Reached, members: dict[int, int]) -> bool:
        if alert.state == State.WITHDRAWN:
            return True
        if alert.state != State.SETTLED:
            return False
        others = [one for one in place.seen if one.person_id not in self.counted[alert.pk]]
        again = rules.decide(place.threshold, others, people=members.get(place.place_id, 0), terms=self.terms)
        return any(one.counted == alert.counted and _adjoin(place.threshold, alert, one) for one in again)

    def _join(self, alert: Alert, place: Place, reached: Reached, fresh: Iterable[int]) -> None:
        for person_id in sorted(fresh):
            self.joined.append(
                AlertPerson(
                    alert=alert, person_id=person_id, unit_id=place.units[person_id], day=reached.persons[person_id],
                    joined_at=self.at,
                )
            )  # fmt: skip
            self.counted[alert.pk].add(person_id)
        alert.n = len(self.counted[alert.pk])

    def _open(self, place: Place, reached: Reached) -> None:
        threshold, of_person = place.threshold, place.scope == "person"
        alert = Alert(
            school_id=self.school_id, scope=place.scope,
            unit_id=(place.units[place.place_id] or self.school_id) if of_person else place.place_id,
            person_id=place.place_id if of_person else None,
            rule_id=threshold.rule_id, rule_edition=threshold.edition, own_rule=place.rule.own, clock_by=place.rule.clock_by,
            counted=reached.counted, needed=reached.needed, rank=rules.rank(place.rule.beside), first_day=reached.first,
            last_day=reached.last, n=len(reached.persons), basis=_basis(place, reached, reached.persons), opened_at=self.at, act_by=_act_by(threshold, self.at),
        )  # fmt: skip
        self.opened.append((alert, place, reached))

    def _recount(self, alert: Alert, place: Place, reached: Sequence[Reached]) -> None:
        """Somebody's record was corrected: who counts now is who is counted now."""
        chains = [one for one in reached if one.counted == alert.counted and _adjoin(place.threshold, alert, one)]
        if chains:
            still = {person_id for one in chains for person_id in one.persons}
        else:
            still = {
                one.person_id
                for series in rules.series_of(place.threshold, place.seen)
                if series.counted == alert.counted
                for one in series.seen
                if alert.first_day <= one.day <= alert.last_day
            }
        gone = self.counted[alert.pk] - still
        if gone:
            self.left += [(alert.pk, person_id) for person_id in gone]
            self.counted[alert.pk] -= gone
            alert.n = len(self.counted[alert.pk])
            self.changed[alert.pk] = alert
        withdrawn = None if chains else rules.follow(alert.state, "withdraw")
        if withdrawn:
            alert.state = withdrawn
            self.changed[alert.pk] = alert
        if gone or withdrawn:
            self._note(alert, "withdrawn" if withdrawn else "fell", alert.n)

    def _say_basis(self, alert: Alert, place: Place, reached: Sequence[Reached]) -> None:
        """What those who count have in common, or where they were infected, as it is known now."""
        for one in reached:
            if one.counted == alert.counted and _adjoin(place.threshold, alert, one):
                basis = _basis(place, one, self.counted[alert.pk])
                if basis != alert.basis:
                    alert.basis, self.changed[alert.pk] = basis, alert

    def _note(self, alert: Alert, kind: str, n: int) -> None:
        self.history.append(AlertEvent(alert=alert, at=self.at, kind=kind, n=n))

    def _write(self) -> None:
        Alert.objects.bulk_create(alert for alert, _place, _reached in self.opened)
        for alert, place, reached in self.opened:
            self._note(alert, "opened", alert.n)
            self._join(alert, place, reached, reached.persons)
        Alert.objects.bulk_update(
            self.changed.values(),
            ["first_day", "last_day", "n", "basis", "state", "opening", "opened_at", "flowed_at", "act_by", "clock_by"],
        )
        AlertPerson.objects.bulk_create(
            self.joined,
            update_conflicts=True,
            unique_fields=["alert", "person"],
            update_fields=["unit", "day", "joined_at", "left_at"],
        )
        if self.left:
            with connection.cursor() as cursor:
                alerts, persons = zip(*self.left, strict=True)
                cursor.execute(LEAVE_SQL, {"at": self.at, "alert": list(alerts), "person": list(persons)})
        AlertEvent.objects.bulk_create(self.history)
        self._audit("alert.open", [one.alert.pk for one in self.history if one.kind in ("opened", "reopened")])
        self._audit("alert.withdraw", [one.alert.pk for one in self.history if one.kind == "withdrawn"])

    def _audit(self, action: str, ids: list[int]) -> None:
        if ids:
            audit.record(by=None, school_id=self.school_id, at=self.at, action=action, subject_type="alert", ids=ids)


def rule_of(alert: Alert) -> InForce | None:
    """The threshold by which an alert was opened, as it counted then."""
    return rulebook.threshold_in_force(alert.rule_id, alert.rule_edition, alert.own_rule, alert.clock_by)


def seen_of(one: Occurrence) -> Seen:
    return Seen(
        one.person_id, one.day, frozenset(one.symptoms), frozenset(one.rule_ids), one.disease, one.event, one.event_of_id,
        one.outcome, one.until, one.acquired,
    )  # fmt: skip


def _basis(place: Place, reached: Reached, persons: Collection[int]) -> dict[str, int]:
    counting = (one for one in place.seen if one.person_id in persons and rules.counts_it(reached.count, one))
    return rules.basis_of(reached.count, counting)


def _adjoin(threshold: Threshold, alert: Alert, reached: Reached) -> bool:
    """Whether windows of the same count overlap, or follow on the next day: the same chain."""
    day = rules.gap_of(threshold)
    return alert.first_day <= reached.last + day and reached.first <= alert.last_day + day


def _act_by(threshold: Threshold, at: datetime) -> datetime | None:
    return None if threshold.act_minutes is None else at + timedelta(minutes=threshold.act_minutes)


LEAVE_SQL = """
    UPDATE surveillance_alertperson p SET left_at = %(at)s
    FROM unnest(%(alert)s::bigint[], %(person)s::bigint[]) AS t(alert_id, person_id)
    WHERE p.alert_id = t.alert_id AND p.person_id = t.person_id AND p.left_at IS NULL
"""
