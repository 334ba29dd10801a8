"""Where everybody was: most never left, a few came back from a risk area this morning, and the list of risk areas that says so."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from django.db import connection

from linglou.demo.campus import Campus
from linglou.domains.movement import sampling
from linglou.domains.movement.models import RegionStay, Source, Trip
from linglou.domains.movement.stays import trips as rides
from linglou.flows import risk_list_change_rescreens_everyone, screening_opens_tasks
from linglou.foundation.access.roles import Role
from linglou.foundation.people.models import Person
from linglou.foundation.people.queries import actor_of
from linglou.foundation.rulebook import actions as rulebook
from linglou.kernel import clock

# Where there is a risk in the demo: (region, place that the list names, level, listed how many days ago).
AREAS = (("420106", "", "high", 3), ("320114", "某农贸市场", "medium", 1), ("3501", "", "watch", 6))
AWAY = ("420106", "420106", "320114", "350102", "350103")
HOME = "530102"
ASKED_SHARE = 0.9
TERM_DAYS = 60
CALLED, CONFIRMED = 6, 2


def play(campus: Campus, *, dice: random.Random, now: datetime) -> None:
    """The list is made first: people are screened as they tell."""
    office = actor_of(campus.holders[Role.PREVENTION_OFFICE], account_id=0, at=now)
    today = clock.day_of(now)
    for region, place, level, days in AREAS:
        rulebook.list_risk_region(
            region=region, place=place, level=level, from_day=today - timedelta(days=days), to_day=None, issuer="云泽省疾控中心",
            source="云疾控〔2026〕18号", by=office, at=now - timedelta(hours=3),
        )  # fmt: skip
    people = [one for one in [*campus.students, *campus.staff] if one != campus.visitor]
    told = [one for one in people if dice.random() < ASKED_SHARE]
    # those whose counsellor a visitor of the demo can be, and some from anywhere
    back = dice.sample(told[2:40], 3) + dice.sample(told[40:], len(AWAY) - 3)
    stays, trips = [], []
    for one in told:
        if one in back:
            region = AWAY[back.index(one)]
            stays += _away(one, region, today, now, is_back=one is not back[0])
            if one is not back[0]:
                trips.append(_train(one, region, today, now, dice))
        else:
            stays.append(_stay(one, "", today - timedelta(days=TERM_DAYS), None, now))
    RegionStay.objects.bulk_create(stays, batch_size=2000)
    Trip.objects.bulk_create(trips)
    connection.cursor().execute("ANALYZE movement_regionstay, movement_trip")  # as in load
    rides.follow(school_id=campus.school.pk, person_ids=[trip.person_id for trip in trips], days=[trip.day for trip in trips])
    risk_list_change_rescreens_everyone.run(at=now - timedelta(hours=2))
    screening_opens_tasks.run(at=now - timedelta(hours=2))
    sample = sampling.draw(unit=campus.school, size=CALLED, seed=7, by=office, at=now - timedelta(hours=1))
    for call in sample.calls.order_by("pk")[:CONFIRMED]:
        sampling.record(call=call, result="confirmed", note="", by=office, at=now - timedelta(minutes=30))


def _away(person: Person, region: str, today: date, now: datetime, *, is_back: bool) -> list[RegionStay]:
    """On campus, then away for a week; back this morning, or still there."""
    left = today - timedelta(days=8)
    stays = [
        _stay(person, "", today - timedelta(days=TERM_DAYS), left, now),
        _stay(person, region, left, today if is_back else None, now),
    ]
    return [*stays, _stay(person, "", today, None, now)] if is_back else stays


def _stay(person: Person, region: str, start: date, end: date | None, now: datetime) -> RegionStay:
    return RegionStay(
        school_id=person.school_id, person_id=person.pk, region=region, place="", from_day=start, to_day=end,
        source=Source.SELF, by_id=person.pk, recorded_at=now - timedelta(hours=4),
    )  # fmt: skip


def _train(person: Person, region: str, today: date, now: datetime, dice: random.Random) -> Trip:
    return Trip(
        school_id=person.school_id, person_id=person.pk, day=today, from_region=region, to_region=HOME, means="train",
        vehicle="G1376", carriage="05", seat_row=dice.randint(1, 18), seat_letter=dice.choice("ABCDF"), source=Source.SELF,
        by_id=person.pk, recorded_at=now - timedelta(hours=4),
    )  # fmt: skip
