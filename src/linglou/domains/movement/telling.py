"""Writes of whereabouts. Whoever tells, it goes one way: rows are set aside and added, the round that asks gets its response through
the rounds engine's commit, and the person is looked at again, all in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from datetime import time as wall
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from linglou.domains.movement import access, rules, whereabouts
from linglou.domains.movement.models import CallBack, RegionStay, Source, ToScreen, Trip
from linglou.domains.movement.problems import ALREADY_TOLD, CHECK_NOT_WAITING, NOT_ASKED
from linglou.domains.movement.rules import Stay
from linglou.domains.movement.stays import trips
from linglou.engines.rounds import publishing, schedules
from linglou.engines.rounds import queries as rounds
from linglou.engines.rounds.access import Standing
from linglou.engines.rounds.commit import Submission, commit
from linglou.engines.rounds.models import WHEREABOUTS, Round, Schedule
from linglou.engines.rounds.models import Source as RoundSource
from linglou.foundation.access.actor import Actor
from linglou.foundation.access.roles import Role
from linglou.foundation.audit import actions as audit
from linglou.foundation.people.models import Person, Unit
from linglou.kernel import clock, ids, regions
from linglou.kernel.common_problems import INVALID_INPUT, NOT_FOUND
from linglou.kernel.problems import FieldError, Problem
from linglou.kernel.secrets import key_for

FARTHEST = timedelta(days=120)  # nobody is asked about more; a mistyped year is caught


@dataclass(frozen=True)
class NewTrip:
    """A trip as it is told. ``companion_numbers`` are numbers of people of the school; what is nobody's is kept as text."""

    day: date
    from_region: str
    to_region: str
    means: str
    vehicle: str = ""
    carriage: str = ""
    seat_row: int | None = None
    seat_letter: str = ""
    companions: str = ""
    companion_numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Teller:
    """Who tells about whom: the person, somebody who answers the round for them (``standing``), or somebody who has telephoned
    (``call``)."""

    person: Person
    by: Actor
    call: CallBack | None = None
    standing: Standing | None = None

    @property
    def is_blind(self) -> bool:
        """Answers for somebody without seeing what they told."""
        return self.standing is not None and not self.standing.sees_answers

    @property
    def shown_of(self) -> int | None:
        """Whose rows they are shown: None for everybody's, 0 for nobody's (a class monitor sees whether, never what)."""
        if not self.is_blind:
            return None
        return 0 if self.round_source is RoundSource.MONITOR else self.by.person_id

    @property
    def source(self) -> Source:
        if self.by.person_id == self.person.pk:
            return Source.SELF
        return Source.VERIFIED if self.call else Source.PROXY

    @property
    def round_source(self) -> RoundSource:
        if self.source is Source.SELF:
            return RoundSource.SELF
        if self.standing:
            return self.standing.source
        roles = {grant.role for grant in self.by.grants}
        return RoundSource.COUNSELLOR if Role.COUNSELLOR in roles else RoundSource.OFFICE


def for_somebody(*, person_id: int, by: Actor, at: datetime) -> Teller:
    """Who answers the round for a person. Raises ``Problem``: NOT_FOUND for who may not, and for who may not see what stands NOT_ASKED
    while no round asks, ALREADY_TOLD once somebody else told."""
    standing = access.standing_to_tell(by, person_id, at=at)
    teller = Teller(standing.person, by, standing=standing)
    _check_blind(teller, at)
    return teller


@transaction.atomic
def add_stay(*, teller: Teller, stay: Stay, key: str, at: datetime) -> None:
    """Tell a stay; what was told of the same days gives way. Raises ``Problem(INVALID_INPUT)``."""
    _check_stay(stay, clock.day_of(at))
    told = _locked(teller, at)
    _lay(teller, told, rules.laid(map(whereabouts.stay_of, told), stay), at)
    _finish(teller, key, at)


def never_left(*, teller: Teller, key: str, at: datetime) -> None:
    """One tap: on campus for the whole look-back, and still."""
    since, _until = whereabouts.look_back(clock.day_of(at))
    add_stay(teller=teller, stay=Stay(rules.CAMPUS, "", since, None), key=key, at=at)


def came_back(*, teller: Teller, key: str, at: datetime) -> None:
    """One tap: on campus since today."""
    add_stay(teller=teller, stay=Stay(rules.CAMPUS, "", clock.day_of(at), None), key=key, at=at)


@transaction.atomic
def drop_stay(*, teller: Teller, stay_id: int, key: str, at: datetime) -> None:
    """Take a stay back: it is set aside, not deleted. Raises ``Problem(NOT_FOUND)``."""
    told = _locked(teller, at)
    kept = [row for row in told if row.id != stay_id]
    if len(kept) == len(told):
        raise Problem(NOT_FOUND)
    _lay(teller, told, [whereabouts.stay_of(row) for row in kept], at)
    _finish(teller, key, at)


@transaction.atomic
def add_trip(*, teller: Teller, trip: NewTrip, key: str, at: datetime) -> None:
    """Tell a trip; the same one twice is one. In a numbered vehicle it is a stay too. Raises ``Problem(INVALID_INPUT)``."""
    person = teller.person
    _check_trip(trip, clock.day_of(at))
    _locked(teller, at)
    known = Person.objects.filter(school_id=person.school_id, number__in=trip.companion_numbers).exclude(pk=person.pk)
    numbers = dict(known.values_list("number", "pk"))
    unknown = [number for number in trip.companion_numbers if number not in numbers and number != person.number]
    said = asdict(trip) | {"companions": " ".join(filter(None, [trip.companions, *unknown]))[:120]}
    del said["companion_numbers"]
    same = Trip.objects.filter(school_id=person.school_id, person_id=person.pk, superseded_at=None, **said)
    if not same.filter(companion_ids=sorted(numbers.values())).exists():
        Trip.objects.create(
            school_id=person.school_id, person_id=person.pk, companion_ids=sorted(numbers.values()), source=teller.source,
            by_id=teller.by.person_id, recorded_at=at, **said,
        )  # fmt: skip
    trips.follow(school_id=person.school_id, person_ids=[person.pk], days=[trip.day])
    _finish(teller, key, at)


@transaction.atomic
def drop_trip(*, teller: Teller, trip_id: int, key: str, at: datetime) -> None:
    """Take a trip back, and the stay with it. Raises ``Problem(NOT_FOUND)``."""
    _locked(teller, at)
    person = teller.person
    mine = Trip.objects.filter(school_id=person.school_id, person_id=person.pk, id=trip_id, superseded_at=None)
    days = list(mine.values_list("day", flat=True))
    if not mine.update(superseded_at=at):
        raise Problem(NOT_FOUND)
    trips.follow(school_id=person.school_id, person_ids=[person.pk], days=days)
    _finish(teller, key, at)


def may_tell(teller: Teller, *, at: datetime) -> bool:
    """A class monitor answers for whoever has not, once; that is the rounds engine's rule. Everybody else may mend what they told."""
    if teller.standing is None or teller.standing.source is not RoundSource.MONITOR:
        return True
    asked = whereabouts.asked_of(teller.person, at=at)
    return asked is not None and asked.answered_at is None


def _check_blind(teller: Teller, at: datetime) -> None:
    """Who does not see what stands does not replace it either, and asks nothing of a group's round."""
    if not teller.is_blind:
        return
    round_ = whereabouts.open_round(teller.person, at=at)
    if round_ is None or round_.group_key:
        raise Problem(NOT_ASKED, name=teller.person.name)
    if whereabouts.told_by_others(teller.person, teller.by.person_id, at=at):
        raise Problem(ALREADY_TOLD, name=teller.person.name)


def _check_stay(stay: Stay, today: date) -> None:
    errors = []
    if stay.region not in (rules.CAMPUS, rules.ABROAD) and not regions.is_place(stay.region):
        errors.append(FieldError("region", "unknown-region", _("没有找到这个行政区划。"), stay.region))
    if stay.from_day > today or stay.from_day < today - FARTHEST:
        errors.append(FieldError("from_day", "out-of-range", _("请填已经到达的日期。"), str(stay.from_day)))
    if stay.to_day and stay.to_day < stay.from_day:
        errors.append(FieldError("to_day", "before-start", _("结束日期不能早于起始日期。"), str(stay.to_day)))
    if stay.to_day and stay.to_day > today:
        errors.append(FieldError("to_day", "in-the-future", _("还没有离开就不用填离开日期。"), str(stay.to_day)))
    if errors:
        raise Problem(INVALID_INPUT, tuple(errors))


def _check_trip(trip: NewTrip, today: date) -> None:
    errors = [
        FieldError(field, "unknown-region", _("没有找到这个行政区划。"), region)
        for field, region in (("from_region", trip.from_region), ("to_region", trip.to_region))
        if region not in (rules.CAMPUS, rules.ABROAD) and not regions.is_place(region)
    ]
    if trip.day > today or trip.day < today - FARTHEST:
        errors.append(FieldError("day", "out-of-range", _("请填已经出行的日期。"), str(trip.day)))
    if errors:
        raise Problem(INVALID_INPUT, tuple(errors))


def _locked(teller: Teller, at: datetime) -> list[RegionStay]:
    """What stands of the person's stays, while nobody else changes them."""
    person = Person.objects.select_for_update(of=("self",)).get(pk=teller.person.pk)
    if teller.call and (teller.call.person_id != person.pk or teller.call.result == "corrected"):
        raise Problem(CHECK_NOT_WAITING)
    _check_blind(teller, at)
    if not may_tell(teller, at=at):
        raise Problem(ALREADY_TOLD, name=person.name)
    return list(RegionStay.objects.filter(school_id=person.school_id, person_id=person.pk, superseded_at=None))


def _lay(teller: Teller, told: Sequence[RegionStay], wanted: Sequence[Stay], at: datetime) -> None:
    """Bring the rows to what is wanted: those that say the same stay (whoever said them), the others are set aside."""
    person = teller.person
    standing = {whereabouts.stay_of(row): row for row in told}
    gone = [row.id for stay, row in standing.items() if stay not in set(wanted)]
    RegionStay.objects.filter(school_id=person.school_id, id__in=gone, superseded_at=None).update(superseded_at=at)
    new = [stay for stay in dict.fromkeys(wanted) if stay not in standing]
    RegionStay.objects.bulk_create(
        RegionStay(
            school_id=person.school_id, person_id=person.pk, region=stay.region, place=stay.place, from_day=stay.from_day,
            to_day=stay.to_day, source=teller.source, by_id=teller.by.person_id, recorded_at=at,
        )
        for stay in new
    )  # fmt: skip


def _finish(teller: Teller, key: str, at: datetime) -> None:
    person = teller.person
    round_ = whereabouts.open_round(person, at=at)
    if round_:
        _respond(round_, teller, key, at)
    ToScreen.objects.create(school_id=person.school_id, person_id=person.pk)
    if teller.call:
        CallBack.objects.filter(pk=teller.call.pk).update(
            result="corrected", called_at=at, called_by=teller.by.person_id, tries=teller.call.tries + 1
        )
    audit.record(
        by=teller.by, school_id=person.school_id, at=at, action="whereabouts.tell", subject_type="person", subject_id=person.pk,
        person_id=person.pk, source=teller.source.value,
    )  # fmt: skip


def _respond(round_: Round, teller: Teller, key: str, at: datetime) -> None:
    """The round's response: everything that stands of the look-back. Written as every response is, so it is counted, may be
    corrected until the close, and every revision stays."""
    person = teller.person
    place = rounds.place_of(round_, person.pk)
    assert place is not None
    told = whereabouts.told_by(person, at=at)
    answers = {
        "stays": [
            {"region": row.region, "place": row.place, "from": str(row.from_day), "to": str(row.to_day) if row.to_day else None}
            for row in told.stays
        ],
        "trips": [
            {"day": str(row.day), "from": row.from_region, "to": row.to_region, "means": row.means, "vehicle": row.vehicle}
            for row in told.trips
        ],
    }
    number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
    submission = Submission(
        school_id=round_.school_id, day=round_.day, round_id=round_.pk, respondent_id=person.pk, unit_id=place.unit_id,
        lines=place.lines, curved=place.curved, answers=json.dumps(answers, ensure_ascii=False), severity=0,
        source=teller.round_source, by_id=teller.by.person_id, by_label=teller.by.name, key=key,
        receipt=ids.receipt_number(key_for("receipt"), round_.school_id, round_.pk, person.pk, number), at=at,
    )  # fmt: skip
    with connection.cursor() as cursor:
        commit(cursor, [submission])


@transaction.atomic
def open_baseline(*, closes_at: datetime, by: Actor, at: datetime) -> Round:
    """Ask everybody of the school, now, where they are and have been. Raises ``Problem(INVALID_INPUT)``."""
    school = Unit.objects.get(pk=by.school_id)
    publishing.publish_form(school_id=school.pk, key=WHEREABOUTS, title="去向摸底", questions=[], by=by, at=at)
    schedule = Schedule.objects.filter(school=school, purpose=WHEREABOUTS).first() or Schedule.objects.create(
        school=school, purpose=WHEREABOUTS, title="去向摸底", audience=school, form_key=WHEREABOUTS, opens=wall(0, 0),
        closes=wall(23, 59), from_day=clock.day_of(at), is_active=False, accounted_until=at,
    )  # fmt: skip
    return schedules.open_by_hand(schedule=schedule, closes_at=closes_at, by=by, at=at)


def read_of(person_ids: Sequence[int], *, by: Actor, at: datetime, **detail: Any) -> None:
    """Somebody's whereabouts were looked at: an entry for each, that each can see."""
    audit.record_reads(by=by, school_id=by.school_id, at=at, action="whereabouts.read", person_ids=person_ids, **detail)
