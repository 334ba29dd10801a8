"""Reads of whereabouts: what somebody told, the round that asks, and what a region is called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from linglou.domains.movement import rules
from linglou.domains.movement.models import RegionStay, Trip
from linglou.domains.movement.rules import Stay
from linglou.engines.rounds import queries as rounds
from linglou.engines.rounds.models import WHEREABOUTS, Response, Round, State
from linglou.engines.rounds.models import Source as RoundSource
from linglou.foundation.people.models import Person
from linglou.foundation.rulebook import queries as rulebook
from linglou.kernel import clock, regions


@dataclass(frozen=True)
class Told:
    """What somebody told of the days from ``since`` to ``until``, as it stands; ``gaps`` are the days that were not told."""

    person_id: int
    since: date
    until: date
    stays: list[RegionStay]
    trips: list[Trip]

    @property
    def gaps(self) -> list[tuple[date, date]]:
        return rules.gaps(map(stay_of, self.stays), self.since, self.until)

    @property
    def now(self) -> RegionStay | None:
        """Where they are, by what they told."""
        here = [stay for stay in self.stays if stay.to_day is None or stay.to_day >= self.until]
        return max(here, key=lambda stay: stay.from_day, default=None)

    @property
    def is_on_campus(self) -> bool:
        return self.now is not None and self.now.region == rules.CAMPUS


def stay_of(row: RegionStay) -> Stay:
    return Stay(row.region, row.place, row.from_day, row.to_day)


def look_back(on: date) -> tuple[date, date]:
    """The days that people are asked about on a day, by the rule in force; without one, the day itself."""
    rule = rulebook.screening(on)
    return on - timedelta(days=rule.look_back_days if rule else 0), on


def told_by(person: Person, *, at: datetime, only_by: int | None = None) -> Told:
    """What stands; ``only_by``: of that, what this person told, for who must not see what others did."""
    since, until = look_back(clock.day_of(at))
    mine = {"school_id": person.school_id, "person_id": person.pk, "superseded_at": None} | (
        {"by_id": only_by} if only_by is not None else {}
    )
    stays = RegionStay.objects.filter(Q(to_day=None) | Q(to_day__gte=since), **mine)
    trips = Trip.objects.filter(day__gte=since, **mine)
    return Told(person.pk, since, until, list(stays.order_by("from_day", "id")), list(trips.order_by("day", "id")))


def place_name(region: str, place: str = "") -> str:
    """A place in words: on campus, a region by its full name, or abroad."""
    if region == rules.CAMPUS:
        return str(_("在校内")) + (f" {place}" if place else "")
    if region == rules.ABROAD:
        return str(_("境外")) + (f" {place}" if place else "")
    return f"{regions.name(region)} {place}".strip()


def trip_name(trip: Trip) -> str:
    """A trip in words: from where to where, by what, in which seat."""
    seat = f"{trip.seat_row or ''}{trip.seat_letter}"
    detail = " ".join(filter(None, [
        str(trip.get_means_display()), trip.vehicle, _("%s 车厢") % trip.carriage if trip.carriage else "",
        _("%s 座") % seat if seat else "",
    ]))  # fmt: skip
    return f"{place_name(trip.from_region)} → {place_name(trip.to_region)} · {detail}"


def open_round(person: Person, *, at: datetime) -> Round | None:
    """The round that asks this person where they are, while it takes answers."""
    found = Round.objects.filter(
        Q(person_kind="") | Q(person_kind=person.kind), school_id=person.school_id, purpose=WHEREABOUTS, asks="people",
        state=State.OPEN, opens_at__lte=at, closes_at__gt=at,
    )  # fmt: skip
    for round_ in found.select_related("audience").order_by("closes_at", "pk"):
        if rounds.place_of(round_, person.pk):
            return round_
    return None


@dataclass(frozen=True)
class Asked:
    """A round that asks a person where they are, and when they answered it; ``proxy``: in which capacity (in words) and by whom it
    was answered for them."""

    round: Round
    answered_at: datetime | None
    by_id: int | None = None
    proxy: tuple[str, str] | None = None


def asked_of(person: Person, *, at: datetime) -> Asked | None:
    """The open round of whereabouts as it stands for a person; None when none asks them."""
    round_ = open_round(person, at=at)
    if round_ is None:
        return None
    answer = Response.objects.filter(
        school_id=round_.school_id, day=round_.day, round_id=round_.pk, respondent_id=person.pk
    ).first()  # fmt: skip
    if answer is None:
        return Asked(round_, None)
    by = Person.objects.only("name").filter(pk=answer.by_id or 0).first() if answer.source != RoundSource.SELF else None
    return Asked(round_, answer.last_at, answer.by_id, (answer.get_source_display(), by.name) if by else None)


def told_by_others(person: Person, by_id: int, *, at: datetime) -> bool:
    """Whether anybody but ``by_id`` told of the days that are asked about, or answered the round that asks."""
    told, asked = told_by(person, at=at), asked_of(person, at=at)
    others = (
        {row.by_id for row in told.stays}
        | {row.by_id for row in told.trips}
        | ({asked.by_id} if asked and asked.answered_at else set())
    )
    return bool(others - {by_id})


def latest_round(school_id: int) -> Round | None:
    return Round.objects.filter(school_id=school_id, purpose=WHEREABOUTS).order_by("-opens_at").first()


def companions(trips: Iterable[Trip]) -> dict[int, Person]:
    """The persons whom trips name as companions."""
    return Person.objects.in_bulk({person_id for trip in trips for person_id in trip.companion_ids})
