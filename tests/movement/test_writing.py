"""Stays are written once, split at midnight, and a place knows its longest; nights follow from who has a bed where."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from linglou.domains.movement.models import Place, Seat, Stay, StaySource
from linglou.domains.movement.stays import nights, writing
from linglou.foundation.people import actions
from linglou.kernel import clock
from tests.factories import people
from tests.factories.people import Campus
from tests.factories.stays import place, stay

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 2)


def at(hours: float, day: date = DAY) -> datetime:
    return clock.moment(day, time(0)) + timedelta(hours=hours)


@pytest.fixture
def room(db: None) -> Place:
    return place(people.school())


def test_longer_than_a_day_is_a_row_a_day(room: Place) -> None:
    stay(1, room, at(22), minutes=60 * 28)
    assert [(s.day, s.starts_at, s.ends_at) for s in Stay.objects.order_by("day")] == [
        (DAY, at(22), at(24)),
        (DAY + timedelta(days=1), at(24), at(48)),
        (DAY + timedelta(days=2), at(48), at(50)),
    ]
    room.refresh_from_db()
    assert room.longest == 1440


def test_a_stay_that_ends_at_midnight_has_no_row_of_the_day_that_begins(room: Place) -> None:
    stay(1, room, at(22), minutes=120)
    stay(2, room, at(24), minutes=0)
    assert [(s.person_id, s.day) for s in Stay.objects.order_by("person_id")] == [(1, DAY), (2, DAY + timedelta(days=1))]


def test_the_longest_stay_of_a_place_never_shrinks_and_is_rounded_up(room: Place) -> None:
    known = writing.Known(1, room.pk, at(8), at(8) + timedelta(minutes=50, seconds=1))
    writing.write(school_id=room.school_id, stays=[known])
    stay(2, room, at(8), minutes=10)
    room.refresh_from_db()
    assert room.longest == 51


def test_writing_twice_changes_nothing(room: Place) -> None:
    known = [writing.Known(n, room.pk, at(8), at(9)) for n in range(3)]
    assert writing.write(school_id=room.school_id, stays=known, import_id=1) == 3
    assert writing.write(school_id=room.school_id, stays=known, import_id=2) == 0
    assert writing.write(school_id=room.school_id, stays=[]) == 0
    assert set(Stay.objects.values_list("import_id", flat=True)) == {1}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_who_was_asked_on_the_spot_is_believed_before_the_timetable(room: Place, order: tuple[int, int]) -> None:
    said = [(StaySource.TIMETABLE, 95), (StaySource.ATTENDANCE, 0)]
    for n in order:
        stay(1, room, at(8), minutes=said[n][1], source=said[n][0])
    (kept,) = Stay.objects.all()
    assert (kept.source, kept.ends_at) == (StaySource.ATTENDANCE, at(8))


def test_a_seat_is_filled_in_from_the_chart_and_not_lost_again(room: Place) -> None:
    person = people.person(people.unit(people.unit(room.school, "college"), "class"))
    Seat.objects.create(school=room.school, place=room, person=person, row=3, col=4)
    stay(person, room, at(8))
    stay(person, room, at(10), seat=(1, 1))
    stay(person, room, at(10), minutes=50)
    assert [(s.seat_row, s.seat_col) for s in Stay.objects.order_by("starts_at")] == [(3, 4), (3, 4)]


def test_months_are_opened_as_they_are_written(room: Place) -> None:
    stay(1, room, at(23, date(2031, 1, 31)), minutes=120)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('movement_stay_2031_01'), to_regclass('movement_stay_2031_02')")
        assert None not in cursor.fetchone()
    assert Stay.objects.count() == 2


MINUTES = st.integers(0, 4000)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 3), MINUTES, MINUTES), max_size=8))
def test_no_minute_is_lost_or_made_up_by_the_split(room: Place, drawn: list[tuple[int, int, int]]) -> None:
    Stay.objects.all().delete()
    minute = timedelta(minutes=1)
    known = [writing.Known(who, room.pk, at(0) + start * minute, at(0) + (start + long) * minute) for who, start, long in drawn]
    writing.write(school_id=room.school_id, stays=known)
    told = {(who, n) for who, start, long in drawn for n in range(start, start + long)}
    rows = list(Stay.objects.all())
    kept = {(s.person_id, n) for s in rows for n in range((s.starts_at - at(0)) // minute, (s.ends_at - at(0)) // minute)}
    assert kept == told
    for s in rows:
        assert s.day == clock.day_of(s.starts_at)
        assert s.ends_at <= clock.moment(s.day + timedelta(days=1), time(0))


def test_nights_follow_from_beds() -> None:
    campus = Campus()
    moved = campus.students[0]
    day = clock.day_of(clock.now()) - timedelta(days=10)
    actions.join(person=moved, unit=campus.rooms[1], at=at(12, day + timedelta(days=1)), by=None)
    asked = {"school": campus.school, "from_day": day, "until_day": day + timedelta(days=1), "at": clock.now()}
    assert nights.fill(**asked) == 6 * 2 * 2
    assert nights.fill(**asked) == 0
    mine = Stay.objects.filter(person_id=moved.pk).order_by("starts_at")
    names = dict(Place.objects.values_list("pk", "name"))
    assert [(names[s.place_id], s.starts_at, s.ends_at) for s in mine] == [
        ("3号楼 · 2层 · 201", at(22.5, day), at(24, day)),
        ("3号楼 · 2层 · 201", at(24, day), at(31, day)),
        ("3号楼 · 2层 · 202", at(46.5, day), at(48, day)),
        ("3号楼 · 2层 · 202", at(48, day), at(55, day)),
    ]


def test_the_nights_that_are_over_are_written_once_a_day() -> None:
    Campus()
    at = clock.now()
    assert nights.fill_all(at=at) == 6 * 2 * nights.BEHIND
    assert nights.fill_all(at=at) == 0
    assert Stay.objects.filter(ends_at__gt=clock.moment(clock.day_of(at), nights.MORNING)).count() == 0
